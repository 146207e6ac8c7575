import { haipPreflight, haipProtocol, haipRoutes } from "./haip-wire.js";
import { isWebSocketUpgrade, listOffers, readPath } from "../contract/request-parts.js";
import { type ResponseData, withHeaders } from "../contract/wire.js";
import { TokenError } from "../../tokens/errors.js";
import { refreshTokens } from "../../tokens/refresh.js";
import { createMemoryStore } from "../../tokens/refresh-store.js";
import {
  createHaipGuard,
  type HaipGuard,
  type HaipGuardOptions,
  type HaipUser,
} from "./haip-guard.js";
import { createEnvelopes, greetingOf, readHello, tokenEnded } from "./haip-messages.js";
import { openHaipSession, type SessionOptions } from "./haip-session.js";
import { type HaipAuthFailure, HaipSessions, TrackedSession } from "./haip-sessions.js";
import {
  json,
  type Site,
  type SiteAnswer,
  type SiteMaker,
  type SiteRequest,
  type SocketPlan,
} from "../contract/site.js";

/** What a HAIP site is made of. */
export interface HaipSiteOptions extends HaipGuardOptions {
  readonly sessions?: HaipSessions;
  /** Answers a refresh with new tokens, or throws a TokenError; absent where there is no such route. */
  readonly refresh?: ((body: unknown) => Promise<object>) | undefined;
}

/** Makes a reference HAIP server. */
export const makeHaipSite: SiteMaker = ({ release: name, key: secret, clock }) => {
  const release = name === "documented" || name === "old" ? name : "current";
  // Nobody signs in here, so that it refuses whatever is presented, as it should.
  const store = createMemoryStore();
  const refresh =
    release === "documented" && secret !== null
      ? (body: unknown) => refreshTokens(body, { store, secret, clock })
      : undefined;
  return createHaipSite({ release, secret, clock, refresh });
};

/**
 * HAIP's contract in one of its three layers, without tools and heartbeats. In the current one it
 * stands for a host program whose function takes `{"token": JWT}`, and has set none without a secret.
 *
 * @throws KeywardError `key-refused` for a secret that no JWT should be signed with
 */
