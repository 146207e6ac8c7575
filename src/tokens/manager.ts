import { KeywardError } from "../core/errors.js";
import type { Clock } from "../core/machine.js";
import type { ProtocolTokens, ServerTokens } from "./refresh.js";

/** What a refresh gives: either documented response, with or without a new refresh token. */
export type RefreshedTokens =
  | (Pick<ServerTokens, "token"> & Partial<ServerTokens>)
  | (Pick<ProtocolTokens, "access_token"> & Partial<ProtocolTokens>);

/** What {@link createTokenManager} needs to know. */
export interface TokenManagerOptions {
  /**
   * Gets new tokens, usually from `POST /auth/refresh`.
   *
   * @param refreshToken the newest one; null when there is none, as before the first sign-in
   */
  readonly refresh: (refreshToken: string | null) => Promise<RefreshedTokens>;
  /** Tokens from an earlier sign-in. */
  readonly tokens?: RefreshedTokens;
  readonly clock?: Pick<Clock, "now">;
  /** Tells whether what an attempt gave or threw is a refusal of its token. */
  readonly isRefused?: (outcome: unknown) => boolean;
}

/** Keeps a client signed in. The tokens are in memory, and nowhere else. */
export interface TokenManager {
  /** A token that is valid for a minute or more, where the server gives such; refreshed if need be. */
  getToken(): Promise<string>;
  /**
   * Does something with a token. Where that is answered with 401, or with a WebSocket closed by
   * 1008, it gets a new token and does it once more; what comes of that is the outcome.
   *
   * @param attempt gives or throws an object with `status` or `statusCode` 401, or `code` 1008
   */
  run<T>(attempt: (token: string) => Promise<T>): Promise<T>;
  /** Forgets all tokens. Whoever waits for a refresh under way gets a KeywardError `cancelled`. */
  clear(): void;
}

interface Held {
  readonly token: string;
  readonly refreshToken: string | null;
  /** Milliseconds since 1970; infinite where the token does not say. */
  readonly renewAt: number;
  readonly expires: number;
}

/** Milliseconds before its end at which a token is renewed. */
const margin = 60_000;

/**
 * Makes a manager of one user's tokens. However many callers want a token at once, one refresh
 * serves them all.
 *
 * @example
 * const tokens = createTokenManager({ refresh: (refreshToken) => post("/auth/refresh", { refreshToken }) });
 * const response = await tokens.run((token) => post("/haip/stream", message, token));
 */
export function createTokenManager(options: TokenManagerOptions): TokenManager {
  if (typeof options.refresh !== "function") throw new TypeError("refresh must be a function");
  // A client has no machine to take the time from, and only compares it.
  const { clock = Date, isRefused = isRefusal } = options;
  let held = options.tokens === undefined ? null : hold(options.tokens, null, clock.now());
  let renewal: Promise<string> | null = null;

  const renew = (): Promise<string> => {
    if (renewal !== null) return renewal;
    const before = held;
    const mine = fetchTokens(before?.refreshToken ?? null, options, clock)
      .then((next) => {
        if (renewal !== mine) throw new KeywardError("cancelled", "the tokens were cleared");
        held = next;
        return next.token;
      })
      .finally(() => {
        if (renewal === mine) renewal = null;
      });
    renewal = mine;
    return mine;
  };

  const getToken = async (): Promise<string> => {
    if (held === null) return renew();
    if (clock.now() < held.renewAt) return held.token;
    return renew().catch((error: unknown) => {
      // The last minute is there for trying again.
      if (held !== null && clock.now() < held.expires) return held.token;
      throw error;
    });
  };

  /** Another caller may have renewed the refused token already. */
  const replace = (refused: string): Promise<string> =>
    held !== null && held.token !== refused ? Promise.resolve(held.token) : renew();

  return {
    getToken,
    async run(attempt) {
      const token = await getToken();
      try {
        const outcome = await attempt(token);
        if (!isRefused(outcome)) return outcome;
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
      return attempt(await replace(token));
    },
    clear() {
      held = null;
      renewal = null;
    },
  };
}

async function fetchTokens(
  refreshToken: string | null,
  { refresh }: TokenManagerOptions,
  clock: Pick<Clock, "now">,
): Promise<Held> {
  return hold(await refresh(refreshToken), refreshToken, clock.now());
}

function hold(tokens: RefreshedTokens, refreshToken: string | null, now: number): Held {
  const isServer = "token" in tokens;
  const token = isServer ? tokens.token : tokens.access_token;
  if (typeof token !== "string" || token === "") {
    throw new TypeError("refresh must give {token} or {access_token}");
  }
  const next = isServer ? tokens.refreshToken : tokens.refresh_token;
  // Seconds from now hold whatever this machine's clock says; the token's own end is second best.
  const seconds = isServer ? undefined : tokens.expires_in;
  const expires = seconds === undefined ? readExpiry(token) : now + seconds * 1000;
  // A token of less than two minutes is renewed at half its life rather than at every call.
  const early = Math.min(margin, Math.max(0, expires - now) / 2);
  return { token, refreshToken: next ?? refreshToken, expires, renewAt: expires - early };
}

/** Unverified: a client has no secret, and only decides by it when to ask for another token. */
function readExpiry(token: string): number {
  try {
    const payload: unknown = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"),
    );
    if (typeof payload !== "object" || payload === null || !("exp" in payload)) return Infinity;
    return typeof payload.exp === "number" ? payload.exp * 1000 : Infinity;
  } catch {
    return Infinity;
  }
}

function isRefusal(outcome: unknown): boolean {
  if (typeof outcome !== "object" || outcome === null) return false;
  if ("status" in outcome && outcome.status === 401) return true;
  if ("statusCode" in outcome && outcome.statusCode === 401) return true;
  return "code" in outcome && outcome.code === 1008;
}
