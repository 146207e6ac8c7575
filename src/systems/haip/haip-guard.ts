import type { Clock } from "../../core/machine.js";
import { type HaipRelease, haipWireOf } from "./haip-wire.js";
import type { ResponseData, AuthRequest } from "../contract/wire.js";
import { TokenError } from "../../tokens/errors.js";
import { TokenSecret } from "../../tokens/secret.js";
import { type PreviousSecret, verifyToken } from "../../tokens/verify.js";
import { json } from "../contract/site.js";

/** What HAIP's guard goes by. */
export interface HaipGuardOptions {
  readonly release: HaipRelease;
  /** The secret that JWTs are signed with; null for none. */
  readonly secret: string | TokenSecret | null;
  /** The secret before that, during an overlap. */
  readonly previous?: PreviousSecret | undefined;
  readonly clock: Pick<Clock, "now">;
}

/** Whom a JWT lets in. */
export interface HaipUser {
  /** Null where nobody asks. */
  readonly user: string | null;
  /** Milliseconds since 1970: when the JWT ends; null where none was looked at. */
  readonly expires: number | null;
  /** The family of refresh tokens that it came from; null for none. */
  readonly family: string | null;
}

/** The claim of a JWT that names its family of refresh tokens: OpenID Connect's session id. */
export const familyClaim = "sid";

/** Who sends a request; or why it is refused. */
export type Admission =
  | { readonly ok: true; readonly by: HaipUser }
  | { readonly ok: false; readonly error: TokenError; readonly answer: ResponseData };

/** What a layer makes of the JWT in a request, and of one in a message. */
export interface HaipGuard {
  admit(request: AuthRequest): Promise<Admission>;
  /** Whose a JWT in a message is, or why it is nobody's; null where there is no secret. */
  readonly identify: ((token: string) => Promise<HaipUser | TokenError>) | null;
}

/** @throws KeywardError `key-refused` for a secret that no JWT should be signed with */
export function createHaipGuard({ release, secret, previous, clock }: HaipGuardOptions): HaipGuard {
  // The old server is handed a secret and never uses it.
  const ready = secret === null || release === "old" ? null : prepare(secret);

  async function identify(token: string): Promise<HaipUser | TokenError> {
    try {
      // Outside this function the secret is there.
      const verified = await verifyToken(token, { secret: ready ?? "", previous, clock });
      const { user, expiresAt, claims } = verified;
      const family = claims[familyClaim];
      return {
        user,
        expires: expiresAt.getTime(),
        family: typeof family === "string" ? family : null,
      };
    } catch (error) {
      if (error instanceof TokenError) return error;
      throw error;
    }
  }

  async function judge(token: string): Promise<Admission> {
    if (release === "old") {
      const user = believe(token, clock.now());
      // It never looks at the token again.
      if (user !== null) return { ok: true, by: { ...nobodyAsks.by, user } };
      const error = new TokenError("malformed", "the token says nothing that would be believed");
      return { ok: false, error, answer: json(401, { error: "Invalid token" }) };
    }
    if (ready === null) return nobodyAsks;
    const found = await identify(token);
    if (!(found instanceof TokenError)) return { ok: true, by: found };
    return { ok: false, error: found, answer: json(401, found.toAnswer()) };
  }

  return {
    async admit(request) {
      if (release === "current") return nobodyAsks;
      const wire = haipWireOf(release);
      const isAsked = wire.isProtected(request) && wire.answerPreflight(request) === null;
      return isAsked ? judge(wire.credential(request)?.value ?? "") : nobodyAsks;
    },
    identify: ready && identify,
  };
}

const nobodyAsks = { ok: true, by: { user: null, expires: null, family: null } } as const;

function prepare(secret: string | TokenSecret): TokenSecret {
  return secret instanceof TokenSecret ? secret : new TokenSecret(secret);
}

/** All that the old server looks at: a later `exp` and some `userId`, whoever has signed them. */
function believe(token: string, now: number): string | null {
  const [, payload = ""] = token.split(".");
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (typeof claims !== "object" || claims === null) return null;
    const { exp, userId }: { exp?: unknown; userId?: unknown } = claims;
    return Number(exp) > Math.floor(now / 1000) && Boolean(userId) ? String(userId) : null;
  } catch {
    return null;
  }
}
