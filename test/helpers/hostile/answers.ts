import type { RequestListener } from "node:http";

import {
  credentialsOf,
  type HostileServer,
  isTwisted,
  type Manners,
  passOn,
  startHttp,
  twist,
} from "./start.js";

const json = { "Content-Type": "application/json" };

/** 200 and `{}` to everything. Verdict `open`: it takes garbage. The key stays home. */
export function saysYes(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(twist((_, response) => response.writeHead(200, json).end("{}"), manners));
}

/** 200 and an empty body to everything. Verdict `open`, as above. */
export function saysYesSilently(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(twist((_, response) => response.writeHead(200).end(), manners));
}

/** 200 and a web page to everything. Verdict `wrong-service`: a page proves nothing either way. */
export function showsPages(manners: Manners = {}): Promise<HostileServer> {
  const page = "<!doctype html><title>Router</title><h1>Sign in</h1>";
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  return startHttp(twist((_, response) => response.writeHead(200, headers).end(page), manners));
}

/**
 * 307 to another origin, path and query included. Verdict `wrong-service`, naming that origin;
 * `elsewhere`, which is there and listens, is never asked anything.
 */
export async function redirects(
  manners: Manners = {},
): Promise<HostileServer & { elsewhere: HostileServer }> {
  const elsewhere = await saysYes();
  const send: RequestListener = ({ url }, response) =>
    response.writeHead(307, { Location: elsewhere.url + url }).end();
  return { ...(await startHttp(twist(send, manners))), elsewhere };
}

/** 500 to everything. Verdict `inconclusive`, after bounded retries. */
export function fails(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => response.writeHead(500, json).end('{"detail":"broken"}'), manners),
  );
}

/**
 * 429 with `Retry-After: 1` to the first requests, then properly. Verdict: that of the server behind
 * as long as the retries last, `inconclusive` beyond them.
 */
export function isBusyFor(requests: number, manners: Manners): Promise<HostileServer> {
  let left = requests;
  const properly = passOn(manners.behind);
  return startHttp((request, response) => {
    if (left === 0 || !isTwisted(request, manners)) return properly(request, response);
    left--;
    return void response.writeHead(429, { ...json, "Retry-After": "1" }).end("{}");
  });
}

/**
 * The headers of an event stream, an error event, and no end. Verdict: refused, whatever the status
 * says; with nothing else amiss, that of the server behind.
 */
export function streamsAnError(manners: Manners = {}): Promise<HostileServer> {
  const error = { type: "ERROR", channel: "SYSTEM", payload: { code: "INVALID_TOKEN" } };
  return startHttp(
    twist((_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
    }, manners),
  );
}

/** The headers of an event stream and nothing more. Verdict `inconclusive` once the time is up. */
export function streamsNothing(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
    }, manners),
  );
}

/**
 * Properly, but every answer repeats the credential in a header and in its JSON, as `received`.
 * Verdict: that of the server behind, finding `key-echoed`; the report never repeats it again.
 */
export function repeatsTheKey(manners: Manners): Promise<HostileServer> {
  const loudly = passOn(manners.behind, (body, request) => {
    const received = JSON.stringify(credentialsOf(request));
    return body.replace(/\}$/, `,"received":${received}}`);
  });
  return startHttp((request, response) => {
    if (!isTwisted(request, manners)) return passOn(manners.behind)(request, response);
    response.setHeader("X-Received", credentialsOf(request));
    return loudly(request, response);
  });
}

/**
 * Properly, but deaf on `route`: it never hears a credential there, so that the key is taken
 * elsewhere and refused here. Verdict `inconclusive`, finding `transports-disagree`.
 */
export function isDeafOn(route: string, behind: number): Promise<HostileServer> {
  const properly = passOn(behind);
  return startHttp((request, response) => {
    if (isTwisted(request, { route })) {
      request.url = route;
      delete request.headers.authorization;
      delete request.headers["sec-websocket-protocol"];
    }
    properly(request, response);
  });
}
