import * as http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { systemErrorCode } from "../core/errors.js";
import { isWebSocketUpgrade } from "../systems/contract/request-parts.js";
import type { ResponseData } from "../systems/contract/wire.js";
import {
  addressOf,
  createHttpServer,
  type LineOptions,
  type ReferenceAddress,
  startListening,
} from "./listening.js";
import { readRequestBody } from "./read-body.js";
import type { Site, SiteRequest } from "../systems/contract/site.js";
import { createWebSocketServer } from "./web-sockets.js";

/** What a server has done so far. */
export interface ServerCounts {
  /** Requests answered with a status under 400, and WebSockets opened. */
  readonly accepted: number;
  /** Requests answered with 400 or more. */
  readonly refused: number;
  /** Connections given up before there was a request: no HTTP, too large, too slow. */
  readonly broken: number;
}

/** A server that a {@link Site} answers for. */
export interface SiteServer {
  /**
   * Starts to listen; port 0 takes a free one. Whether the host is safe without a key is not
   * decided here: ask `decideBind` first.
   *
   * @throws KeywardError `address-in-use`, or `cannot-listen` for whatever else the system says;
   *   TypeError for a host or port that is none, or when it listens already
   */
  listen(where: { host: string; port: number }): Promise<ReferenceAddress>;
  /**
   * Stops: nobody new is let in, requests under way are answered, event streams end, open
   * WebSockets are told 1001. Whatever is open after `withinMs` (500 unless given) is cut. A second
   * call may shorten that.
   */
  close(options?: { readonly withinMs?: number }): Promise<void>;
  getCounts(): ServerCounts;
}

/**
 * Puts a site on the network.
 *
 * @param loadSite called once, when the server is to listen
 * @param longestHeaders bytes that a request's head may have; 16 KiB unless given
 * @throws as `createHttpServer`
 */
export function createSiteServer(
  loadSite: () => Promise<Site>,
  line: LineOptions,
  longestHeaders?: number,
): SiteServer {
  const server = createHttpServer(line, longestHeaders);
  const webSockets = createWebSocketServer();
  const connections = new Set<Socket>();
  const endless = new Set<http.ServerResponse>();
  const counts = { accepted: 0, refused: 0, broken: 0 };
  const count = (status: number) => counts[status < 400 ? "accepted" : "refused"]++;

  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  // Node answers these itself, and more carefully than a listener of `clientError` could.
  server.on(line.tls === undefined ? "connection" : "secureConnection", (socket: Socket) =>
    socket.on("error", (error) => {
      if (/^HPE_|^ERR_HTTP_REQUEST_TIMEOUT$/.test(systemErrorCode(error) ?? "")) counts.broken++;
    }),
  );

  function serve(site: Site): void {
    server.on("request", async (request, response) => {
      const answer = await site.answer(describe(request));
      count(answer.status);
      // Otherwise a client could keep a server that closes open with one request after the other.
      if (closing !== undefined || answer.endless !== undefined) response.shouldKeepAlive = false;
      response.writeHead(answer.status, answer.endless ? answer.headers : headersOf(answer));
      if (answer.endless === undefined) {
        response.end(answer.body);
        return;
      }
      response.write(answer.body);
      // The client may have gone while a signature was verified, and says so no more.
      if (response.closed) return;
      endless.add(response);
      response.once("close", () => endless.delete(response));
      answer.endless(response);
      if (closing !== undefined) response.end();
    });

    server.on("upgrade", async (request, socket, head) => {
      // Node has taken its own listeners off: a client that resets now would end the process.
      socket.on("error", () => socket.destroy());
      const wanted = request.method === "GET" && isWebSocketUpgrade(request);
      // What follows such a head is no body to node.
      const described = { ...describe(request), readBody: async () => null };
      const outcome = await (wanted ? site.upgrade(described) : site.answer(described));
      if ("open" in outcome) {
        count(webSockets.accept(request, socket, head, outcome) ? 101 : 400);
        if (closing !== undefined) webSockets.close();
      } else {
        count(outcome.status);
        refuseUpgrade(socket, outcome, request.method === "HEAD");
      }
    });
  }

  let serving: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  let isClosed = false;
  let cut: NodeJS.Timeout | undefined;

  function refuseClosed(): void {
    if (closing !== undefined) throw new TypeError("the server was closed");
  }

  function startClosing(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        isClosed = true;
        clearTimeout(cut);
        resolve();
      });
    });
    webSockets.close();
    for (const response of endless) response.end();
    // A browser opens connections in advance, and node waits for their first request.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    return closed;
  }

  return {
    async listen(where) {
      refuseClosed();
      await (serving ??= loadSite().then(serve));
      refuseClosed();
      await startListening(server, where);
      return addressOf(server, line.tls === undefined ? "http" : "https");
    },
    close({ withinMs = 500 } = {}) {
      closing ??= startClosing();
      clearTimeout(cut);
      if (!isClosed) {
        cut = setTimeout(() => {
          for (const socket of connections) socket.destroy();
        }, withinMs);
      }
      return closing;
    },
    getCounts: () => ({ ...counts }),
  };
}

function describe(request: http.IncomingMessage): SiteRequest {
  const { method, url, headers, rawHeaders, socket } = request;
  return {
    method,
    url,
    headers,
    rawHeaders,
    ip: socket.remoteAddress ?? "",
    readBody: () => readRequestBody(request),
  };
}

/** Writes an answer by hand: a response object may still belong to the request before this one. */
function refuseUpgrade(socket: Duplex, answer: ResponseData, bodiless: boolean): void {
  const headers = { ...headersOf(answer), Connection: "close" };
  const head = [
    `HTTP/1.1 ${answer.status} ${http.STATUS_CODES[answer.status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${bodiless ? "" : answer.body}`);
}

function headersOf({ status, headers, body }: ResponseData): Record<string, string | number> {
  return status === 204 ? headers : { ...headers, "Content-Length": Buffer.byteLength(body) };
}
