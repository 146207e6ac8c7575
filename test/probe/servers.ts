import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import * as path from "node:path";

import { onTestFinished } from "vitest";

/** A server of the tests' own, and everything that it was sent. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** The requests as text: line, headers, body. */
  readonly received: string[];
  /** Connections that are open now. */
  readonly open: ReadonlySet<net.Socket>;
}

interface Where {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: { cert: string; key: string };
}

/** One of the certificates in `fixtures`, self-signed: `good`, `expired`, `elsewhere` (another name). */
export function readTls(name: "good" | "expired" | "elsewhere"): { cert: string; key: string } {
  const read = (kind: string) =>
    fs.readFileSync(path.join(import.meta.dirname, "fixtures", `${name}.${kind}.pem`), "utf8");
  return { cert: read("crt"), key: read("key") };
}

/** Starts an HTTP server that lives as long as the test. */
export function startHttp(answer: http.RequestListener, where: Where = {}): Promise<TestServer> {
  const received: string[] = [];
  const listener: http.RequestListener = (request, response) => {
    received.push(`${request.method} ${request.url}\n${request.rawHeaders.join("\n")}`);
    answer(request, response);
  };
  const server =
    where.tls === undefined
      ? http.createServer(listener)
      : https.createServer({ ...where.tls }, listener);
  return start(server, received, where);
}

/** Starts a server below HTTP, for what no HTTP server would do. */
export function startRaw(
  talk: (socket: net.Socket, request: string) => void,
  { greeting }: { greeting?: string } = {},
): Promise<TestServer> {
  const received: string[] = [];
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    if (greeting !== undefined) socket.write(greeting);
    socket.on("data", (data) => {
      received.push(data.toString("latin1"));
      talk(socket, data.toString("latin1"));
    });
  });
  return start(server, received, {});
}

async function start(server: net.Server, received: string[], where: Where): Promise<TestServer> {
  const { host = "127.0.0.1", port = 0, tls } = where;
  const open = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  );
  const address = server.address() as net.AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  const scheme = tls === undefined ? "http" : "https";
  return { url: `${scheme}://${name}:${address.port}`, port: address.port, received, open };
}

/** A port on which nothing listens (any more). */
export async function findFreePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Answers with JSON. */
export function sendJson(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
