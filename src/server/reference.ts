import * as http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { isWebSocketUpgrade } from "../systems/request-parts.js";
import type { Answer } from "../systems/wire.js";
import {
  addressOf,
  createHttpServer,
  type ReferenceAddress,
  startListening,
  type TlsMaterial,
} from "./listening.js";
import type { SiteAnswer } from "./site.js";
import { createSite, type SiteOptions } from "./sites.js";
import { createWebSocketServer } from "./web-sockets.js";

/** What {@link createReferenceServer} wants to know. */
export type ReferenceServerOptions = SiteOptions & {
  /** The server then speaks TLS only. */
  readonly tls?: TlsMaterial;
};

/** A server that speaks a system's contract and does nothing else. */
export interface ReferenceServer {
  /**
   * Starts to listen; port 0 takes a free one. Whether the host is safe without a key is not
   * decided here: ask `decideBind` first.
   *
   * @throws KeywardError `address-in-use`, or `cannot-listen` for whatever else the system says;
   *   TypeError for a host or port that is none, or when it listens already
   */
  listen(where: { host: string; port: number }): Promise<ReferenceAddress>;
  /** Stops: open WebSockets are told, and half a second later whatever is still open is cut. */
  close(): Promise<void>;
}

const drainMilliseconds = 500;

/**
 * Makes a server that answers as one of the four systems does, as far as authentication goes: for
 * trying keyward out, and for tests of programs that talk to these servers. It never logs.
 *
 * @throws TypeError for bad options; KeywardError `malformed` for TLS material that does not fit,
 *   `key-refused` for a HAIP secret that no JWT should be signed with
 * @example
 * const server = createReferenceServer({ system: "jean2", key, clock: Date });
 * const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
 * await server.close();
 */
export function createReferenceServer(options: ReferenceServerOptions): ReferenceServer {
  const site = createSite(options);
  const server = createHttpServer(options.tls);
  const webSockets = createWebSocketServer();
  const connections = new Set<Socket>();

  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  server.on("request", async (request, response) => write(response, await site.answer(request)));
  server.on("upgrade", async (request, socket, head) => {
    // Node has taken its own listeners off: a client that resets now would end the process.
    socket.on("error", () => socket.destroy());
    const wanted = request.method === "GET" && isWebSocketUpgrade(request);
    const outcome = await (wanted ? site.upgrade(request) : site.answer(request));
    if ("open" in outcome) webSockets.accept(request, socket, head, outcome);
    else refuseUpgrade(socket, outcome, request.method === "HEAD");
  });

  let closing: Promise<void> | undefined;
  return {
    async listen(where) {
      if (closing !== undefined) throw new TypeError("the server was closed");
      await startListening(server, where);
      return addressOf(server, options.tls === undefined ? "http" : "https");
    },
    close() {
      return (closing ??= new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const socket of connections) socket.destroy();
        }, drainMilliseconds);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        webSockets.close();
      }));
    },
  };
}

function write(response: http.ServerResponse, answer: SiteAnswer): void {
  if (answer.endless === true) response.writeHead(answer.status, answer.headers).write(answer.body);
  else response.writeHead(answer.status, headersOf(answer)).end(answer.body);
}

/** Writes an answer by hand: a response object may still belong to the request before this one. */
function refuseUpgrade(socket: Duplex, answer: Answer, bodiless: boolean): void {
  const headers = { ...headersOf(answer), Connection: "close" };
  const head = [
    `HTTP/1.1 ${answer.status} ${http.STATUS_CODES[answer.status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${bodiless ? "" : answer.body}`);
}

function headersOf({ status, headers, body }: Answer): Record<string, string | number> {
  return status === 204 ? headers : { ...headers, "Content-Length": Buffer.byteLength(body) };
}
