import type {
  Accepted,
  Authenticator,
  GuardedRequest,
  JwtAuthenticator,
  Refused,
} from "../decision.js";
import { rememberIdentity } from "./identity.js";

/** What a web-standard `Request` does not say. */
export interface RequestOrigin {
  /**
   * The address that the socket has; a limiter needs it. The server's own interface knows it:
   * `getConnInfo(context).remote.address` in Hono, `server.requestIP(request)?.address` in Bun,
   * `info.remoteAddr.hostname` in Deno.
   */
  readonly ip?: string | undefined;
}

/** Gives the answer that a request is refused with, or null where it may go on. */
export type FetchGuard<Result = Response | null> = (
  request: Request,
  origin?: RequestOrigin,
) => Result;

/**
 * The authenticator for servers that take a web-standard `Request`: Hono, Bun, Deno.
 *
 * @example
 * const guard = guardFetch(authenticator);
 * app.use(async (context, next) => {
 *   return guard(context.req.raw, { ip: getConnInfo(context).remote.address }) ?? (await next());
 * });
 * Bun.serve({
 *   fetch: (request, server) =>
 *     guard(request, { ip: server.requestIP(request)?.address }) ?? answer(request),
 * });
 */
export function guardFetch(authenticator: Authenticator): FetchGuard;
export function guardFetch(authenticator: JwtAuthenticator): FetchGuard<Promise<Response | null>>;
export function guardFetch(
  authenticator: Authenticator | JwtAuthenticator,
): FetchGuard<Response | null | Promise<Response | null>> {
  return (request, origin) => {
    const answer = (decision: Accepted | Refused): Response | null => {
      if (!decision.ok) return respond(decision, request.method);
      rememberIdentity(request, decision.identity);
      return null;
    };
    const decision = authenticator.authenticate(describe(request, origin?.ip));
    return decision instanceof Promise ? decision.then(answer) : answer(decision);
  };
}

function describe(request: Request, ip: string | undefined): GuardedRequest {
  const [, host = "", url = ""] = /^[^:]+:\/\/([^/?#]*)(.*)$/s.exec(request.url) ?? [];
  const headers = Object.fromEntries(request.headers);
  return { method: request.method, url, headers: { host, ...headers }, ip };
}

function respond({ status, headers, body }: Refused, method: string): Response {
  return new Response(method === "HEAD" || body === "" ? null : body, { status, headers });
}
