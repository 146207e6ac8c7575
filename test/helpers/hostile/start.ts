import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import type { TLSSocket } from "node:tls";

import { onTestFinished } from "vitest";

/** A server that misbehaves, and all that it was told. */
export interface HostileServer {
  readonly url: string;
  /** A string a connection: every byte of it, decrypted; then a string a WebSocket message. */
  seen(): string[];
  /** How many connections are open now. */
  open(): number;
  /** Called by itself when the test is over. */
  close(): Promise<void>;
}

/** What a misbehaving server does properly. */
export interface Manners {
  /** The port of a real server that answers whatever this one does not twist; 404 without one. */
  readonly behind?: number;
  /** Only requests to this path are twisted. */
  readonly route?: string;
}

/** Where it listens. */
export interface Place {
  readonly host?: string;
  /** The name in its URL, where that is not the host. */
  readonly name?: string;
  readonly tls?: https.ServerOptions;
  /** A unix socket instead of a port. */
  readonly path?: string;
}

/** A server to whose record its maker can add. */
export interface Recorded extends HostileServer {
  /** WebSocket messages, which cross the line masked. */
  readonly messages: string[];
}

/** Starts an HTTP server that lives as long as the test; it answers upgrades like other requests. */
export function startHttp(
  answer: http.RequestListener,
  place: Place = {},
  upgrade = answerUpgrade(answer),
): Promise<Recorded> {
  const { tls } = place;
  const server = tls === undefined ? http.createServer(answer) : https.createServer(tls, answer);
  server.on("upgrade", upgrade);
  return start(server, place);
}

type UpgradeListener = (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => void;

/** Answers an upgrade as if it were any other request. */
export function answerUpgrade(answer: http.RequestListener): UpgradeListener {
  return (request, socket) => {
    const response = new http.ServerResponse(request);
    response.assignSocket(socket);
    response.on("finish", () => socket.end());
    answer(request, response);
  };
}

/** Starts a server below HTTP, for what no HTTP server would do. */
export function startRaw(talk: (socket: net.Socket) => void): Promise<HostileServer> {
  return start(net.createServer(talk), {});
}

async function start(
  server: net.Server,
  { host = "127.0.0.1", name = host, tls, path }: Place,
): Promise<Recorded> {
  const open = new Set<net.Socket>();
  const connections: Buffer[][] = [];
  const messages: string[] = [];

  function record(socket: net.Socket): void {
    const chunks: Buffer[] = [];
    connections.push(chunks);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  }
  server.on("connection", (socket: net.Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    if (tls === undefined) record(socket);
  });
  server.on("secureConnection", (socket: TLSSocket) => record(socket));

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path === undefined ? { host, port: 0, ipv6Only: true } : { path }, resolve);
  });
  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
      open.clear();
    }));
  onTestFinished(close);
  return {
    url: path === undefined ? urlOf(server, name, tls !== undefined) : `unix:${path}`,
    seen: () => [
      ...connections.map((chunks) => Buffer.concat(chunks).toString("latin1")),
      ...messages,
    ],
    open: () => open.size,
    close,
    messages,
  };
}

function urlOf(server: net.Server, name: string, encrypted: boolean): string {
  const { port } = server.address() as net.AddressInfo;
  return `${encrypted ? "https" : "http"}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** Whether a request is one to twist. */
export function isTwisted({ url = "" }: http.IncomingMessage, { route }: Manners): boolean {
  return route === undefined || url.split("?", 1)[0] === route;
}

/** Twists what is to be twisted, and has the rest answered properly. */
export function twist(answer: http.RequestListener, manners: Manners): http.RequestListener {
  const properly = passOn(manners.behind);
  return (request, response) =>
    isTwisted(request, manners) ? answer(request, response) : properly(request, response);
}

/** Answers as the real server behind does, but for what `change` makes of the body. */
export function passOn(
  behind: number | undefined,
  change?: (body: string, request: http.IncomingMessage) => string,
): http.RequestListener {
  return (request, response) => {
    const { method, url: path, headers } = request;
    if (behind === undefined) return void response.writeHead(404).end();
    if (headers.upgrade !== undefined && response.socket !== null) {
      return tunnel(request, response.socket, behind);
    }
    const onward = http.request({ host: "127.0.0.1", port: behind, method, path, headers });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    onward.on("response", (answer) => {
      const { statusCode = 500, headers: given } = answer;
      if (change === undefined) {
        return void answer.pipe(response.writeHead(statusCode, given));
      }
      const { "content-length": _length, ...kept } = given;
      let body = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      return void answer.on("end", () => {
        response.writeHead(statusCode, kept).end(change(body, request));
      });
    });
    return void request.pipe(onward);
  };
}

/** Hands the socket of an upgrade through to the server behind. */
function tunnel(request: http.IncomingMessage, socket: net.Socket, behind: number): void {
  const onward = net.connect(behind, "127.0.0.1");
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
  const head = [`${request.method} ${request.url} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  onward.write(head, "latin1");
  onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("error", () => {}).on("close", () => onward.destroy());
  onward.pipe(socket).pipe(onward);
}

/** Everything in a request that may be a credential. */
export function credentialsOf({ url = "", headers }: http.IncomingMessage): string {
  const { authorization = "", "sec-websocket-protocol": protocols = "" } = headers;
  return [url, authorization, protocols].join(" ").trim();
}
