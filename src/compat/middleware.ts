import type { IncomingMessage, ServerResponse } from "node:http";

import { keysEqual } from "../keys/compare.js";

/**
 * OpenJarvis's `AuthMiddleware` as its documentation has it (and releases 0.1.1 to 1.0.2 did), for
 * Express and Connect: `Authorization: Bearer` is asked for on `/v1/*` and `/api/*`; webhooks and
 * health checks, like everything else, are open. Its holes are kept: **an empty key lets everybody
 * in**, other spellings of a path (`//v1/x`, `/V1/x`) are open, and WebSockets are never seen.
 * `createAuthenticator` has none of them.
 *
 * @param apiKey where the original looks into the environment, pass `env.OPENJARVIS_API_KEY ?? ""`
 * @example
 * app.use(authMiddleware(key));
 */
export function authMiddleware(
  apiKey = "",
): (
  request: IncomingMessage & { readonly originalUrl?: string | undefined },
  response: ServerResponse,
  next: () => void,
) => void {
  return (request, response, next) => {
    const path = decodePath(request.originalUrl ?? request.url ?? "");
    const isProtected = path.startsWith("/v1/") || path.startsWith("/api/");
    const detail =
      apiKey === "" || !isProtected ? null : findFault(request.headers.authorization, apiKey);
    if (detail === null) {
      next();
      return;
    }
    response.writeHead(401, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ detail }));
  };
}

function findFault(authorization: string | undefined, apiKey: string): string | null {
  if (authorization === undefined || authorization === "") return "Missing Authorization header";
  const at = authorization.indexOf(" ");
  const isBearer = at >= 0 && authorization.slice(0, at).toLowerCase() === "bearer";
  return isBearer && keysEqual(authorization.slice(at + 1), apiKey) ? null : "Invalid API key";
}

/** As Starlette hands it on: decoded, nothing resolved. */
function decodePath(url: string): string {
  const [path = ""] = url.split("?", 1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
