import * as http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { WebSocketServer } from "ws";

import type { Clock } from "../machine.js";
import { jean2Wire } from "../systems/jean2-wire.js";
import {
  type OpenJarvisRelease,
  openjarvisReleases,
  openjarvisWireOf,
} from "../systems/openjarvis-wire.js";
import { isWebSocketUpgrade } from "../systems/request-parts.js";
import type { Answer, AuthRequest, WireForms } from "../systems/wire.js";
import { judge } from "./authenticate.js";
import { createJean2Site } from "./jean2-server.js";
import { createKeyRing } from "./key-ring.js";
import {
  addressOf,
  createHttpServer,
  type ReferenceAddress,
  startListening,
  type TlsMaterial,
} from "./listening.js";
import { createOpenJarvisSite } from "./openjarvis-server.js";
import type { Site, SiteBase, SocketPlan } from "./site.js";

interface CommonOptions {
  /**
   * The key to ask for. Null switches authentication off, as an unset one does with these servers;
   * any other value counts, however weak: to refuse one is for whoever starts the server.
   */
  readonly key: string | null;
  /** For the timestamps in answers; `Date` will do. */
  readonly clock: Pick<Clock, "now">;
  /** The server then speaks TLS only. */
  readonly tls?: TlsMaterial;
}

/** What {@link createReferenceServer} wants to know, by system. */
export type ReferenceServerOptions =
  | (CommonOptions & { readonly system: "jean2" })
  | (CommonOptions & {
      readonly system: "openjarvis";
      /** Which release to be; `current` unless named. */
      readonly release?: OpenJarvisRelease;
      /** Whether `/health` answers 503. */
      readonly backendDown?: boolean;
    });

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

const longestMessage = 65_536;
const drainMilliseconds = 500;
const goingAway = 1001;

/**
 * Makes a server that answers as Jean2 or OpenJarvis does, as far as authentication goes: for
 * trying keyward out, and for tests of programs that talk to these servers. It never logs.
 *
 * @throws TypeError for bad options; KeywardError `malformed` for TLS material that does not fit
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
  server.on("request", (request, response) => write(response, site.answer(request)));
  server.on("upgrade", (request, socket, head) => {
    // Node has taken its own listeners off: a client that resets now would end the process.
    socket.on("error", () => socket.destroy());
    const wanted = request.method === "GET" && isWebSocketUpgrade(request);
    const outcome = wanted ? site.upgrade(request) : site.answer(request);
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

function createSite(options: ReferenceServerOptions): Site {
  const { key, clock } = options;
  if (key !== null && (typeof key !== "string" || key === "")) {
    throw new TypeError("key must be a string that is not empty, or null for no authentication");
  }
  if (typeof clock?.now !== "function") {
    throw new TypeError("clock must have a function now: Date will do");
  }
  switch (options.system) {
    case "jean2":
      return createJean2Site(baseOf(jean2Wire, key, clock), { authentication: key !== null });
    case "openjarvis": {
      const { release = "current", backendDown = false } = options;
      if (!openjarvisReleases.includes(release)) {
        throw new TypeError(`release must be one of ${openjarvisReleases.join(", ")}`);
      }
      const wire = openjarvisWireOf(release);
      return createOpenJarvisSite(baseOf(wire, key, clock), { release, backendDown, wire });
    }
    default:
      throw new TypeError("system must be one of jean2, openjarvis");
  }
}

function baseOf(wire: WireForms, key: string | null, clock: Pick<Clock, "now">): SiteBase {
  if (key === null) return { refuse: () => null, clock };
  const ring = createKeyRing([key]);
  return {
    refuse(request: AuthRequest) {
      const decision = judge(wire, ring, request);
      return decision.ok ? null : decision;
    },
    clock,
  };
}

function createWebSocketServer() {
  const plans = new WeakMap<http.IncomingMessage, SocketPlan>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessage,
    // Left to itself, ws selects the first offer, which may be the one with the key.
    handleProtocols: (_offers, request) => plans.get(request)?.protocol ?? false,
  });
  return {
    accept(request: http.IncomingMessage, socket: Duplex, head: Buffer, plan: SocketPlan): void {
      plans.set(request, plan);
      server.handleUpgrade(request, socket, head, (client) => {
        // A frame that breaks the protocol: ws has closed the socket by the time it says so.
        client.on("error", () => {});
        plan.open(client);
      });
    },
    close(): void {
      for (const client of server.clients) client.close(goingAway);
    },
  };
}

function write(response: http.ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer)).end(answer.body);
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
