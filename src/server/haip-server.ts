import { haipProtocol, haipRoutes, listOffers } from "../systems/haip-wire.js";
import type { Answer, AuthRequest } from "../systems/wire.js";
import { createHaipGuard, type GuardOptions } from "./haip-guard.js";
import { createEnvelopes, greetingOf } from "./haip-messages.js";
import { openHaipSession, type SessionOptions } from "./haip-session.js";
import { json, type Site, type SiteAnswer, type SocketPlan, withHeaders } from "./site.js";

/**
 * HAIP's contract in one of its three layers, without tools and heartbeats. In the current one it
 * stands for a host program whose function takes `{"token": JWT}`, and has set none without a secret.
 *
 * @throws KeywardError `key-refused` for a secret that no JWT should be signed with
 */
export function createHaipSite(options: GuardOptions): Site {
  const { release, clock } = options;
  const guard = createHaipGuard(options);
  const login = release === "current" ? judgeLogin(guard.isGood) : "done";
  const started = clock.now();
  const connections = { totalConnections: 0, activeConnections: 0 };

  function route({ method = "", url = "" }: AuthRequest): SiteAnswer {
    const [path = ""] = url.split("?", 1);
    const uptime = clock.now() - started;
    switch (`${method === "HEAD" ? "GET" : method} ${path}`) {
      case "GET /health":
        return json(200, { status: "ok", uptime, ...connections });
      case "GET /stats":
        return json(200, { ...connections, ...unmeasured, uptime });
      case `GET ${haipRoutes.events}`:
        return stream("text/event-stream", `data: ${greet()}\n\n`);
      case `POST ${haipRoutes.stream}`:
        return stream("application/json", `${greet()}\n`);
      default:
        return method === "OPTIONS" ? preflight : answerUnknown(method, path);
    }
  }

  function greet(): string {
    return createEnvelopes(release, clock)(greetingOf(release));
  }

  function open(protocol: string | null): SocketPlan {
    return {
      protocol,
      open(socket) {
        connections.totalConnections++;
        connections.activeConnections++;
        socket.on("close", () => connections.activeConnections--);
        openHaipSession(socket, { release, clock, login });
      },
    };
  }

  return {
    async answer(request) {
      return withHeaders((await guard.refuse(request)) ?? route(request), anyOrigin);
    },

    async upgrade(request) {
      const refusal = await guard.refuse(request);
      const offers = listOffers(request);
      if (release !== "documented") {
        // The published servers take a WebSocket on any path, and hang up on it afterwards. Their
        // library, left to itself, selects the first offer, even one with a JWT in it.
        return refusal === null ? open(offers[0] ?? null) : hangUp;
      }
      const [path] = (request.url ?? "").split("?", 1);
      if (refusal === null && path === haipRoutes.socket) {
        return open(offers.includes(haipProtocol) ? haipProtocol : null);
      }
      return withHeaders(refusal ?? route(request), anyOrigin);
    },
  };
}

/** The host program's own function, or none. */
function judgeLogin(
  isGood: ((token: string) => Promise<boolean>) | null,
): Exclude<SessionOptions["login"], "done"> {
  if (isGood === null) return null;
  return async (auth) => {
    const { token }: { token?: unknown } = Object(auth);
    return typeof token === "string" && isGood(token);
  };
}

const unmeasured = { totalMessages: 0, messagesPerSecond: 0, averageLatency: 0, errorRate: 0 };
const anyOrigin = { "Access-Control-Allow-Origin": "*" };
const preflight: Answer = {
  status: 204,
  headers: { "Access-Control-Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE" },
  body: "",
};

const hangUp: SocketPlan = {
  protocol: null,
  open: (socket) => socket.close(1008, "Invalid token"),
};

function stream(type: string, body: string): SiteAnswer {
  const headers = { "Content-Type": type, "Cache-Control": "no-cache" };
  return { status: 200, headers, body, endless: true };
}

function answerUnknown(method: string, path: string): Answer {
  const asked = `${method} ${path}`.replaceAll(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
  return {
    status: 404,
    headers: { "Content-Type": "text/html; charset=utf-8" },
    body: `<!DOCTYPE html><title>Error</title><pre>Cannot ${asked}</pre>`,
  };
}
