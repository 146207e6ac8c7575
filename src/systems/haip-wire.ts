import { isWebSocketUpgrade, leadsTo, readHeader, readPath, readQuery } from "./request-parts.js";
import type { AuthRequest, PresentedCredential } from "./wire.js";

/**
 * The three layers of truth about HAIP, in the order of time.
 *
 * - `documented` what the page about the server says: a JWT with each request, verified
 * - `old` the server before 11 August 2025: the same places, the signature never looked at
 * - `current` the server since: HTTP asks for nothing, the first WebSocket message has the JWT
 */
export type HaipRelease = "documented" | "old" | "current";

export const haipReleases: readonly HaipRelease[] = ["documented", "old", "current"];

/** The paths of HAIP's three transports; servers of their own time take a WebSocket on any. */
export const haipRoutes = {
  socket: "/haip/websocket",
  events: "/haip/sse",
  stream: "/haip/stream",
} as const;

/** Where requests carry a JWT, and which requests have to. In the current layer, none. */
export interface HaipWire {
  isProtected(request: AuthRequest): boolean;
  /** The one place that counts; null where nothing stands there. */
  credential(request: AuthRequest): PresentedCredential | null;
}

/** HAIP's wire forms as of a layer that authenticates requests. */
export function haipWireOf(release: Exclude<HaipRelease, "current">): HaipWire {
  return {
    isProtected(request) {
      if (isWebSocketUpgrade(request)) {
        return release === "old" || leadsTo(readPath(request), ["haip"]);
      }
      return request.method !== "OPTIONS" && leadsTo(readPath(request), ["haip"]);
    },

    credential(request) {
      if (!isWebSocketUpgrade(request) && readPath(request).exact === haipRoutes.stream) {
        const authorization = readHeader(request, "authorization") ?? "";
        const value = readBearer(authorization, release);
        return value === "" ? null : { value, via: "header" };
      }
      const token = readQuery(request).get("token") ?? "";
      return token === "" ? null : { value: token, via: "query" };
    },
  };
}

function readBearer(authorization: string, release: HaipRelease): string {
  // The old server strikes the scheme out wherever it stands, so that a bare token passes, too.
  if (release === "old") return authorization.replace("Bearer ", "");
  return /^Bearer (.+)$/s.exec(authorization)?.[1] ?? "";
}
