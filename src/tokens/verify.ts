import { JWSSignatureVerificationFailed } from "jose/errors";
import { compactVerify } from "jose/jws/compact/verify";

import type { Clock } from "../core/machine.js";
import { judgeClaims } from "./claims.js";
import { judgeHeader, parsePart, refuseMisspelled, splitToken } from "./compact.js";
import { TokenError } from "./errors.js";
import { type ProfileName, profiles } from "./profiles.js";
import { type CryptoKey, type TokenSecret, toSecret } from "./secret.js";
import { parseStrictObject } from "./strict-json.js";

/** A secret that was replaced, and for how long what it signed still counts. */
export interface PreviousSecret {
  readonly secret: string | TokenSecret;
  /** Milliseconds since 1970: the first moment at which it no longer counts. */
  readonly until: number;
}

/** What {@link verifyToken} needs to know. */
export interface VerifyOptions {
  /** A `TokenSecret` is quicker than text when there are many tokens: it is looked at once. */
  readonly secret: string | TokenSecret;
  /** The secret before that, during an overlap. */
  readonly previous?: PreviousSecret | undefined;
  /** Where the time comes from; `Date` unless given. */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /** Which kind of token to take; `server` unless named. */
  readonly profile?: ProfileName;
  /** Who must have issued it. The protocol profile needs it; the server profile's is `haip-server`. */
  readonly issuer?: string | undefined;
  /** Seconds that the clocks of issuer and verifier may differ by; 0 unless given. */
  readonly clockTolerance?: number;
}

/** A token that may be believed. */
export interface VerifiedToken {
  readonly profile: ProfileName;
  /** Who it is for: `userId`, or `sub` in the protocol profile. */
  readonly user: string;
  readonly expiresAt: Date;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The fingerprint of the secret that signed it; null for a secret that has none. */
  readonly signedWith: string | null;
}

const algorithms = { algorithms: ["HS256"] };

/**
 * Verifies a token of a HAIP server as its documentation promises: signature, algorithm, issuer,
 * audience, times, and that there is only one way to read it.
 *
 * @throws TokenError when the token is refused; KeywardError `key-refused` for a secret that nobody
 *   should rely on; TypeError for bad options
 * @example
 * const { user } = await verifyToken(token, { secret: env.JWT_SECRET });
 */
export async function verifyToken(
  token: string | null | undefined,
  options: VerifyOptions,
): Promise<VerifiedToken> {
  const nowMs = (options.clock ?? Date).now();
  const rules = readRules(options, nowMs);
  const secrets = listSecrets(options, nowMs);
  const text = token ?? "";
  if (typeof text !== "string") throw new TokenError("malformed", "the token is not text");
  const { header, payload, signature } = splitToken(text);
  const kid = findKid(header);
  refuseMisspelled(payload, "the payload");
  refuseMisspelled(signature, "the signature");
  if (signature === "") throw new TokenError("bad-signature", "the token has no signature");
  for (const { key, fingerprint } of pickSecrets(kid, secrets)) {
    const bytes = await openSigned(text, key);
    if (bytes === null) continue;
    const claims = parseStrictObject(bytes, "the payload");
    const { user, expires } = judgeClaims(claims, rules);
    const expiresAt = new Date(expires * 1000);
    return { profile: rules.profile.name, user, expiresAt, claims, signedWith: fingerprint };
  }
  throw new TokenError("bad-signature", "the token was not signed with the secret, or was changed");
}

/** Nearly every token of a server has the same header, so the last good one is not judged again. */
let lastGood: { readonly header: string; readonly kid: string | undefined } | null = null;

function findKid(header: string): string | undefined {
  if (lastGood?.header === header) return lastGood.kid;
  const kid = judgeHeader(parsePart(header, "the header"));
  lastGood = { header, kid };
  return kid;
}

function readRules(
  { profile: name = "server", issuer, clockTolerance = 0 }: VerifyOptions,
  nowMs: number,
) {
  const profile = profiles[name];
  if (profile === undefined) throw new TypeError("profile must be server or protocol");
  const expected = issuer ?? profile.issuer ?? "";
  if (expected === "") throw new TypeError("the protocol profile needs an issuer");
  if (!Number.isFinite(clockTolerance) || clockTolerance < 0)
    throw new TypeError("clockTolerance is seconds, 0 or more");
  // With a clock that gives no number, no token would ever have expired.
  if (!Number.isFinite(nowMs)) throw new TypeError("clock.now() gives milliseconds since 1970");
  return { profile, issuer: expected, clockTolerance, now: Math.floor(nowMs / 1000) };
}

function listSecrets({ secret, previous }: VerifyOptions, nowMs: number): TokenSecret[] {
  const secrets = [toSecret(secret)];
  if (previous !== undefined && nowMs < previous.until) secrets.push(toSecret(previous.secret));
  return secrets;
}

/**
 * A `kid` chooses among the secrets that are in force, and does nothing else. One that is no
 * fingerprint is the issuer's own label, which says nothing here.
 */
function pickSecrets(
  kid: string | undefined,
  secrets: readonly TokenSecret[],
): readonly TokenSecret[] {
  if (kid === undefined) return secrets;
  const named = secrets.filter(({ fingerprint }) => fingerprint === kid);
  if (named.length > 0) return named;
  if (!kid.startsWith("sha256:")) return secrets;
  throw new TokenError("unknown-kid", "the kid is of a secret that is not, or no longer, in force");
}

/** What the secret has signed; null when it has not. */
function openSigned(
  token: string,
  key: CryptoKey | Promise<CryptoKey>,
): Promise<Uint8Array | null> {
  if (key instanceof Promise) return key.then((ready) => openSigned(token, ready));
  return compactVerify(token, key, algorithms).then(payloadOf, nullWhereUnsigned);
}

const payloadOf = ({ payload }: { payload: Uint8Array }) => payload;

function nullWhereUnsigned(error: unknown): null {
  if (error instanceof JWSSignatureVerificationFailed) return null;
  throw error;
}
