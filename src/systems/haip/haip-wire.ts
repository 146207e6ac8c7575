import {
  isWebSocketUpgrade,
  leadsTo,
  listOffers,
  readHeader,
  readPath,
  readQuery,
} from "../contract/request-parts.js";
import type { ResponseData, AuthRequest, PresentedCredential } from "../contract/wire.js";

/**
 * The three layers of truth about HAIP.
 *
 * - `documented` what its documentation says: a JWT with each request, verified
 * - `old` the server of July 2025: the same places, but the signature is never looked at
 * - `current` the server since: HTTP asks for nothing, the first WebSocket message has the JWT
 */
export type HaipRelease = "documented" | "old" | "current";

/** The paths of HAIP's three transports; the published servers take a WebSocket on any. */
export const haipRoutes = {
  socket: "/haip/websocket",
  events: "/haip/sse",
  stream: "/haip/stream",
} as const;

/** What its CORS layer answers to every OPTIONS, before anybody looks for a JWT. */
export const haipPreflight: ResponseData = {
  status: 204,
  headers: {
    "Access-Control-Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
  },
  body: "",
};

/** Where requests carry a JWT, and which requests have to. In the current layer, none. */
export interface HaipWire {
  isProtected(request: AuthRequest): boolean;
  /** As in `WireForms`. */
  answerPreflight(request: AuthRequest): ResponseData | null;
  /** The one place that counts; null where nothing stands there. */
  credential(request: AuthRequest): PresentedCredential | null;
}

/** The subprotocol that a client offers beside the one with its JWT, and that is selected. */
export const haipProtocol = "haip";
/** What the subprotocol with the JWT starts with. */
export const haipTokenPrefix = "token.";

/** HAIP's wire forms as of a layer that authenticates requests. */
export function haipWireOf(release: Exclude<HaipRelease, "current">): HaipWire {
  return {
    isProtected(request) {
      if (isWebSocketUpgrade(request)) {
        return release === "old" || leadsTo(readPath(request), ["haip"]);
      }
      return leadsTo(readPath(request), ["haip"]);
    },

    answerPreflight: (request) =>
      request.method === "OPTIONS" && !isWebSocketUpgrade(request) ? haipPreflight : null,

    credential(request) {
      if (!isWebSocketUpgrade(request) && readPath(request).exact === haipRoutes.stream) {
        const authorization = readHeader(request, "authorization") ?? "";
        const value = readBearer(authorization, release);
        return value === "" ? null : { value, via: "header" };
      }
      const token = readQuery(request).get("token") ?? "";
      if (token !== "") return { value: token, via: "query" };
      return release === "documented" ? protocolCredential(request) : null;
    },
  };
}

/** One page of the documentation has it, and the other has not: `haip` and `token.` with the JWT. */
function protocolCredential(request: AuthRequest): PresentedCredential | null {
  const offers = listOffers(request);
  const token =
    offers.find((offer) => offer.startsWith(haipTokenPrefix))?.slice(haipTokenPrefix.length) ?? "";
  const isOffered = isWebSocketUpgrade(request) && offers.includes(haipProtocol);
  return isOffered && token !== "" ? { value: token, via: "subprotocol" } : null;
}

function readBearer(authorization: string, release: HaipRelease): string {
  // The old server strikes the scheme out wherever it stands, so that a bare token passes, too.
  if (release === "old") return authorization.replace("Bearer ", "");
  return /^Bearer (.+)$/s.exec(authorization)?.[1] ?? "";
}
