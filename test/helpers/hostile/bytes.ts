import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

import { type HostileServer, type Manners, startHttp, startRaw, twist } from "./start.js";

const everyMilliseconds = 20;

/** Writes a piece now and again until the socket is gone. */
function drip(socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), everyMilliseconds);
  socket.on("close", () => clearInterval(timer));
}

/** The socket under a response that will be written by hand. */
function socketOf({ socket }: ServerResponse): Socket {
  if (socket === null) throw new TypeError("the client is gone");
  return socket;
}

/** One header line after another, without end. Verdict `inconclusive`: no answer in time. */
export function dripsHeaders(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => {
      const socket = socketOf(response);
      socket.write("HTTP/1.1 200 OK\r\n");
      drip(socket, "X: y\r\n");
    }, manners),
  );
}

/** Headers at once, then a byte of JSON now and again. Verdict `inconclusive`: it never ends. */
export function dripsBody(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => {
      const socket = socketOf(response);
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{");
      drip(socket, " ");
    }, manners),
  );
}

/**
 * A body as fast as it is taken, without end. Verdict by the status alone, at the cap: `open` where
 * it is 200 to garbage, `wrong-service` where it refuses in other words than the system.
 */
export function neverEnds(status = 200, manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => {
      response.on("error", () => {}).writeHead(status, { "Content-Type": "application/json" });
      const more = () => {
        while (!response.destroyed && response.write("[".repeat(10_000)));
        response.once("drain", more);
      };
      more();
    }, manners),
  );
}

/** Says 1,000 bytes and hangs up after two. Verdict `inconclusive`: the answer is cut short. */
export function promisesMore(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => {
      const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000";
      socketOf(response).end(`${head}\r\n\r\n{}`);
    }, manners),
  );
}

/** Says two bytes and sends more. Verdict `open`: what counts is a whole 200 to garbage. */
export function promisesLess(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => {
      const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2";
      socketOf(response).end(`${head}\r\n\r\n{}HTTP/1.1 401 Unauthorized\r\n\r\n`);
    }, manners),
  );
}

/** Two lengths that disagree: two readers would see two answers. Verdict `wrong-service`: not HTTP. */
export function promisesTwice(manners: Manners = {}): Promise<HostileServer> {
  return startHttp(
    twist((_, response) => {
      const lengths = "Content-Length: 2\r\nContent-Length: 40";
      socketOf(response).end(`HTTP/1.1 200 OK\r\n${lengths}\r\n\r\n{}`);
    }, manners),
  );
}

/** Greets like a mail server before anybody asks. Verdict `wrong-service`: not HTTP. */
export function speaksAnotherLanguage(): Promise<HostileServer> {
  return startRaw((socket) => void socket.write("220 mail.example ESMTP\r\n"));
}

/** Takes the request and says nothing at all. Verdict `inconclusive`: no answer in time. */
export function neverAnswers(): Promise<HostileServer> {
  return startRaw(() => {});
}

/** Takes the request and hangs up. Verdict `unreachable`: hung up. */
export function hangsUp(): Promise<HostileServer> {
  return startRaw((socket) => void socket.once("data", () => socket.end()));
}

/** Resets each connection as soon as it is there. Verdict `unreachable`: hung up. */
export function resets(): Promise<HostileServer> {
  return startRaw((socket) => void socket.resetAndDestroy());
}