export function createHaipSite(options: HaipSiteOptions): Site {
  const { release, clock, sessions = new HaipSessions(), refresh } = options;
  const guard = createHaipGuard(options);
  const login = release === "current" ? judgeLogin(guard.identify) : "done";
  const started = clock.now();

  async function route(request: SiteRequest, by: HaipUser): Promise<SiteAnswer> {
    const { method = "", url = "" } = request;
    const [path = ""] = url.split("?", 1);
    const uptime = clock.now() - started;
    switch (`${method === "HEAD" ? "GET" : method} ${path}`) {
      case "GET /health":
        return json(200, { status: "ok", uptime, ...sessions.stats });
      case "GET /stats":
        return json(200, { ...sessions.stats, ...unmeasured, uptime });
      case `GET ${haipRoutes.events}`:
        return stream("text/event-stream", (greeting) => `data: ${greeting}\n\n`, by);
      case `POST ${haipRoutes.stream}`:
        return stream("application/json", (greeting) => `${greeting}\n`, by, request);
      case `POST ${refreshRoute}`:
        return refresh === undefined
          ? answerUnknown(method, path)
          : answerRefresh(request, refresh);
      default:
        return method === "OPTIONS" ? haipPreflight : answerUnknown(method, path);
    }
  }

  function stream(
    type: string,
    frame: (message: string) => string,
    by: HaipUser,
    request?: SiteRequest,
  ): SiteAnswer {
    const session = new TrackedSession(by, clock);
    const write = createEnvelopes(release, clock, session.id);
    return {
      status: 200,
      headers: { "Content-Type": type, "Cache-Control": "no-cache" },
      body: frame(write(greetingOf(release))),
      endless(line) {
        sessions.track(session, line, () => line.end(frame(write(tokenEnded))));
        if (request !== undefined) void hear(session, request);
      },
    };
  }

  async function hear(session: TrackedSession, request: SiteRequest): Promise<void> {
    const body = await request.readBody();
    session.touch();
    session.handshakeCompleted = body !== null && readHello(body, release);
  }

  async function answerRefresh(
    request: SiteRequest,
    exchange: (body: unknown) => Promise<object>,
  ): Promise<SiteAnswer> {
    const text = await request.readBody();
    if (text === null) {
      fail(new TokenError("too-large", "the request is too large, or was broken off"), request);
      return json(413, { error: "Payload Too Large" });
    }
    try {
      return withHeaders(json(200, await exchange(parseJson(text))), notKept);
    } catch (error) {
      if (!(error instanceof TokenError)) {
        sessions.events.emit("store.failed", error);
        return json(503, { error: "Service Unavailable" });
      }
      fail(error, request);
      return withHeaders(json(401, error.toAnswer()), notKept);
    }
  }

  function fail({ code, reason }: TokenError, request: SiteRequest): void {
    const { ip } = request;
    sessions.events.emit("auth.failed", { code, reason, transport: nameTransport(request), ip });
  }

  function open(protocol: string | null, by: HaipUser): SocketPlan {
    return {
      protocol,
      open(socket) {
        const session = new TrackedSession(by, clock);
        const end = openHaipSession(socket, { release, clock, login, session });
        sessions.track(session, socket, end);
      },
    };
  }

  return {
    async answer(request) {
      const admission = await guard.admit(request);
      if (admission.ok) return withHeaders(await route(request, admission.by), anyOrigin);
      fail(admission.error, request);
      return withHeaders(admission.answer, anyOrigin);
    },

    async upgrade(request) {
      const admission = await guard.admit(request);
      if (!admission.ok) fail(admission.error, request);
      const offers = listOffers(request);
      if (release !== "documented") {
        // The published servers take a WebSocket on any path, and hang up on it afterwards. Their
        // library, left to itself, selects the first offer, even one with a JWT in it.
        return admission.ok ? open(offers[0] ?? null, admission.by) : hangUp;
      }
      if (!admission.ok) return withHeaders(admission.answer, anyOrigin);
      if (readPath(request).exact === haipRoutes.socket) {
        return open(offers.includes(haipProtocol) ? haipProtocol : null, admission.by);
      }
      return withHeaders(await route(request, admission.by), anyOrigin);
    },
  };
}

/** The host program's own function, or none. */
function judgeLogin(identify: HaipGuard["identify"]): Exclude<SessionOptions["login"], "done"> {
  if (identify === null) return null;
  return async (auth) => {
    const { token }: { token?: unknown } = Object(auth);
    const found = typeof token === "string" ? await identify(token) : null;
    return found === null || found instanceof TokenError ? null : found.user;
  };
}

function nameTransport(request: SiteRequest): HaipAuthFailure["transport"] {
  if (isWebSocketUpgrade(request)) return "websocket";
  const { exact } = readPath(request);
  if (exact === refreshRoute) return "refresh";
  return exact === haipRoutes.stream ? "http-stream" : "event-stream";
}

const refreshRoute = "/auth/refresh";
const unmeasured = { totalMessages: 0, messagesPerSecond: 0, averageLatency: 0, errorRate: 0 };
const anyOrigin = { "Access-Control-Allow-Origin": "*" };
/** RFC 6749, 5.1: nobody on the way is to keep a token. */
const notKept = { "Cache-Control": "no-store" };

const hangUp: SocketPlan = {
  protocol: null,
  open: (socket) => socket.close(1008, "Invalid token"),
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TokenError("malformed", "the request is not JSON");
  }
}

function answerUnknown(method: string, path: string): ResponseData {
  const asked = `${method} ${path}`.replaceAll(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
  return {
    status: 404,
    headers: { "Content-Type": "text/html; charset=utf-8" },
    body: `<!DOCTYPE html><title>Error</title><pre>Cannot ${asked}</pre>`,
  };
}
