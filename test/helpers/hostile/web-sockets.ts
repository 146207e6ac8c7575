import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import { type WebSocket, WebSocketServer } from "ws";

import {
  answerUpgrade,
  credentialsOf,
  type HostileServer,
  isTwisted,
  type Manners,
  passOn,
  startHttp,
} from "./start.js";

/** What a misbehaving WebSocket server does properly. */
export interface SocketManners extends Manners {
  /** Sent as soon as the socket is open, before any misbehaviour: HAIP's greeting, perhaps. */
  readonly greeting?: string;
  /**
   * A credential with which the socket is not twisted. In the handshake's address, header or
   * subprotocols, raw or in base64url.
   */
  readonly unless?: string;
}

interface Opened {
  readonly client: WebSocket;
  /** What it runs over, for frames that no library would send. */
  readonly socket: Duplex;
  readonly request: IncomingMessage;
}

/** Accepts every WebSocket, whatever it brings; everything else is answered by the server behind. */
async function accept(
  manners: SocketManners,
  talk: (opened: Opened) => void,
  choose: (offers: Set<string>) => string | null = () => null,
): Promise<HostileServer> {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => false });
  sockets.on("headers", (headers, request) => {
    const offers = request.headers["sec-websocket-protocol"]?.split(",") ?? [];
    const chosen = choose(new Set(offers.map((offer) => offer.trim())));
    if (chosen !== null) headers.push(`Sec-WebSocket-Protocol: ${chosen}`);
  });
  const properly = answerUpgrade(passOn(manners.behind));
  const server = await startHttp(passOn(manners.behind), {}, (request, socket, head) => {
    if (!isHostileTo(request, manners)) return properly(request, socket, head);
    return sockets.handleUpgrade(request, socket, head, (client) => {
      // What comes in is masked with random bytes: only here can it be read.
      client.on("message", (data: Buffer) => server.messages.push(data.toString("utf8")));
      client.on("error", () => {});
      if (manners.greeting !== undefined) client.send(manners.greeting);
      talk({ client, socket, request });
    });
  });
  return server;
}

function isHostileTo(request: IncomingMessage, manners: SocketManners): boolean {
  if (!isTwisted(request, manners)) return false;
  const { unless } = manners;
  if (unless === undefined) return true;
  const spellings = [unless, encodeURIComponent(unless), Buffer.from(unless).toString("base64url")];
  return !spellings.some((spelling) => credentialsOf(request).includes(spelling));
}

/** Opens, then closes with 1008, as HAIP's older server does. Verdict: refused. */
export function opensThenCloses(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(manners, ({ client }) => client.close(1008, "Invalid token"));
}

/** Opens and says nothing more. Verdict `inconclusive` once the time is up: silence proves nothing. */
export function opensInSilence(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(manners, () => {});
}

/** Opens and repeats the handshake's credential and every message. Finding `key-echoed`. */
export function repeatsItAll(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(manners, ({ client, request }) => {
    client.send(credentialsOf(request));
    client.on("message", (data: Buffer) => client.send(data.toString("utf8")));
  });
}

/** Opens and sends reserved bits and opcodes. Verdict `inconclusive`: neither in nor out. */
export function sendsGarbageFrames(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(manners, ({ socket }) => void socket.write(Buffer.alloc(64, 0xff)));
}

/** Opens and announces a frame of 2^63-1 bytes. Verdict `inconclusive`, and nothing is kept of it. */
export function announcesHugeFrame(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(manners, ({ socket }) => {
    socket.write(Buffer.from([0x81, 0x7f, 0x7f, ...Array<number>(7).fill(0xff)]));
    socket.write("x".repeat(1000));
  });
}

/** Opens and sends pieces of one message without end. Verdict `inconclusive`, at the cap. */
export function neverEndsMessage(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(manners, ({ client }) => {
    const more = () => client.send("x".repeat(10_000), { fin: false }, (error) => error ?? more());
    more();
  });
}

/**
 * Selects the subprotocol that carries the credential, so that it stands in the answer, too.
 * Finding `key-echoed`; the verdict is not touched by it.
 */
export function selectsTheCredential(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(
    manners,
    () => {},
    (offers) => [...offers].sort((one, other) => other.length - one.length)[0] ?? null,
  );
}

/** Selects a subprotocol that nobody offered. Verdict: refused or `inconclusive`, never let in. */
export function selectsItsOwn(manners: SocketManners = {}): Promise<HostileServer> {
  return accept(
    manners,
    () => {},
    () => "chat.example.v1",
  );
}

/** 101 with the wrong proof: it does not speak WebSocket. Verdict: never let in. */
export function provesNothing(manners: SocketManners = {}): Promise<HostileServer> {
  const properly = answerUpgrade(passOn(manners.behind));
  return startHttp(passOn(manners.behind), {}, (request, socket, head) => {
    if (!isHostileTo(request, manners)) return properly(request, socket, head);
    const proof = createHash("sha1").update(randomBytes(16)).digest("base64");
    return void socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n\r\n`,
    );
  });
}

/**
 * Takes whatever message comes and answers each with HAIP's PONG, a credential looked at or not.
 * With HAIP's greeting the verdict is `open`.
 */
export function pongsToAll(manners: SocketManners = {}): Promise<HostileServer> {
  const pong = { type: "PONG", channel: "SYSTEM", payload: {} };
  return accept(manners, ({ client }) => {
    client.on("message", () => {
      const envelope = { id: "1", session: "1", seq: "2", ts: "1", ...pong };
      client.send(JSON.stringify(envelope));
    });
  });
}
