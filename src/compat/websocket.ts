import { keysEqual } from "../keys/compare.js";
import type { AuthRequest } from "../systems/contract/wire.js";

/**
 * OpenJarvis's `websocket_authorized` as its documentation has it (and release 1.0.3 did): a
 * non-empty `?token=` is taken first, else an Authorization header whose scheme is `bearer` in any
 * case. Its hole is kept: **an empty key lets everybody in.** `createAuthenticator` does not.
 */
export function websocketAuthorized(
  request: Pick<AuthRequest, "url" | "headers">,
  expectedKey: string,
): boolean {
  if (expectedKey === "") return true;
  const token = queryToken(request.url ?? "") || bearerToken(request.headers["authorization"]);
  return token !== "" && keysEqual(token, expectedKey);
}

function queryToken(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : (new URLSearchParams(url.slice(at)).get("token") ?? "");
}

function bearerToken(header: string | readonly string[] | undefined): string {
  const value = typeof header === "string" ? header : (header?.[0] ?? "");
  const at = value.indexOf(" ");
  return at >= 0 && value.slice(0, at).toLowerCase() === "bearer" ? value.slice(at + 1) : "";
}
