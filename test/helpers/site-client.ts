import * as http from "node:http";
import * as net from "node:net";

import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

import {
  createReferenceServer,
  type ReferenceServerOptions,
} from "../../src/reference-server/index.js";
import { FROZEN_NOW } from "./machine.js";

export const KEY = "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
export const WRONG = "Wb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
export const clock = { now: () => FROZEN_NOW };

/** A request, as close to the bytes as node's client goes. */
export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
}

export interface Seen {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Options of a reference server, without the clock, which stands still. */
export type Options = ReferenceServerOptions extends infer Each
  ? Each extends ReferenceServerOptions
    ? Omit<Each, "clock">
    : never
  : never;

/** A reference server on a free port, closed after the test. */
export async function serve(options: Options): Promise<number> {
  const server = createReferenceServer({ clock, ...options });
  onTestFinished(() => server.close());
  return (await server.listen({ host: "127.0.0.1", port: 0 })).port;
}

/** Sends one request and reads the whole answer; the path goes out unchanged. */
export function ask(port: number, { method = "GET", path, headers = {} }: Asked): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false });
    request.on("response", (response) => resolve(collect(response)));
    request.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: "" });
    });
    request.on("error", reject);
    request.end();
  });
}

/** A body as data where it is JSON, as text otherwise; null where there is none. */
export function readBody({ body }: Seen): unknown {
  if (body === "") return null;
  return body.startsWith("{") ? (JSON.parse(body) as unknown) : body;
}

/** The headers of a WebSocket handshake. */
export const upgrade = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

/** Sends bytes and returns all that comes back until the server hangs up. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let seen = "";
    socket.setEncoding("latin1").on("data", (chunk) => (seen += chunk));
    socket.on("close", () => resolve(seen));
    socket.on("error", reject);
  });
}

/** A real WebSocket client, open, and what it has received so far. */
export async function openSocket(
  url: string,
  options: { protocols?: string[]; ca?: Buffer } = {},
): Promise<{ socket: WebSocket; received: string[] }> {
  const socket = new WebSocket(url, options.protocols ?? [], { ca: options.ca });
  const received: string[] = [];
  onTestFinished(() => socket.terminate());
  socket.on("message", (data: Buffer) => received.push(data.toString()));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return { socket, received };
}

/** The close code that ends a socket. */
export function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.once("close", resolve);
  });
}

async function collect(response: http.IncomingMessage): Promise<Seen> {
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
