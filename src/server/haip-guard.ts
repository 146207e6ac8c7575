import type { Clock } from "../machine.js";
import { type HaipRelease, haipWireOf } from "../systems/haip-wire.js";
import type { Answer, AuthRequest } from "../systems/wire.js";
import { TokenError } from "../tokens/errors.js";
import { TokenSecret } from "../tokens/secret.js";
import { verifyToken } from "../tokens/verify.js";
import { json } from "./site.js";

/** What HAIP's guard goes by. */
export interface GuardOptions {
  readonly release: HaipRelease;
  /** The secret that JWTs are signed with; null for none. */
  readonly secret: string | null;
  readonly clock: Pick<Clock, "now">;
}

/** What a layer makes of the JWT in a request, and of one in a message. */
export interface HaipGuard {
  /** The refusal that a request has earned, or null where it may go on. */
  refuse(request: AuthRequest): Promise<Answer | null>;
  /** Whether a JWT is signed with the secret; null where there is none. */
  readonly isGood: ((token: string) => Promise<boolean>) | null;
}

/** @throws KeywardError `key-refused` for a secret that no JWT should be signed with */
export function createHaipGuard({ release, secret, clock }: GuardOptions): HaipGuard {
  // The old server is handed a secret and never uses it.
  const ready = secret === null || release === "old" ? null : new TokenSecret(secret);

  async function findFault(token: string): Promise<TokenError | null> {
    if (ready === null) return null;
    try {
      await verifyToken(token, { secret: ready, clock });
      return null;
    } catch (error) {
      if (error instanceof TokenError) return error;
      throw error;
    }
  }

  async function judge(token: string): Promise<Answer | null> {
    if (release === "old") {
      return isBelieved(token, clock.now()) ? null : json(401, { error: "Invalid token" });
    }
    const fault = await findFault(token);
    return fault === null ? null : json(401, fault.toAnswer());
  }

  return {
    async refuse(request) {
      if (release === "current") return null;
      const wire = haipWireOf(release);
      return wire.isProtected(request) ? judge(wire.credential(request)?.value ?? "") : null;
    },
    isGood: ready && (async (token) => (await findFault(token)) === null),
  };
}

/** All that the old server looks at: a later `exp` and some `userId`, whoever has signed them. */
function isBelieved(token: string, now: number): boolean {
  const [, payload = ""] = token.split(".");
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (typeof claims !== "object" || claims === null) return false;
    const { exp, userId }: { exp?: unknown; userId?: unknown } = claims;
    return Number(exp) > Math.floor(now / 1000) && Boolean(userId);
  } catch {
    return false;
  }
}
