import { attachmentPath } from "../systems/jean2-wire.js";
import { readHeader, readQuery } from "../systems/request-parts.js";
import type { Answer, AuthRequest } from "../systems/wire.js";
import { json, type Site, type SiteBase, type SocketPlan, text, withHeaders } from "./site.js";

/** The release whose contract this is. */
const version = "1.4.0";

/** Jean2's contract. Its terminal socket opens no shell here. */
export function createJean2Site(base: SiteBase, options: { authentication: boolean }): Site {
  function page(path: string): Answer | null {
    const timestamp = new Date(base.clock.now()).toISOString();
    switch (path) {
      case "/": {
        const message = "AI Agent Server is running";
        return json(200, { status: "ok", message, version, timestamp });
      }
      case "/api/health":
        return json(200, { status: "healthy", timestamp });
      case "/api/info": {
        const features = {
          websocket: true,
          sessions: true,
          preconfigs: true,
          tools: true,
          authentication: options.authentication,
          client: false,
        };
        return json(200, { name: "AI Agent Server", version, runtime: "bun", features, timestamp });
      }
      case "/api/auth/verify":
        return json(200, { valid: true, timestamp });
      default:
        return null;
    }
  }

  function route(request: AuthRequest): Answer {
    const path = routedPath(request);
    if (sockets.has(path)) return lacks(request, path) ?? text(400, "WebSocket upgrade failed");
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead) return answerUnknown(request, path);
    if (attachmentPath.test(path)) return answerAttachment(request);
    return page(path) ?? answerUnknown(request, path);
  }

  function answer(request: AuthRequest): Answer {
    const refusal = base.refuse(request);
    if (refusal !== null) return refusal;
    if (request.method === "OPTIONS") return answerOptions(request);
    return withHeaders(route(request), anyOrigin);
  }

  return {
    answer,
    upgrade(request) {
      const path = routedPath(request);
      const plan = sockets.get(path);
      const granted = base.refuse(request) === null && lacks(request, path) === null;
      return plan !== undefined && granted ? plan : answer(request);
    },
  };
}

const anyOrigin = { "Access-Control-Allow-Origin": "*" };

const silent: SocketPlan = { protocol: null, open() {} };

const sockets = new Map<string, SocketPlan>([
  ["/ws", silent],
  ["/ws/terminal", silent],
  [
    "/ws/terminal/events",
    {
      protocol: null,
      open: (socket) => socket.send(JSON.stringify({ type: "snapshot", sessions: [] })),
    },
  ],
]);

const parameters: Readonly<Record<string, string>> = {
  "/ws/terminal": "cwd",
  "/ws/terminal/events": "workspaceId",
};

function lacks(request: AuthRequest, path: string): Answer | null {
  const parameter = parameters[path];
  if (parameter === undefined || (readQuery(request).get(parameter) ?? "") !== "") return null;
  const message = `Missing required parameter: ${parameter}`;
  return json(400, { error: "bad_request", message });
}

function answerAttachment(request: AuthRequest): Answer {
  // The access key comes with each attachment, and there are none here.
  return (readQuery(request).get("key") ?? "") === ""
    ? json(401, { error: "unauthorized", message: "Missing access key" })
    : json(404, { error: "not_found", message: "Attachment not found" });
}

function answerUnknown({ method }: AuthRequest, path: string): Answer {
  const message = "The requested endpoint does not exist";
  return json(404, { error: "Not Found", message, path, method });
}

function answerOptions(request: AuthRequest): Answer {
  const asked = readHeader(request, "access-control-request-headers");
  return {
    status: 204,
    headers: {
      ...anyOrigin,
      "Access-Control-Allow-Methods": "GET,HEAD,PUT,POST,DELETE,PATCH",
      ...(asked !== undefined && {
        "Access-Control-Allow-Headers": asked,
        Vary: "Access-Control-Request-Headers",
      }),
    },
    body: "",
  };
}

/** The path as Jean2's router sees it: dot segments resolved, then escapes decoded. */
function routedPath({ url = "" }: AuthRequest): string {
  const path = url.startsWith("/") ? new URL(`http://localhost${url}`).pathname : url;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
