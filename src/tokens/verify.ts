import { JWSSignatureVerificationFailed } from "jose/errors";
import { compactVerify } from "jose/jws/compact/verify";

import type { Clock } from "../machine.js";
import { judgeClaims } from "./claims.js";
import { judgeHeader, readCompact } from "./compact.js";
import { TokenError } from "./errors.js";
import { type ProfileName, profiles } from "./profiles.js";
import { type TokenSecret, toSecret } from "./secret.js";
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
  /** `Date` will do. */
  readonly clock: Pick<Clock, "now">;
  /** Which kind of token to take; `server` unless named. */
  readonly profile?: ProfileName;
  /** Who must have issued it. The protocol profile needs it; the server profile's is `haip-server`. */
  readonly issuer?: string | undefined;
  /** Seconds that the clocks of issuer and verifier may differ by; 0 unless given. */
  readonly leeway?: number;
}

/** A token that may be believed. */
export interface VerifiedToken {
  readonly profile: ProfileName;
  /** Who it is for: `userId`, or `sub` in the protocol profile. */
  readonly user: string;
  /** Seconds since 1970. */
  readonly expires: number;
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
 * const { user } = await verifyToken(token, { secret: env.JWT_SECRET, clock: Date });
 */
export async function verifyToken(
  token: string | null | undefined,
  options: VerifyOptions,
): Promise<VerifiedToken> {
  const nowMs = options.clock.now();
  const rules = readRules(options, nowMs);
  const secrets = listSecrets(options, nowMs);
  const text = token ?? "";
  if (typeof text !== "string") throw new TokenError("malformed", "the token is not text");
  const { header, payload, isSigned } = readCompact(text);
  const kid = judgeHeader(header);
  if (!isSigned) throw new TokenError("bad-signature", "the token has no signature");
  const { fingerprint } = await findSigner(text, pickSecrets(kid, secrets));
  const claims = parseStrictObject(payload, "the payload");
  const judged = judgeClaims(claims, rules);
  return { profile: rules.profile.name, ...judged, claims: claims.value, signedWith: fingerprint };
}

function readRules({ profile: name = "server", issuer, leeway = 0 }: VerifyOptions, nowMs: number) {
  const profile = profiles[name];
  if (profile === undefined) throw new TypeError("profile must be server or protocol");
  const expected = issuer ?? profile.issuer ?? "";
  if (expected === "") throw new TypeError("the protocol profile needs an issuer");
  if (!Number.isFinite(leeway) || leeway < 0) throw new TypeError("leeway is seconds, 0 or more");
  // With a clock that gives no number, no token would ever have expired.
  if (!Number.isFinite(nowMs)) throw new TypeError("clock.now() gives milliseconds since 1970");
  return { profile, issuer: expected, leeway, now: Math.floor(nowMs / 1000) };
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
  if (named.length > 0 || !kid.startsWith("sha256:")) return named.length > 0 ? named : secrets;
  throw new TokenError("unknown-kid", "the kid is of a secret that is not, or no longer, in force");
}

async function findSigner(token: string, secrets: readonly TokenSecret[]): Promise<TokenSecret> {
  for (const secret of secrets) {
    if (await isSignedWith(token, secret)) return secret;
  }
  throw new TokenError("bad-signature", "the token was not signed with the secret, or was changed");
}

async function isSignedWith(token: string, secret: TokenSecret): Promise<boolean> {
  const key = await secret.key;
  try {
    await compactVerify(token, key, algorithms);
    return true;
  } catch (error) {
    if (error instanceof JWSSignatureVerificationFailed) return false;
    throw error;
  }
}
