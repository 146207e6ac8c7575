import { readFileSync } from "node:fs";
import * as https from "node:https";
import * as net from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";

import {
  createReferenceServer,
  type ReferenceServerOptions,
} from "../../src/reference-server/index.js";
import { addressOf } from "../../src/serving/listening.js";
import { ask, clock, closeCode, KEY, openSocket, sendRaw, serve } from "../helpers/site-client.js";

const here = { host: "127.0.0.1", port: 0 };
const cert = readFileSync(new URL("../helpers/certificates/loopback.crt.pem", import.meta.url));
const key = readFileSync(new URL("../helpers/certificates/loopback.key.pem", import.meta.url));

const handshake = [
  "Host: a",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Version: 13",
];

function requestOf(line: string, headers: readonly string[], body = ""): string {
  return [`${line} HTTP/1.1`, ...headers, "", body].join("\r\n");
}

/** The status lines in what a server sent. */
function statuses(seen: string): string[] {
  return [...seen.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = ""]) => status);
}

/** What a good request gets: 200 as long as the server is alive. */
async function goodRequest(port: number): Promise<number> {
  return (await ask(port, { path: `/api/auth/verify?token=${KEY}` })).status;
}

/** A raw socket on which a handshake was sent and its answer has begun to arrive. */
async function upgradeRaw(port: number): Promise<net.Socket> {
  const socket = net.connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.write(requestOf(`GET /ws?token=${KEY}`, handshake));
  await new Promise((resolve) => {
    socket.once("data", resolve);
  });
  return socket;
}

function closed(socket: net.Socket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.resume().once("close", resolve);
  });
}

describe("createReferenceServer", () => {
  it.each([
    ["an unknown system", { system: "other", key: KEY, clock }, "system must be one of"],
    ["an empty key", { system: "jean2", key: "", clock }, "key must be a string that is not empty"],
    ["no key", { system: "jean2", clock }, "key must be a string that is not empty"],
    [
      "a clock that tells no time",
      { system: "jean2", key: KEY, clock: {} },
      "clock must have a function now",
    ],
    [
      "an unknown release",
      { system: "openjarvis", key: KEY, clock, release: "0.9" },
      "release must be one of 1.0.2, 1.0.3, current",
    ],
    [
      "an unknown generation",
      { system: "jean", key: KEY, clock, release: "1.0.3" },
      "release must be one of old, current",
    ],
    [
      "an unknown layer",
      { system: "haip", key: KEY, clock, release: "new" },
      "release must be one of documented, old, current",
    ],
  ])("takes %s for a mistake", (_name, options, message) => {
    const create = () => createReferenceServer(options as ReferenceServerOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  it("takes a weak key, as the real servers do", async () => {
    const port = await serve({ system: "jean2", key: "k" });
    expect((await ask(port, { path: "/api/auth/verify?token=k" })).status).toBe(200);
    expect((await ask(port, { path: "/api/auth/verify?token=" })).status).toBe(401);
  });

  it("says what a certificate and a key that do not fit are", () => {
    const create = () =>
      createReferenceServer({ system: "jean2", key: KEY, clock, tls: { cert, key: cert } });
    expect(create).toThrow(
      expect.objectContaining({
        code: "malformed",
        message: "the TLS certificate and private key do not fit",
      }),
    );
  });

  it("serves HTTP and WebSockets over TLS, and nothing without", async () => {
    const port = await serve({ system: "jean2", key: KEY, tls: { cert, key } });
    const status = await new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: "/api/health", ca: cert, agent: false };
      https.get(options, (response) => resolve(response.resume().statusCode)).on("error", reject);
    });
    expect(status).toBe(200);
    await openSocket(`wss://127.0.0.1:${port}/ws?token=${KEY}`, { ca: cert });
    await expect(ask(port, { path: "/api/health" })).rejects.toMatchObject({ code: "ECONNRESET" });
    await expect(sendRaw(port, "garbage")).resolves.not.toContain("HTTP");
  });
});

