import type { RequestListener, ServerResponse } from "node:http";

import type { Accepted, Authenticator, JwtAuthenticator, Refused } from "../decision.js";
import { rememberIdentity } from "./identity.js";

/** Either kind of authenticator. */
export type AnyAuthenticator = Authenticator | JwtAuthenticator;

/**
 * Puts an authenticator before a handler of node:http or node:https: what it refuses is answered,
 * and the handler never hears of it. `identityOf(request)` tells the handler whose key it was.
 *
 * @example
 * const server = createServer(guardHandler(authenticator, (request, response) => {
 *   response.end(`hello, ${identityOf(request)?.name}`);
 * }));
 */
export function guardHandler(
  authenticator: AnyAuthenticator,
  handler: RequestListener,
): RequestListener {
  return (request, response) => {
    const proceed = (decision: Accepted | Refused) => {
      if (!decision.ok) {
        writeRefusal(response, decision);
        return;
      }
      rememberIdentity(request, decision.identity);
      handler(request, response);
    };
    const { method, url, headers, rawHeaders, socket } = request;
    const asked = { method, url, headers, rawHeaders, ip: socket.remoteAddress ?? gone };
    whenDecided(authenticator.authenticate(asked), proceed);
  };
}

/** In the place of the address of a client that has hung up already. */
export const gone = "";

/** Goes on at once with a decision that is there, and later with one that is not. */
export function whenDecided(
  decision: ReturnType<AnyAuthenticator["authenticate"]>,
  proceed: (decision: Accepted | Refused) => void,
  fail?: (error: unknown) => void,
): void {
  if (decision instanceof Promise) void decision.then(proceed, fail);
  else proceed(decision);
}

/** Writes the answer that a refused request gets. */
export function writeRefusal(response: ServerResponse, { status, headers, body }: Refused): void {
  // A flat list: spreading the headers into another object costs ten times as much.
  const all: (string | number)[] = ["Content-Length", Buffer.byteLength(body)];
  for (const name of Object.keys(headers)) all.push(name, headers[name] ?? "");
  response.writeHead(status, all);
  response.end(body);
}
