import { isUtf8 } from "node:buffer";

import {
  isPreflight,
  isWebSocketUpgrade,
  leadsTo,
  readHeader,
  readPath,
  readQuery,
} from "../contract/request-parts.js";
import {
  type ResponseData,
  type AuthRequest,
  type PresentedCredential,
  type Refusal,
  type RefusalCode,
  type WireForms,
  withHeaders,
} from "../contract/wire.js";

/**
 * Releases that differ on the wire.
 *
 * - `1.0.2` (and back to 0.1.1) no WebSocket authentication, `/metrics` open
 * - `1.0.3` the WebSocket takes `?token=`, or else the header
 * - `current` the WebSocket takes the header or a pair of subprotocols; preflights need no key
 */
export type OpenJarvisRelease = "1.0.2" | "1.0.3" | "current";

/** The subprotocol that a client offers beside the one with its key, and that is selected. */
export const protocolMarker = "openjarvis.auth.v1";
/** What the subprotocol with the key starts with; unpadded base64url of the key follows. */
export const keyProtocolPrefix = "openjarvis.key.b64url.";

const refused = {
  missing: refuseWith("missing-key", "Missing Authorization header"),
  wrong: refuseWith("wrong-key", "Invalid API key"),
};

/** Made once: a server that is guessed at writes little else. */
function refuseWith(code: RefusalCode, detail: string): { http: Refusal; socket: Refusal } {
  const headers = { "Content-Type": "application/json" };
  return {
    http: { code, status: 401, headers, body: JSON.stringify({ detail }) },
    socket: { code, status: 403, headers: {}, body: "" },
  };
}

/** OpenJarvis's wire forms as of one release. */
export function openjarvisWireOf(release: OpenJarvisRelease): WireForms {
  const folders = release === "1.0.2" ? ["v1", "api"] : ["v1", "api", "metrics"];

  function credentials(request: AuthRequest): PresentedCredential[] {
    const fromHeader = headerCredential(request);
    if (!isWebSocketUpgrade(request)) return fromHeader;
    if (release === "current") return [...fromHeader, ...protocolCredential(request)];
    const token = readQuery(request).get("token");
    return token === null || token === "" ? fromHeader : [{ value: token, via: "query" }];
  }

  return {
    isProtected(request) {
      if (release === "1.0.2" && isWebSocketUpgrade(request)) return false;
      return leadsTo(readPath(request), folders);
    },

    // Releases up to 1.0.3 asked for the key before they looked at the origin.
    answerPreflight: (request) =>
      release === "current" ? answerOpenJarvisPreflight(request) : null,

    credentials,

    refuse(request) {
      if (isWebSocketUpgrade(request)) {
        return (credentials(request).length === 0 ? refused.missing : refused.wrong).socket;
      }
      const nothing = (readHeader(request, "authorization") ?? "") === "";
      return (nothing ? refused.missing : refused.wrong).http;
    },

    selectProtocol(request) {
      const offered = release === "current" && protocolCredential(request).length > 0;
      return offered ? protocolMarker : null;
    },
  };
}

/** What OpenJarvis does today. */
export const openjarvisWire: WireForms = openjarvisWireOf("current");

/** The scheme in any case, one blank, and all that follows: a second blank belongs to the key. */
function headerCredential(request: AuthRequest): PresentedCredential[] {
  const value = /^bearer (.+)$/is.exec(readHeader(request, "authorization") ?? "")?.[1];
  return value === undefined ? [] : [{ value, via: "header" }];
}

/** The key of an offer of exactly the marker and one key, in either order. */
function protocolCredential(request: AuthRequest): PresentedCredential[] {
  const offer = readHeader(request, "sec-websocket-protocol") ?? "";
  const protocols = offer.split(",").map((protocol) => protocol.trim());
  const keys = protocols.filter((protocol) => protocol !== protocolMarker);
  const [key] = keys;
  if (protocols.length !== 2 || keys.length !== 1 || !key?.startsWith(keyProtocolPrefix)) return [];
  const value = decodeKey(key.slice(keyProtocolPrefix.length));
  return value === null ? [] : [{ value, via: "subprotocol" }];
}

/** A credential out of a subprotocol: null for what is not exactly its unpadded base64url. */
export function decodeKey(encoded: string): string | null {
  // Node skips what it cannot decode, so that many spellings would give one key.
  const bytes = Buffer.from(encoded, "base64url");
  const canonical = bytes.length > 0 && bytes.toString("base64url") === encoded;
  return canonical && isUtf8(bytes) ? bytes.toString("utf8") : null;
}

const origins = new Set([
  ...["localhost", "127.0.0.1"].flatMap((host) =>
    [3000, 5173, 5174].map((port) => `http://${host}:${port}`),
  ),
  "tauri://localhost",
  "http://tauri.localhost",
  "https://tauri.localhost",
]);

/** What a browser is told that asks what it may ask; null for any other request. */
export function answerOpenJarvisPreflight(request: AuthRequest): ResponseData | null {
  if (isWebSocketUpgrade(request) || !isPreflight(request)) return null;
  const headers = { "Content-Type": "text/plain; charset=utf-8" };
  if (!origins.has(readHeader(request, "origin") ?? "")) {
    return { status: 400, headers, body: "Disallowed CORS origin" };
  }
  const allowed = {
    "Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    "Access-Control-Max-Age": "600",
  };
  return forOpenJarvisOrigin(request, {
    status: 200,
    headers: { ...headers, ...allowed },
    body: "OK",
  });
}

/** The same answer as a script of a page of that origin may read it. */
export function forOpenJarvisOrigin(request: AuthRequest, answer: ResponseData): ResponseData {
  const origin = readHeader(request, "origin");
  if (origin === undefined || !origins.has(origin)) return answer;
  return withHeaders(answer, {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    Vary: "Origin",
  });
}
