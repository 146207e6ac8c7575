import {
  isWebSocketUpgrade,
  leadsToRoute,
  readHeader,
  readPath,
  readQuery,
} from "../contract/request-parts.js";
import {
  type ResponseData,
  type AuthRequest,
  type PresentedCredential,
  type WireForms,
  withHeaders,
} from "../contract/wire.js";

/**
 * Generations of Jean that differ on the wire.
 *
 * - `old` the desktop app with web access, early 2026: `?token=` alone, three protected routes
 * - `current` the server of its own: the header, too, and more routes
 */
export type JeanRelease = "old" | "current";

/** The one route that refuses in JSON, and the one to ask. */
export const authRoute = "/api/auth";

const protectedRoutes: Readonly<Record<JeanRelease, readonly string[]>> = {
  old: ["ws", "api/auth", "api/init"],
  current: [
    "ws",
    "api/auth",
    "api/init",
    "api/version",
    "api/files",
    "api/project-files",
    "api/commit-jobs",
  ],
};

/** Jean's wire forms as of one generation: what is not in the list is its web page, and open. */
export function jeanWireOf(release: JeanRelease): WireForms {
  function credentials(request: AuthRequest): PresentedCredential[] {
    const tokens = readQuery(request).getAll("token");
    // Its reader takes a name that comes twice for a mistake; which one counts is not to be guessed.
    if (tokens.length > 1) return [];
    const [token = ""] = tokens;
    if (token !== "") return [{ value: token, via: "query" }];
    return release === "current" ? headerCredential(request) : [];
  }

  return {
    isProtected(request) {
      return leadsToRoute(readPath(request), protectedRoutes[release]);
    },

    credentials,

    refuse(request) {
      const code = credentials(request).length === 0 ? "missing-key" : "wrong-key";
      if (readPath(request).exact !== authRoute) {
        const headers = { "Content-Type": "text/plain; charset=utf-8" };
        return { code, status: 401, headers, body: "Invalid token" };
      }
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify({ ok: false, error: "Invalid token" });
      return { code, status: 401, headers, body };
    },

    answerPreflight(request) {
      if (request.method !== "OPTIONS" || isWebSocketUpgrade(request)) return null;
      return forJeanOrigin(request, release, preflight);
    },

    selectProtocol: () => null,
  };
}

const preflight: ResponseData = {
  status: 200,
  headers: { "Access-Control-Allow-Methods": "*", "Access-Control-Allow-Headers": "*" },
  body: "",
};

const origins = new Set([
  "tauri://localhost",
  "http://tauri.localhost",
  "https://tauri.localhost",
  "http://localhost:1420",
]);

/** The old generation let every web page read its answers; today's has a list. */
export function forJeanOrigin(
  request: AuthRequest,
  release: JeanRelease,
  answer: ResponseData,
): ResponseData {
  if (release === "old") return withHeaders(answer, { "Access-Control-Allow-Origin": "*" });
  const origin = readHeader(request, "origin");
  if (origin === undefined || !origins.has(origin)) return answer;
  return withHeaders(answer, { "Access-Control-Allow-Origin": origin, Vary: "Origin" });
}

/** What Jean does today. */
export const jeanWire: WireForms = jeanWireOf("current");

/** `Bearer` or `bearer` and a blank; blanks round the key are not the key's. */
function headerCredential(request: AuthRequest): PresentedCredential[] {
  const authorization = readHeader(request, "authorization")?.trim() ?? "";
  const value = /^[Bb]earer (.*)$/s.exec(authorization)?.[1]?.trim() ?? "";
  return value === "" ? [] : [{ value, via: "header" }];
}
