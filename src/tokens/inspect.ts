import type { Clock } from "../core/machine.js";
import { describeDuration } from "../core/durations.js";
import { judgeClaims, latestTime } from "./claims.js";
import { judgeHeader, parsePart, refuseMisspelled, splitToken } from "./compact.js";
import { TokenError } from "./errors.js";
import { fitProfile, isText, type ProfileName, profiles } from "./profiles.js";
import type { StrictObject } from "./strict-json.js";

/** A time of a token, in words. */
export interface TokenTime {
  readonly claim: "iat" | "nbf" | "exp";
  /** ISO 8601, UTC; null for what is no time. */
  readonly at: string | null;
  /** `issued 5 minutes ago`, `expires in 23 hours`. */
  readonly words: string;
}

/** What a token says of itself. **None of it is verified**: anybody could have written it. */
export interface InspectedToken {
  readonly verified: false;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly profile: ProfileName | null;
  readonly times: readonly TokenTime[];
  /** Why a verifier would refuse it whatever its signature is; null when nothing is to be seen. */
  readonly problem: { readonly code: TokenError["reason"]; readonly message: string } | null;
}

/**
 * Shows what is in a token, without a secret and without believing it.
 *
 * @throws TokenError when it cannot be taken apart
 * @example
 * inspectToken(token).claims;
 */
export function inspectToken(
  token: string,
  { clock = Date }: { readonly clock?: Pick<Clock, "now"> | undefined } = {},
): InspectedToken {
  const { signature, ...parts } = splitToken(token);
  const header = parsePart(parts.header, "the header");
  refuseMisspelled(signature, "the signature");
  const claims = parsePart(parts.payload, "the payload");
  const now = Math.floor(clock.now() / 1000);
  const profile = fitProfile(claims);
  return {
    verified: false,
    header,
    claims,
    profile,
    times: listTimes(claims, now),
    problem: findProblem(() => {
      judgeHeader(header);
      if (signature === "") throw new TokenError("bad-signature", "the token has no signature");
      judgeAs(profile ?? "server", claims, now);
    }),
  };
}

function judgeAs(name: ProfileName, claims: StrictObject, now: number): void {
  const profile = profiles[name];
  const { iss } = claims;
  const issuer = profile.issuer ?? (isText(iss) ? iss : "");
  judgeClaims(claims, { profile, issuer, now, clockTolerance: 0 });
}

function findProblem(judge: () => void): InspectedToken["problem"] {
  try {
    judge();
    return null;
  } catch (error) {
    if (error instanceof TokenError) return { code: error.reason, message: error.message };
    throw error;
  }
}

const verbs = {
  iat: ["issued", "issued"],
  nbf: ["valid since", "valid"],
  exp: ["expired", "expires"],
} as const;

function listTimes(claims: StrictObject, now: number): TokenTime[] {
  return (["iat", "nbf", "exp"] as const)
    .filter((claim) => Object.hasOwn(claims, claim))
    .map((claim) => {
      const time = claims[claim];
      if (typeof time !== "number" || time < 0 || time > latestTime) {
        return { claim, at: null, words: `${claim} is no time in seconds` };
      }
      const [past, future] = verbs[claim];
      const words =
        time <= now
          ? `${past} ${describeDuration(now - time)} ago`
          : `${future} in ${describeDuration(time - now)}`;
      return { claim, at: new Date(time * 1000).toISOString(), words };
    });
}