describe("listen", () => {
  it("says where it can be reached", async () => {
    const server = createReferenceServer({ system: "jean2", key: KEY, clock });
    onTestFinished(() => server.close());
    const address = await server.listen({ host: "0.0.0.0", port: 0 });
    expect(address).toEqual({
      url: `http://127.0.0.1:${address.port}`,
      host: "0.0.0.0",
      port: address.port,
    });
    expect(await goodRequest(address.port)).toBe(200);
    await expect(server.listen(here)).rejects.toThrow("the server listens already");
  });

  it.each([
    ["::", "https://[::1]:1"],
    ["::1", "https://[::1]:1"],
    ["192.0.2.1", "https://192.0.2.1:1"],
  ])("gives %s as %s", (address, url) => {
    const server = { address: () => ({ address, family: "", port: 1 }) };
    expect(addressOf(server, "https")).toEqual({ url, host: address, port: 1 });
  });

  it("says that a port is taken, and can try another", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const server = createReferenceServer({ system: "openjarvis", key: KEY, clock });
    onTestFinished(() => server.close());
    await expect(server.listen({ ...here, port })).rejects.toMatchObject({
      code: "address-in-use",
      message: `something listens on 127.0.0.1 port ${port} already`,
    });
    await expect(server.listen(here)).resolves.toHaveProperty("url");
  });

  it("says that an address is not this machine's", async () => {
    const server = createReferenceServer({ system: "jean2", key: KEY, clock });
    await expect(server.listen({ host: "192.0.2.1", port: 8742 })).rejects.toMatchObject({
      code: "cannot-listen",
      message: "cannot listen on 192.0.2.1 port 8742: EADDRNOTAVAIL",
    });
  });

  it.each([
    [{ host: "", port: 0 }, "host must not be empty"],
    [{ host: "127.0.0.1", port: 65_536 }, "port must be a whole number from 0 to 65535"],
    [{ host: "127.0.0.1", port: 1.5 }, "port must be a whole number from 0 to 65535"],
  ])("takes %j for a mistake", async (where, message) => {
    const server = createReferenceServer({ system: "jean2", key: KEY, clock });
    await expect(server.listen(where)).rejects.toThrow(new TypeError(message));
  });
});

