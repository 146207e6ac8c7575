import {
  isWebSocketUpgrade,
  leadsTo,
  listOffers,
  readHeader,
  readPath,
  readQuery,
} from "../contract/request-parts.js";
import type { AuthRequest, PresentedCredential, Refusal, WireForms } from "../contract/wire.js";

const bearer = "Bearer ";
const openPaths = new Set(["/api/health", "/api/info"]);
/** The one open route below these: it has an access key of its own in `?key=`. */
export const attachmentPath = /^\/api\/sessions\/[^/]+\/attachments\/[^/]+\/content$/;

/**
 * Jean2 protects `/api` and its three sockets under `/ws`. A header that starts with exactly
 * `Bearer ` beats `?token=`; the sockets, whether upgraded or merely asked for, know only the query.
 */
export const jean2Wire: WireForms = {
  isProtected(request) {
    const path = readPath(request);
    if (path.plain && (openPaths.has(path.exact) || attachmentPath.test(path.exact))) return false;
    return leadsTo(path, ["api", "ws"]);
  },

  credentials(request) {
    const authorization = isSocket(request) ? undefined : readHeader(request, "authorization");
    if (authorization?.startsWith(bearer)) {
      return [{ value: authorization.slice(bearer.length), via: "header" }];
    }
    const token = readQuery(request).get("token");
    return token === null || token === "" ? [] : [{ value: token, via: "query" }];
  },

  refuse(request): Refusal {
    const why = isSocket(request) ? socketMessage(request) : restMessage;
    return {
      code: presentsNothing(request) ? "missing-key" : "wrong-key",
      status: 401,
      headers: { "Content-Type": "application/json", ...(isSocket(request) ? {} : anyOrigin) },
      body: JSON.stringify({ error: "Unauthorized", ...why }),
    };
  },

  // The sockets' routes have no CORS layer before them.
  answerPreflight(request) {
    if (request.method !== "OPTIONS" || isWebSocketUpgrade(request) || isSocket(request))
      return null;
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
  },

  // No offer of Jean2's clients carries the key.
  selectProtocol: (request) => listOffers(request)[0] ?? null,
};

/** Every web page may read what it answers, the sockets' routes apart. */
export const anyOrigin = { "Access-Control-Allow-Origin": "*" };

const restMessage = {
  message: "Invalid or missing API token",
  hint: 'Include token in Authorization header: "Bearer <token>" or query param: ?token=<token>',
};

function socketMessage(request: AuthRequest): { message: string } {
  const { exact } = readPath(request);
  if (exact === "/ws/terminal/events") return { message: "Invalid or missing API token" };
  const what = exact === "/ws/terminal" ? "terminal" : "WebSocket";
  return { message: `Invalid or missing API token for ${what} connection` };
}

function isSocket(request: AuthRequest): boolean {
  const path = readPath(request);
  return leadsTo(path, ["ws"]) && !leadsTo(path, ["api"]);
}

function presentsNothing(request: AuthRequest): boolean {
  const presented: readonly PresentedCredential[] = jean2Wire.credentials(request);
  return presented.every(({ value }) => value === "");
}
