import { randomUUID } from "node:crypto";

import { KeywardError } from "../core/errors.js";
import type { Clock } from "../core/machine.js";
import { isPlainKid, longestToken } from "./compact.js";
import { encodeParts } from "./hmac.js";
import { isText, type Profile, type ProfileName, profiles, reservedClaims } from "./profiles.js";
import { type TokenSecret, toSecret } from "./secret.js";

/** What a token is to say. */
export interface TokenRequest {
  /** `server` unless named. */
  readonly profile?: ProfileName;
  /** Who it is for: `userId`, or `sub` in the protocol profile. */
  readonly user: string;
  /** `iss`: the application's own name. Needed by the protocol profile, and by it alone. */
  readonly issuer?: string | undefined;
  /** `sub` beside `userId`; only the server profile has both. */
  readonly subject?: string | undefined;
  /** `jti`; the protocol profile gets a random one when it is absent. */
  readonly id?: string | undefined;
  /** Seconds that it lives; the profile's own when absent. */
  readonly expiresIn?: number | undefined;
  /** Before which it is not valid; whole seconds of it count. */
  readonly notBefore?: Date | undefined;
  /** Claims beside those of the profile. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What {@link issueToken} needs to know. */
export interface IssueOptions extends TokenRequest {
  readonly secret: string | TokenSecret;
  /** Where the time comes from; `Date` unless given. */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /** A label instead of the secret's fingerprint. */
  readonly kid?: string | undefined;
  /** Lets it live for more than a year. */
  readonly force?: boolean;
}

/** Seconds. */
export const longestExpiresIn = 365 * 86_400;

/**
 * Signs a token for a HAIP server with HS256. Its `kid` is the secret's fingerprint, so that a
 * verifier that has two secrets knows which.
 *
 * @throws KeywardError `key-refused` for a secret that must not sign, `token-refused` for a token
 *   that must not be; TypeError for options that are not of their type
 * @example
 * await issueToken({ user: "user-123", expiresIn: 3600, secret });
 */
export async function issueToken(options: IssueOptions): Promise<string> {
  const secret = toSecret(options.secret);
  const claims = makeClaims(
    options,
    Math.floor((options.clock ?? Date).now() / 1000),
    options.force === true,
  );
  const kid = chooseKid(options.kid, secret);
  const header = { alg: "HS256", typ: "JWT", ...(kid !== null && { kid }) };
  const token = secret.sign(encodeParts(header, claims));
  if (token.length > longestToken) {
    throw refused(`the token would be over ${longestToken} characters, and be refused everywhere`);
  }
  return token;
}

function makeClaims(request: TokenRequest, now: number, force: boolean): Record<string, unknown> {
  const { profile: name = "server", user, subject, id, claims = {}, notBefore } = request;
  const profile = profiles[name];
  if (profile === undefined) throw new TypeError("profile must be server or protocol");
  const expiresIn = request.expiresIn ?? profile.expiresIn;
  judgeExpiresIn(expiresIn, force);
  const nbf = notBefore === undefined ? undefined : Math.floor(Number(notBefore) / 1000);
  if (nbf !== undefined && !(notBefore instanceof Date && Number.isSafeInteger(nbf))) {
    throw new TypeError("notBefore is a Date");
  }
  if (nbf !== undefined && nbf >= now + expiresIn) {
    throw refused("the token would expire before it becomes valid");
  }
  const reserved = Object.keys(claims).find((claim) => reservedClaims.has(claim));
  if (reserved !== undefined) throw refused(`${reserved} is not a claim to be added`);
  if (subject !== undefined && profile.userClaim === "sub") {
    throw refused("in the protocol profile the user is the subject");
  }
  const jti = id ?? (name === "protocol" ? randomUUID() : undefined);
  return {
    [profile.userClaim]: requireText(user, "the user"),
    iat: now,
    exp: now + expiresIn,
    iss: chooseIssuer(profile, request.issuer),
    aud: profile.audience,
    ...(subject !== undefined && { sub: requireText(subject, "the subject") }),
    ...(jti !== undefined && { jti: requireText(jti, "the id") }),
    ...(nbf !== undefined && { nbf }),
    ...claims,
  };
}

function judgeExpiresIn(expiresIn: number, force: boolean): void {
  if (!Number.isSafeInteger(expiresIn)) throw new TypeError("expiresIn is in whole seconds");
  if (expiresIn <= 0) throw refused("the token would live for no time at all");
  if (expiresIn > longestExpiresIn && !force) {
    throw refused("the token would live for more than a year, and cannot be taken back", "--force");
  }
}

function chooseIssuer({ issuer, name }: Profile, given: string | undefined): string {
  if (issuer === null) return requireText(given, "the issuer");
  if (given === undefined || given === issuer) return issuer;
  throw refused(`the issuer of the ${name} profile is ${issuer}`, "--profile protocol");
}

function chooseKid(kid: string | undefined, { fingerprint }: TokenSecret): string | null {
  if (kid === undefined) return fingerprint;
  if (!isPlainKid(kid)) throw refused("a kid is up to 64 letters, digits and . _ : -");
  if (kid.startsWith("sha256:") && kid !== fingerprint) {
    throw refused(
      "a kid that starts with sha256: is the fingerprint of the secret, and this is not",
    );
  }
  return kid;
}

function requireText(text: string | undefined, what: string): string {
  if (isText(text)) return text;
  throw refused(`${what} of the token is missing or empty`);
}

function refused(message: string, hint?: string): KeywardError {
  return new KeywardError("token-refused", message, hint === undefined ? {} : { hint });
}