describe("close", () => {
  it("tells open WebSockets, frees the port, and may be called again", async () => {
    const server = createReferenceServer({ system: "jean2", key: KEY, clock });
    const { port } = await server.listen(here);
    const { socket } = await openSocket(`ws://127.0.0.1:${port}/ws?token=${KEY}`);
    const code = closeCode(socket);
    await Promise.all([server.close(), server.close()]);
    expect(await code).toBe(1001);
    await expect(ask(port, { path: "/" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(server.listen(here)).rejects.toThrow("the server was closed");
  });

  it("cuts whoever does not hang up", async () => {
    const server = createReferenceServer({ system: "jean2", key: KEY, clock });
    const { port } = await server.listen(here);
    const half = net.connect(port, "127.0.0.1", () => half.write("POST / HTTP/1.1\r\nHost:"));
    half.on("error", () => {});
    const gone = [closed(await upgradeRaw(port)), closed(half)];
    await server.close();
    await expect(Promise.all(gone)).resolves.toHaveLength(2);
  });

  it("is content without ever having listened", async () => {
    const server = createReferenceServer({ system: "jean2", key: KEY, clock });
    await expect(server.close()).resolves.toBeUndefined();
  });
});

describe("a reference server", () => {
  it.each([
    ["garbage", "\0\x01garbage\r\n\r\n", ["400"]],
    ["a request line alone", "GET / HTTP/1.1\r\n\r\n", ["400"]],
    [
      "conflicting lengths",
      requestOf("POST /", ["Host: a", "Content-Length: 1", "Content-Length: 2"], "x"),
      ["400"],
    ],
    [
      "a length beside chunks",
      requestOf("POST /", ["Host: a", "Content-Length: 1", "Transfer-Encoding: chunked"], "0"),
      ["400"],
    ],
    ["a folded header", requestOf("GET /", ["Host: a", "X-A: b", " c"]), ["400"]],
    ["a header with NUL", requestOf("GET /", ["Host: a", "X-A: b\0"]), ["400"]],
    [
      "a header name with a blank",
      requestOf("GET /api/x", ["Host: a", `Authorization : Bearer ${KEY}`]),
      ["400"],
    ],
    ["CONNECT", requestOf("CONNECT a.example:443", ["Host: a"]), []],
    ["OPTIONS *", requestOf("OPTIONS *", ["Host: a", "Connection: close"]), ["204"]],
    [
      "an upgrade without its key",
      requestOf(`GET /ws?token=${KEY}`, [...handshake.slice(0, 3), "Sec-WebSocket-Version: 13"]),
      ["400"],
    ],
    [
      "an upgrade of another version",
      requestOf(`GET /ws?token=${KEY}`, [...handshake.slice(0, 4), "Sec-WebSocket-Version: 7"]),
      ["400"],
    ],
    [
      "an upgrade with a broken offer",
      requestOf(`GET /ws?token=${KEY}`, [...handshake, "Sec-WebSocket-Protocol: a,,b"]),
      ["400"],
    ],
    [
      "an upgrade to something else",
      requestOf(`GET /api/auth/verify?token=${KEY}`, [
        "Host: a",
        "Connection: Upgrade",
        "Upgrade: h2c",
      ]),
      ["200"],
    ],
    ["a POST that asks for a WebSocket", requestOf(`POST /ws?token=${KEY}`, handshake), ["400"]],
    [
      "a refused upgrade with a long body",
      requestOf("POST /ws", handshake, "x".repeat(1_000_000)),
      ["401"],
    ],
    [
      "an upgrade right behind another request",
      requestOf("GET /", ["Host: a"]) + requestOf("GET /ws", handshake),
      ["200", "401"],
    ],
    [
      "a request right behind a refused upgrade",
      requestOf("GET /ws", handshake) + requestOf(`GET /ws?token=${KEY}`, handshake),
      ["401"],
    ],
  ])("survives %s", async (_name, bytes, expected) => {
    const port = await serve({ system: "jean2", key: KEY });
    const seen = await sendRaw(port, bytes);
    expect(statuses(seen)).toEqual(expected);
    expect(seen).not.toContain(KEY);
    expect(await goodRequest(port)).toBe(200);
  });

  it("sends no body in answer to HEAD, whether it asks for an upgrade or not", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    for (const headers of [["Host: a", "Connection: close"], handshake]) {
      expect(await sendRaw(port, requestOf("HEAD /ws", headers))).toMatch(/\r\n\r\n$/);
    }
  });

  it.each([
    ["halfway through a request", "POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nx"],
    ["right after a request", requestOf("GET /", ["Host: a"])],
    ["right after a good handshake", requestOf(`GET /ws?token=${KEY}`, handshake)],
    ["right after a bad handshake", requestOf("GET /ws", handshake)],
  ])("survives a reset %s", async (_name, bytes) => {
    const port = await serve({ system: "jean2", key: KEY });
    for (let round = 0; round < 20; round++) {
      await new Promise<void>((resolve) => {
        const socket = net.connect(port, "127.0.0.1", () => {
          socket.write(bytes, () => socket.resetAndDestroy());
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve());
      });
    }
    expect(await goodRequest(port)).toBe(200);
  });

  it("survives frames that break the protocol, and a reset after them", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const broken = await upgradeRaw(port);
    broken.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await closed(broken);
    const reset = await upgradeRaw(port);
    reset.resetAndDestroy();
    await closed(reset);
    expect(await goodRequest(port)).toBe(200);
  });

  it("hangs up on a message that is too long", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const { socket } = await openSocket(`ws://127.0.0.1:${port}/ws?token=${KEY}`);
    const code = closeCode(socket);
    socket.send("x".repeat(70_000));
    expect(await code).toBe(1009);
    expect(await goodRequest(port)).toBe(200);
  });

  it("holds many sockets at once", async () => {
    const port = await serve({ system: "openjarvis", key: KEY });
    const headers = { Authorization: `Bearer ${KEY}` };
    const sockets = Array.from(
      { length: 200 },
      () => new WebSocket(`ws://127.0.0.1:${port}/v1/agents/events`, { headers }),
    );
    onTestFinished(() => sockets.forEach((socket) => socket.terminate()));
    const opened = sockets.map(
      (socket) =>
        new Promise((resolve, reject) => {
          socket.once("open", resolve).once("error", reject);
        }),
    );
    await expect(Promise.all(opened)).resolves.toHaveLength(200);
  });
});
