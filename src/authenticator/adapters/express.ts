import type { IncomingMessage, ServerResponse } from "node:http";

import type { Accepted, Refused } from "../decision.js";
import { rememberIdentity } from "./identity.js";
import { type AnyAuthenticator, gone, whenDecided, writeRefusal } from "./node-http.js";

/** A middleware of Express, Connect, and whatever takes theirs. */
export type ConnectMiddleware = (
  request: IncomingMessage & { readonly originalUrl?: string | undefined },
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * A middleware that lets nothing pass which the authenticator refuses. Use it on the application,
 * first of all: under a path of its own, Express decides which spellings it gets to see. The
 * client's address is the socket's: `trustedProxies` counts, not Express's `trust proxy`.
 *
 * @example
 * app.use(guardExpress(authenticator));
 * app.get("/v1/info", (request, response) => response.json({ user: identityOf(request)?.name }));
 */
export function guardExpress(authenticator: AnyAuthenticator): ConnectMiddleware {
  return (request, response, next) => {
    const proceed = (decision: Accepted | Refused) => {
      if (!decision.ok) {
        writeRefusal(response, decision);
        return;
      }
      rememberIdentity(request, decision.identity);
      next();
    };
    const { method, headers, rawHeaders, socket } = request;
    // Inside a mounted router, `url` has lost the beginning that the rule goes by.
    const url = request.originalUrl ?? request.url;
    const asked = { method, url, headers, rawHeaders, ip: socket.remoteAddress ?? gone };
    whenDecided(authenticator.authenticate(asked), proceed, next);
  };
}
