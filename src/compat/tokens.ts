import { createHmac } from "node:crypto";

import { keysEqual } from "../keys/compare.js";
import type { Clock } from "../core/machine.js";

/** What {@link validateToken} gives. The payload is whatever the token says. */
export type Validation =
  | { readonly valid: true; readonly payload: unknown }
  | { readonly valid: false; readonly error: string };

/** Tells the time, in milliseconds since 1970. */
export type Now = Pick<Clock, "now">;

/** What jsonwebtoken takes when it is told neither algorithm, issuer nor audience. */
const hashes = new Map<unknown, string>([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
]);

/** Only the signature may be missing. */
const compact = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * The `validateToken` of HAIP's documentation, which is `jwt.verify(token, secret)` of jsonwebtoken 9
 * with its words for what is wrong. Its holes are kept: **any secret will do, however short; HS384
 * and HS512 pass; a token without `exp` never ends; issuer, audience, `iat` and `userId` are not
 * looked at.** `verifyToken` looks at them all. Secrets only: no public keys in PEM.
 *
 * @param clock in place of the time of day
 */
export function validateToken(token: string, secret: string, clock: Now = Date): Validation {
  try {
    return { valid: true, payload: verify(token, secret, clock) };
  } catch (error) {
    return { valid: false, error: error instanceof Error ? error.message : "invalid token" };
  }
}

/**
 * The `rotateToken` of HAIP's documentation: a token for the same user, for an hour from now. It is
 * no rotation: the old token stays valid until it expires, and other claims are lost.
 *
 * @throws Error with jsonwebtoken's words when the old token is not valid
 */
export async function rotateToken(
  oldToken: string,
  secret: string,
  clock: Now = Date,
): Promise<string> {
  const { userId } = membersOf(verify(oldToken, secret, clock));
  const iat = secondsOf(clock);
  const who = { iss: "haip-server", aud: "haip-client" };
  return sign({ userId, iat, ...who, exp: iat + 3600 }, secret);
}

/**
 * The `generateTestToken` of HAIP's documentation: for an hour, and **signed with
 * `test-secret-key`, which everybody knows.**
 */
export function generateTestToken(userId = "test-user", clock: Now = Date): string {
  const iat = secondsOf(clock);
  const claims = { userId, iat, exp: iat + 3600, iss: "haip-server", aud: "haip-client" };
  return sign(claims, "test-secret-key");
}

function sign(claims: object, secret: string): string {
  const input = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

function verify(token: string, secret: string, clock: Now): unknown {
  if (!token) throw new Error("jwt must be provided");
  if (typeof token !== "string") throw new Error("jwt must be a string");
  const parts = token.split(".");
  const [head = "", body = "", signature = ""] = parts;
  if (parts.length !== 3) throw new Error("jwt malformed");
  const header = compact.test(token) ? parse(decode(head, "latin1")) : undefined;
  if (!header) throw new Error("invalid token");
  const { typ, alg } = membersOf(header);
  const payload = readPayload(decode(body, "utf8"), typ === "JWT");
  refuseHalfSigned(signature !== "", secret !== "");
  const hash = hashes.get(alg);
  if (hash === undefined) throw new Error("invalid algorithm");
  const right = createHmac(hash, secret).update(`${head}.${body}`).digest("base64url");
  if (!keysEqual(signature, right)) throw new Error("invalid signature");
  judgeTimes(payload, secondsOf(clock));
  return payload;
}

function refuseHalfSigned(hasSignature: boolean, hasSecret: boolean): void {
  if (hasSignature && hasSecret) return;
  if (hasSecret) throw new Error("jwt signature is required");
  if (hasSignature) throw new Error("secret or public key must be provided");
  throw new Error('please specify "none" in "algorithms" to verify unsigned tokens');
}

/** Without `typ: JWT` a payload may be any text, and is an object where it can be read as one. */
function readPayload(text: string, isJwt: boolean): unknown {
  if (isJwt) return JSON.parse(text);
  const value = parse(text);
  return typeof value === "object" && value !== null ? value : text;
}

function judgeTimes(payload: unknown, now: number): void {
  if (payload === null) throw new Error("Cannot read properties of null (reading 'nbf')");
  const { nbf, exp } = membersOf(payload);
  if (nbf !== undefined) {
    if (typeof nbf !== "number") throw new Error("invalid nbf value");
    if (nbf > now) throw new Error("jwt not active");
  }
  if (exp !== undefined) {
    if (typeof exp !== "number") throw new Error("invalid exp value");
    if (now >= exp) throw new Error("jwt expired");
  }
}

function decode(part: string, encoding: "latin1" | "utf8"): string {
  return Buffer.from(part, "base64url").toString(encoding);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function secondsOf(clock: Now): number {
  return Math.floor(clock.now() / 1000);
}
