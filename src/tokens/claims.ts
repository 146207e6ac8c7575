import { describeDuration } from "../core/durations.js";
import { TokenError } from "./errors.js";
import { fitProfile, isAudience, isText, type Profile } from "./profiles.js";
import type { StrictObject } from "./strict-json.js";

/** What a token's claims are judged by. */
export interface ClaimRules {
  readonly profile: Profile;
  readonly issuer: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds that two clocks may differ by. */
  readonly clockTolerance: number;
}

/** The last second of the year 9999: what is beyond it is milliseconds, or nonsense. */
export const latestTime = 253_402_300_799;

/** What every token says once it is believed. */
export interface JudgedClaims {
  readonly user: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

/**
 * Judges the claims of a token whose signature is right.
 *
 * @throws TokenError
 */
export function judgeClaims(claims: StrictObject, rules: ClaimRules): JudgedClaims {
  const user = judgeProfile(claims, rules);
  const iat = requireTime(claims, "iat");
  const exp = requireTime(claims, "exp");
  const nbf = readTime(claims, "nbf");
  if (exp <= iat) throw new TokenError("bad-time", "it expires before it was issued: exp, iat");
  if (nbf !== undefined && nbf >= exp) {
    throw new TokenError("bad-time", "it is never valid: nbf is not before exp");
  }
  const { now, clockTolerance } = rules;
  if (now >= exp + clockTolerance) {
    throw new TokenError("expired", `the token expired ${describeDuration(now - exp)} ago`);
  }
  if (iat > now + clockTolerance) {
    const ahead = describeDuration(iat - now);
    throw new TokenError("issued-in-future", `the token says it was issued ${ahead} from now`);
  }
  if (nbf !== undefined && nbf > now + clockTolerance) {
    const ahead = describeDuration(nbf - now);
    throw new TokenError("not-yet-valid", `the token is not valid for another ${ahead}`);
  }
  return { user, expires: exp };
}

/** Gives the user. */
function judgeProfile(claims: StrictObject, { profile, issuer }: ClaimRules): string {
  const { audience, required, texts, userClaim } = profile;
  const absent = required.find((claim) => !Object.hasOwn(claims, claim));
  if (absent !== undefined) {
    throw misfit(claims, profile, "missing-claim", `the token has no ${absent}`);
  }
  if (!isAudience(claims["aud"], audience)) {
    const what = `the token's aud is not ${audience} alone`;
    throw misfit(claims, profile, "wrong-audience", what);
  }
  if (claims["iss"] !== issuer) {
    throw misfit(claims, profile, "wrong-issuer", `the token's iss is not ${issuer}`);
  }
  const bad = texts.find((claim) => Object.hasOwn(claims, claim) && !isText(claims[claim]));
  const user = claims[userClaim];
  if (bad === undefined && isText(user)) return user;
  throw new TokenError("bad-claim", `${bad ?? userClaim} is not text, or says nothing`);
}

function misfit(
  claims: StrictObject,
  { name }: Profile,
  reason: "missing-claim" | "wrong-audience" | "wrong-issuer",
  message: string,
): TokenError {
  const fits = fitProfile(claims);
  if (fits === null || fits === name) return new TokenError(reason, message);
  return new TokenError("wrong-profile", `${message}: it is of the ${fits} profile`, fits);
}

function requireTime(claims: StrictObject, name: "iat" | "exp"): number {
  const time = readTime(claims, name);
  if (time !== undefined) return time;
  throw new TokenError("missing-claim", `the token has no ${name}`);
}

function readTime(claims: StrictObject, name: string): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const time = claims[name];
  if (typeof time !== "number" || !Number.isInteger(time) || time < 0) {
    throw new TokenError("bad-time", `${name} is not a whole number of seconds since 1970`);
  }
  if (time <= latestTime) return time;
  throw new TokenError("bad-time", `${name} is in milliseconds, or beyond the year 9999`);
}
