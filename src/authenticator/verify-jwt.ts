import type { PresentedCredential } from "../systems/contract/wire.js";
import { TokenError } from "../tokens/errors.js";
import type { Match } from "./decision.js";
import type { Identity } from "./key-ring.js";

/** Whom a JWT is for; `verifyToken` gives it. */
export interface JwtUser {
  readonly user: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** When the JWT ends, and with it a WebSocket that it opened; the claim `exp` if absent. */
  readonly expiresAt?: Date | undefined;
}

/**
 * Verifies a JWT. Null, or a thrown `TokenError`, refuses it; anything else that is thrown is the
 * verifier's own failure: the request gets 503, and the audit event has the error.
 *
 * @example
 * const verifyJwt = (token) => verifyToken(token, { secret, clock: Date });
 */
export type VerifyJwt = (token: string) => JwtUser | null | Promise<JwtUser | null>;

/** The first of the tokens that is good, or else one that has expired. @throws what the verifier throws */
export async function matchToken(
  verifyJwt: VerifyJwt,
  presented: readonly PresentedCredential[],
): Promise<Match | null> {
  let expired: Match | null = null;
  for (const { value, via } of presented) {
    try {
      const verified = await verifyJwt(value);
      if (verified !== null) return { identity: identify(verified), via, expired: false };
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      if (error.reason === "expired") expired = { identity: null, via, expired: true };
    }
  }
  return expired;
}

function identify(verified: JwtUser): Identity {
  const { user, claims, expiresAt }: Partial<JwtUser> = verified ?? {};
  if (typeof user !== "string" || user === "") {
    throw new TypeError("verifyJwt must give { user } with a name, or null");
  }
  const expires = expiresAt === undefined ? Number(claims?.["exp"]) * 1000 : Number(expiresAt);
  return {
    name: user,
    ...(claims !== undefined && { claims }),
    ...(Number.isFinite(expires) && { expires }),
  };
}
