import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";

import type { Clock } from "../core/machine.js";
import type { TokenRequest } from "../tokens/issue.js";
import {
  grantTokens,
  refreshTokens,
  revokeRefreshTokens,
  type ServerTokens,
} from "../tokens/refresh.js";
import {
  createMemoryStore,
  type RefreshGrant,
  type RefreshStore,
} from "../tokens/refresh-store.js";
import { TokenSecret } from "../tokens/secret.js";
import type { PreviousSecret } from "../tokens/verify.js";
import {
  type HaipEvents,
  type HaipSession,
  HaipSessions,
  type HaipStats,
} from "../systems/haip/haip-sessions.js";
import { familyClaim } from "../systems/haip/haip-guard.js";
import { createHaipSite } from "../systems/haip/haip-site.js";
import type { LineOptions } from "../serving/listening.js";
import { createSiteServer, type SiteServer } from "../serving/site-server.js";

/** What {@link createHaipServer} wants to know. */
export interface HaipServerOptions extends LineOptions {
  /** The secret that JWTs are signed with: `JWT_SECRET`. */
  readonly secret: string | TokenSecret;
  /** The secret before that, during an overlap. */
  readonly previous?: PreviousSecret;
  /** Where the time comes from; `Date` unless given. */
  readonly clock?: Pick<Clock, "now"> | undefined;
  /** Remembers refresh tokens; in this process's memory unless given. */
  readonly store?: RefreshStore;
}

/** A HAIP server as its documentation describes it, as far as authentication goes. */
export interface HaipServer extends SiteServer {
  /** A session that is open, or just being closed; undefined for any other. */
  getSession(id: string): HaipSession | undefined;
  getStats(): HaipStats;
  on<Name extends keyof HaipEvents>(
    event: Name,
    listener: (...values: HaipEvents[Name]) => void,
  ): HaipServer;
  off<Name extends keyof HaipEvents>(
    event: Name,
    listener: (...values: HaipEvents[Name]) => void,
  ): HaipServer;
  /**
   * Signs a user in, once your own log-in has said who it is: a JWT, and the refresh token for
   * `POST /auth/refresh`. The claim `sid` of both, and of all that follow, names their family.
   *
   * @throws KeywardError `token-refused` for a token that must not be
   */
  grantTokens(request: Omit<TokenRequest, "profile" | "issuer">): Promise<ServerTokens>;
  /**
   * Signs a user out: none of the refresh token's family is exchanged again, and the sessions that
   * were opened with its JWTs end at once. A session on another server ends with its JWT.
   *
   * @throws TokenError `missing`, `malformed`
   */
  revokeTokens(refreshToken: string): Promise<void>;
}

/**
 * Makes a server that does what HAIP's documentation says of its server and the published one does
 * not: a verified JWT for `/haip/websocket`, `/haip/sse` and `/haip/stream`, a session for each
 * connection, and `POST /auth/refresh`. It carries no messages but greeting and heartbeat. A session
 * ends with its JWT, and when its family of refresh tokens is revoked: a WebSocket is closed with
 * 1008 `TOKEN_EXPIRED`.
 *
 * @throws KeywardError `key-refused` for a secret that no JWT should be signed with, `malformed` for
 *   TLS material that does not fit; TypeError for bad options
 * @example
 * const server = createHaipServer({ secret: env.JWT_SECRET });
 * server.on("connect", (id) => log(`${server.getSession(id)?.user} is here`));
 * server.on("auth.failed", ({ code, ip }) => log(`${code} from ${ip}`));
 * await server.listen({ host: "127.0.0.1", port: 8080 });
 */
export function createHaipServer(options: HaipServerOptions): HaipServer {
  const { previous, clock = Date, store = createMemoryStore() } = options;
  if (typeof clock?.now !== "function") {
    throw new TypeError("clock must have a function now: Date will do");
  }
  const secret =
    options.secret instanceof TokenSecret ? options.secret : new TokenSecret(options.secret);
  const sessions = new HaipSessions();
  const watched = watchRevocations(store, (family) => sessions.endFamily(family));
  const refresh = (body: unknown) => refreshTokens(body, { store: watched, secret, clock });
  const site = createHaipSite({
    release: "documented",
    secret,
    previous,
    clock,
    sessions,
    refresh,
  });
  const events: EventEmitter = sessions.events;
  const server: HaipServer = {
    ...createSiteServer(() => Promise.resolve(site), options),
    getSession: (id) => sessions.get(id),
    getStats: () => sessions.stats,
    on(event, listener) {
      events.on(event, listener);
      return server;
    },
    off(event, listener) {
      events.off(event, listener);
      return server;
    },
    // The documentation's page about the server knows no other kind of token.
    grantTokens: (request) =>
      grantTokens(
        {
          ...request,
          profile: "server",
          claims: { [familyClaim]: randomUUID(), ...request.claims },
        },
        { store, secret, clock },
      ),
    revokeTokens: (refreshToken) => revokeRefreshTokens({ refreshToken }, { store: watched }),
  };
  return server;
}

/** Tells which families are revoked, by reuse or by signing out, as far as the store says it. */
function watchRevocations(store: RefreshStore, onRevoked: (family: string) => void): RefreshStore {
  const tell = (grant: RefreshGrant | null | undefined | void) => {
    const family = grant?.request.claims?.[familyClaim];
    if (typeof family === "string") onRevoked(family);
  };
  return {
    open: (digest, grant) => store.open(digest, grant),
    async exchange(digest, successor, now) {
      const exchange = await store.exchange(digest, successor, now);
      if (exchange.outcome === "reused") tell(exchange.grant);
      return exchange;
    },
    async revoke(digest) {
      const grant = await store.revoke(digest);
      tell(grant);
      return grant;
    },
  };
}
