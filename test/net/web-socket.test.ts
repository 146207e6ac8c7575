import { createHash } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

import { createRequester, type HttpRequest } from "../../src/net/requester.js";
import {
  announcesHugeFrame,
  neverEndsMessage,
  opensInSilence,
  opensThenCloses,
  provesNothing,
  selectsItsOwn,
  selectsTheCredential,
  sendsGarbageFrames,
} from "../helpers/hostile/index.js";
import { startHttp, startRaw } from "../probe/servers.js";

const send = createRequester();
const patience = { silenceMs: 300, graceMs: 20 };

const upgrade = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "GET",
  url,
  timeoutMs: 5000,
  patience,
  socket: { protocols: [], say: [] },
  ...more,
});

/** A server of the library that the real ones are built with. */
async function startWs(talk: (socket: WebSocket) => void) {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => "b" });
  sockets.on("connection", (socket) => {
    socket.on("error", () => {});
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

describe("a WebSocket's handshake", () => {
  it("has the headers and subprotocols as written, and no offer beside them", async () => {
    const server = await startRaw((socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    const answer = await send(
      upgrade(`${server.url}/ws?token=a%2Bb`, {
        headers: [["authorization", "Bearer k"]],
        socket: { protocols: ["one", "two.k"], say: [] },
      }),
    );
    expect(answer).toMatchObject({ status: 403, body: "" });
    expect(answer.socket).toBeUndefined();
    const key = /Sec-WebSocket-Key: (\S+)/.exec(server.received.join(""))?.[1] ?? "";
    expect(Buffer.from(key, "base64")).toHaveLength(16);
    expect(server.received.join("")).toBe(
      `GET /ws?token=a%2Bb HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n` +
        "authorization: Bearer k\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n` +
        "Sec-WebSocket-Protocol: one, two.k\r\n\r\n",
    );
  });

  it("has a key of its own each time", async () => {
    const server = await startRaw((socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
    await send(upgrade(server.url));
    await send(upgrade(server.url));
    const keys = server.received.map((text) => /Sec-WebSocket-Key: (\S+)/.exec(text)?.[1]);
    expect(new Set(keys).size).toBe(2);
  });

  it("gives the body of a refusal", async () => {
    const server = await startHttp((_, response) => response.writeHead(401).end("no"));
    expect(await send(upgrade(server.url))).toMatchObject({ status: 401, body: "no" });
  });

  it.each([
    ["proves nothing", provesNothing, []],
    ["selects what was not offered", selectsItsOwn, ["a"]],
    ["sends what are no frames", sendsGarbageFrames, []],
    ["announces an endless frame", announcesHugeFrame, []],
    ["sends a message without end", neverEndsMessage, []],
  ] as const)("fails where the server %s", async (_, start, protocols) => {
    const server = await start();
    await expect(
      send(upgrade(server.url, { socket: { protocols, say: [] } })),
    ).rejects.toMatchObject({ name: "ProbeFailure", code: "not-websocket" });
  });

  it("fails where the server turns on an extension that nobody offered", async () => {
    const raw = await startRaw((socket, request) => {
      const key = /Sec-WebSocket-Key: (\S+)/.exec(request)?.[1] ?? "";
      const proof = createHash("sha1")
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.write(
        `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
      );
    });
    await expect(send(upgrade(raw.url))).rejects.toMatchObject({ code: "not-websocket" });
  });
});

describe("talk on a WebSocket", () => {
  it("knows a silent server that lives by its pong", async () => {
    const { url, sockets } = await startWs(() => {});
    const { status, socket } = await send(upgrade(url));
    expect(status).toBe(101);
    expect(socket).toEqual({ messages: [], close: null, answersPing: true });
    await expect.poll(() => sockets.clients.size).toBe(0);
  });

  it("closes as it should", async () => {
    const codes: number[] = [];
    const { url } = await startWs((socket) => socket.on("close", (code) => codes.push(code)));
    await send(upgrade(url));
    await expect.poll(() => codes).toEqual([1000]);
  });

  it("knows a server that is dead behind its 101", async () => {
    const { url } = await startWs((socket) => socket.pause());
    const { socket } = await send(upgrade(url));
    expect(socket).toEqual({ messages: [], close: null, answersPing: false });
  });

  it.each([
    ["with a code", 1008, (socket: WebSocket) => socket.close(1008, "Invalid token")],
    ["without a code", 1005, (socket: WebSocket) => socket.close()],
    ["by hanging up", 1006, (socket: WebSocket) => socket.terminate()],
    [
      "after its greeting",
      1008,
      (socket: WebSocket) => {
        socket.send("hello");
        socket.close(1008);
      },
    ],
  ])("sees it closed %s", async (_, code, talk) => {
    const { url } = await startWs(talk);
    expect((await send(upgrade(url))).socket?.close).toBe(code);
  });

  it("sees it closed a moment after its pong", async () => {
    const { url } = await startWs((socket) => {
      socket.on("ping", () => setTimeout(() => socket.close(1008), 5));
    });
    const answer = await send(upgrade(url, { patience: { silenceMs: 2000, graceMs: 1500 } }));
    expect(answer.socket).toMatchObject({ close: 1008, answersPing: true });
  });

  it("says its messages and stops as soon as it has heard enough", async () => {
    const { url } = await startWs((socket) => {
      socket.on("message", (data: Buffer) => socket.send(`got ${data.toString()}`));
    });
    const socket = {
      protocols: ["a", "b"],
      say: ["one", "zwölf", "x".repeat(300)],
      enough: (messages: readonly string[]) => messages.includes("got zwölf"),
    };
    const answer = await send(upgrade(url, { socket }));
    expect(answer.socket?.messages.slice(0, 2)).toEqual(["got one", "got zwölf"]);
    expect(answer.headers["sec-websocket-protocol"]).toBe("b");
  });

  it("hears a message that comes in pieces, between pings", async () => {
    const { url } = await startWs((socket) => {
      socket.send("he", { fin: false });
      socket.ping("are you there?");
      socket.send("llo", { fin: true });
    });
    const enough = (messages: readonly string[]) => messages.length > 0;
    const answer = await send(upgrade(url, { socket: { protocols: [], say: [], enough } }));
    expect(answer.socket?.messages).toEqual(["hello"]);
  });

  it("answers pings", async () => {
    const pongs: string[] = [];
    const { url } = await startWs((socket) => {
      socket.on("pong", (data: Buffer) => {
        pongs.push(data.toString());
        socket.send("enough");
      });
      socket.ping("here");
    });
    const enough = (messages: readonly string[]) => messages.includes("enough");
    await send(upgrade(url, { socket: { protocols: [], say: [], enough } }));
    expect(pongs).toEqual(["here"]);
  });

  it("waits for no more than it is patient", async () => {
    const server = await opensInSilence();
    const enough = () => false;
    const answer = await send(upgrade(server.url, { socket: { protocols: [], say: [], enough } }));
    expect(answer.socket).toEqual({ messages: [], close: null, answersPing: false });
    await expect.poll(() => server.open()).toBe(0);
  });

  it("fails when the time of the whole request is up", async () => {
    const server = await opensInSilence();
    const enough = () => false;
    await expect(
      send(upgrade(server.url, { timeoutMs: 200, socket: { protocols: [], say: [], enough } })),
    ).rejects.toMatchObject({ code: "no-answer" });
    await expect.poll(() => server.open()).toBe(0);
  });

  it("takes a selection of what was offered, the credential included", async () => {
    const server = await selectsTheCredential();
    const answer = await send(
      upgrade(server.url, { socket: { protocols: ["marker", "key.c2VjcmV0"], say: [] } }),
    );
    expect(answer.headers["sec-websocket-protocol"]).toBe("key.c2VjcmV0");
  });

  it("is not open when it closes at once", async () => {
    const server = await opensThenCloses();
    expect((await send(upgrade(server.url))).socket?.close).toBe(1008);
  });
});
