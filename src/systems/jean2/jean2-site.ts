import { anyOrigin, attachmentPath, jean2Wire } from "./jean2-wire.js";
import { readQuery } from "../contract/request-parts.js";
import { type ResponseData, type AuthRequest, withHeaders } from "../contract/wire.js";
import {
  json,
  type Site,
  type SiteBase,
  type SiteMaker,
  type SocketPlan,
  text,
} from "../contract/site.js";

/** The release whose contract this is. */
const version = "1.4.0";

/** Makes a reference Jean2. */
export const makeJean2Site: SiteMaker = ({ key, baseOf }) =>
  createJean2Site(baseOf(jean2Wire), { authentication: key !== null });

/** Jean2's contract. Its terminal socket opens no shell here. */
function createJean2Site(base: SiteBase, options: { authentication: boolean }): Site {
  function page(path: string): ResponseData | null {
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

  function route(request: AuthRequest): ResponseData {
    const path = routedPath(request);
    if (sockets.has(path)) return lacks(request, path) ?? text(400, "WebSocket upgrade failed");
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead) return answerUnknown(request, path);
    if (attachmentPath.test(path)) return answerAttachment(request);
    return page(path) ?? answerUnknown(request, path);
  }

  function answer(sent: AuthRequest): ResponseData {
    const request = { ...sent, url: routedUrl(sent) };
    const preflight = jean2Wire.answerPreflight(request);
    if (preflight !== null) return preflight;
    const path = routedPath(request);
    if (!isGuarded(path)) return withHeaders(route(request), anyOrigin);
    const answered = base.refuse(request) ?? route(request);
    return sockets.has(path) ? answered : withHeaders(answered, anyOrigin);
  }

  return {
    answer,
    upgrade(sent) {
      const request = { ...sent, url: routedUrl(sent) };
      const path = routedPath(request);
      const plan = sockets.get(path);
      const granted = base.refuse(request) === null && lacks(request, path) === null;
      if (plan === undefined || !granted) return answer(sent);
      return { ...plan, protocol: jean2Wire.selectProtocol(request) };
    },
  };
}

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

function lacks(request: AuthRequest, path: string): ResponseData | null {
  const parameter = parameters[path];
  if (parameter === undefined || (readQuery(request).get(parameter) ?? "") !== "") return null;
  const message = `Missing required parameter: ${parameter}`;
  return json(400, { error: "bad_request", message });
}

function answerAttachment(request: AuthRequest): ResponseData {
  // The access key comes with each attachment, and there are none here.
  return (readQuery(request).get("key") ?? "") === ""
    ? json(401, { error: "unauthorized", message: "Missing access key" })
    : json(404, { error: "not_found", message: "Attachment not found" });
}

function answerUnknown({ method }: AuthRequest, path: string): ResponseData {
  const message = "The requested endpoint does not exist";
  return json(404, { error: "Not Found", message, path, method });
}

/** Its guard stands on the routes as they are written: `//api` and `/API` are no route at all. */
function isGuarded(path: string): boolean {
  return /^\/(?:api|ws)(?:\/|$)/.test(path);
}

/** The request line as Jean2's runtime hands it on: dot segments are resolved. */
function routedUrl({ url = "" }: AuthRequest): string {
  if (!url.startsWith("/")) return url;
  const { pathname, search } = new URL(`http://localhost${url}`);
  return pathname + search;
}

/** The path as its router sees it: escapes decoded. */
function routedPath({ url = "" }: AuthRequest): string {
  const [path = ""] = url.split("?", 1);
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
