import { readFileSync } from "node:fs";
import * as http from "node:http";

import { describe, expect, it, onTestFinished } from "vitest";

import {
  createHaipServer,
  type HaipAuthFailure,
  type HaipServer,
  type HaipServerOptions,
  type HaipSession,
} from "../../src/haip-server/index.js";
import { issueToken } from "../../src/tokens/issue.js";
import { FROZEN_NOW } from "../helpers/machine.js";
import {
  ask,
  type Asked,
  clock,
  closeCode,
  KEY,
  openSocket,
  readBody,
  sendRaw,
  upgrade,
  WRONG,
} from "../helpers/site-client.js";

const here = { host: "127.0.0.1", port: 0 };

interface Started {
  readonly server: HaipServer;
  readonly port: number;
  /** What it told, in order. */
  readonly told: unknown[];
}

async function start(options: Partial<HaipServerOptions> = {}): Promise<Started> {
  const server = createHaipServer({ secret: KEY, clock, ...options });
  const told: unknown[] = [];
  server
    .on("connect", (id) => told.push(["connect", server.getSession(id)?.user]))
    .on("disconnect", (id) => {
      const { user, connected } = server.getSession(id) as HaipSession;
      told.push(["disconnect", user, connected]);
    })
    .on("auth.failed", (failure) => told.push(["auth.failed", failure]));
  onTestFinished(() => server.close());
  return { server, port: (await server.listen(here)).port, told };
}

const sign = (user = "user-1", secret = KEY) => issueToken({ user, secret, clock });

/** Opens an answer that never ends. */
async function begin(port: number, asked: Asked, body?: string): Promise<http.IncomingMessage> {
  const { method = "GET", path, headers = {} } = asked;
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false });
    onTestFinished(() => void request.destroy());
    request.on("error", reject);
    request.on("response", (response) => {
      response.on("error", () => {});
      response.once("data", () => resolve(response));
    });
    request.end(body);
  });
}

function post(port: number, body: string): ReturnType<typeof ask> {
  const head = `POST /auth/refresh HTTP/1.1\r\nHost: a\r\nConnection: close`;
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return sendRaw(port, `${head}\r\n${length}\r\n\r\n${body}`).then((seen) => {
    const [before = "", after = ""] = seen.split("\r\n\r\n");
    const [line = "", ...lines] = before.split("\r\n");
    const headers = Object.fromEntries(
      lines.map((each) => [each.split(": ")[0]?.toLowerCase() ?? "", each.split(": ")[1]]),
    );
    return { status: Number(line.split(" ")[1]), headers, body: after };
  });
}

describe("createHaipServer", () => {
  it.each([
    ["a short secret", { secret: "short-and-no-more" }, "key-refused"],
    ["a default", { secret: "your-secret-key-here" }, "key-refused"],
    ["TLS that is none", { secret: KEY, tls: { cert: "x", key: "y" } }, "malformed"],
  ])("refuses %s", (_name, options, code) => {
    expect(() => createHaipServer({ clock, ...options })).toThrow(
      expect.objectContaining({ name: "KeywardError", code }),
    );
  });

  it.each([
    ["no secret", { clock }, "a secret is text"],
    [
      "a clock that tells no time",
      { secret: KEY, clock: {} },
      "clock must have a function now: Date will do",
    ],
    ["no patience", { secret: KEY, clock, patienceMs: 0 }, "patienceMs must be a whole number"],
  ])("takes %s for a mistake", (_name, options, message) => {
    const create = () => createHaipServer(options as HaipServerOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });
});

describe("a session", () => {
  it("begins with a WebSocket and ends with it", async () => {
    const { server, port, told } = await start();
    const url = `ws://127.0.0.1:${port}/haip/websocket?token=${await sign()}`;
    const { socket, received } = await openSocket(url);
    await expect.poll(() => received.length).toBe(1);
    const { session: id } = JSON.parse(received[0] ?? "") as { session: string };
    const session = server.getSession(id);
    expect(session).toMatchObject({
      id,
      user: "user-1",
      userId: "user-1",
      connected: true,
      handshakeCompleted: false,
      lastActivity: FROZEN_NOW,
    });
    expect([...(session?.credits ?? [])]).toEqual([
      ["USER", 1000],
      ["AGENT", 1000],
      ["SYSTEM", 1000],
    ]);
    expect(server.getStats()).toEqual({ activeConnections: 1, totalConnections: 1 });

    const hai = { id: "1", session: id, seq: "1", ts: "1", channel: "SYSTEM", payload: {} };
    socket.send(JSON.stringify({ ...hai, type: "HAI" }));
    await expect.poll(() => server.getSession(id)?.handshakeCompleted).toBe(true);

    socket.close();
    await expect.poll(() => server.getSession(id)).toBeUndefined();
    expect(server.getStats()).toEqual({ activeConnections: 0, totalConnections: 1 });
    expect(told).toEqual([
      ["connect", "user-1"],
      ["disconnect", "user-1", false],
    ]);
  });

  it("begins with each event stream and each stream, and ends with it", async () => {
    const { server, port, told } = await start();
    const events = await begin(port, { path: `/haip/sse?token=${await sign("user-2")}` });
    const headers = { Authorization: `Bearer ${await sign("user-3")}` };
    const stream = await begin(port, { method: "POST", path: "/haip/stream", headers });
    expect(server.getStats()).toEqual({ activeConnections: 2, totalConnections: 2 });
    events.destroy();
    await expect.poll(() => server.getStats().activeConnections).toBe(1);
    stream.destroy();
    await expect.poll(() => server.getStats().activeConnections).toBe(0);
    expect(told).toEqual([
      ["connect", "user-2"],
      ["connect", "user-3"],
      ["disconnect", "user-2", false],
      ["disconnect", "user-3", false],
    ]);
  });

  it.each([
    [
      "a HAI",
      `{"id":"1","session":"1","seq":"1","ts":"1","channel":"USER","type":"HAI","payload":{}}\n`,
      true,
    ],
    ["a HAI that lacks something", `{"type":"HAI"}`, false],
    ["nothing", "", false],
    ["something else", "hello", false],
    ["too much", "x".repeat(100_000), false],
  ])("knows of a stream whether it brought %s", async (_name, body, expected) => {
    let id = "";
    const { server, port } = await start();
    server.on("connect", (session) => (id = session));
    const headers = { Authorization: `Bearer ${await sign()}` };
    await begin(port, { method: "POST", path: "/haip/stream", headers }, body);
    const handshake = () => server.getSession(id)?.handshakeCompleted;
    await expect.poll(handshake).toBe(expected);
  });

  it("is not for whoever is refused, nor for whoever asks for something else", async () => {
    const { server, port, told } = await start();
    const ip = "127.0.0.1";
    const forged = await sign("user-1", WRONG);
    const late = await issueToken({
      user: "user-1",
      secret: KEY,
      clock: { now: () => FROZEN_NOW - 100_000 },
      expiresIn: 60,
    });
    const headers = { Authorization: `Bearer ${forged}` };
    for (const asked of [
      { path: "/haip/sse" },
      { method: "POST", path: "/haip/stream", headers },
      { path: `/haip/websocket?token=${late}`, headers: upgrade },
    ]) {
      expect((await ask(port, asked)).status).toBe(401);
    }
    for (const path of ["/health", "/stats"]) {
      expect(JSON.parse((await ask(port, { path })).body)).toMatchObject({
        activeConnections: 0,
        totalConnections: 0,
      });
    }
    const failures: HaipAuthFailure[] = [
      { code: "MISSING_TOKEN", reason: "missing", transport: "event-stream", ip },
      { code: "INVALID_TOKEN", reason: "unknown-kid", transport: "http-stream", ip },
      { code: "TOKEN_EXPIRED", reason: "expired", transport: "websocket", ip },
    ];
    expect(told).toEqual(failures.map((failure) => ["auth.failed", failure]));
    expect(server.getStats()).toEqual({ activeConnections: 0, totalConnections: 0 });
    expect(server.getCounts()).toEqual({ accepted: 2, refused: 3, broken: 0 });
  });

  it("takes what the secret before has signed, as long as that counts", async () => {
    const previous = { secret: WRONG, until: FROZEN_NOW + 1 };
    const { port } = await start({ previous });
    const path = `/haip/sse?token=${await sign("user-1", WRONG)}`;
    expect((await begin(port, { path })).statusCode).toBe(200);
    const over = await start({ previous: { ...previous, until: FROZEN_NOW } });
    expect((await ask(over.port, { path })).status).toBe(401);
  });

  it("tells no longer whoever does not listen any more", async () => {
    const { server, port } = await start();
    const heard: string[] = [];
    const listener = (id: string) => heard.push(id);
    server.on("connect", listener).off("connect", listener);
    await begin(port, { path: `/haip/sse?token=${await sign()}` });
    expect(heard).toEqual([]);
  });
});

describe("POST /auth/refresh", () => {
  it.each([
    ["server", "refreshToken", "token", "refreshToken", ["refreshToken", "token"]],
    [
      "protocol",
      "refresh_token",
      "access_token",
      "refresh_token",
      ["access_token", "expires_in", "refresh_token"],
    ],
  ])("answers as the page about the %s has it", async (_name, sent, token, next, fields) => {
    const { server, port, told } = await start();
    const { refreshToken } = await server.grantTokens({ user: "user-9", expiresIn: 60 });
    const seen = await post(port, JSON.stringify({ [sent]: refreshToken }));
    expect(seen).toMatchObject({ status: 200, headers: { "cache-control": "no-store" } });
    const body = readBody(seen) as Record<string, string>;
    expect(Object.keys(body).sort()).toEqual(fields);
    await begin(port, { path: `/haip/sse?token=${body[token]}` });
    expect(told).toEqual([["connect", "user-9"]]);

    // The one that was used is stolen goods, and so is its successor from then on.
    for (const stolen of [refreshToken, body[next]]) {
      const again = await post(port, JSON.stringify({ [sent]: stolen }));
      expect({ status: again.status, body: readBody(again) }).toEqual({
        status: 401,
        body: {
          type: "ERROR",
          channel: "SYSTEM",
          payload: { code: "INVALID_TOKEN", message: "Invalid or expired JWT token" },
        },
      });
    }
    expect(told.slice(1)).toMatchObject([
      ["auth.failed", { reason: "reused", transport: "refresh" }],
      // The session that one of the family's JWTs has opened ends with it.
      ["disconnect", "user-9", false],
      ["auth.failed", { reason: "unknown-refresh-token", transport: "refresh" }],
    ]);
  });

  it.each([
    ["no body", "", 401, "malformed"],
    ["no JSON", "{", 401, "malformed"],
    ["no token", "{}", 401, "missing"],
    ["a JWT", '{"refreshToken":"a.b.c"}', 401, "malformed"],
    ["a stranger's", `{"refreshToken":"${KEY}"}`, 401, "unknown-refresh-token"],
    ["no UTF-8", '{"refreshToken":"\xff"}', 401, "malformed"],
    ["too much", " ".repeat(65_537), 413, "too-large"],
  ])("refuses %s", async (_name, body, status, reason) => {
    const { port, told } = await start();
    const head = `POST /auth/refresh HTTP/1.1\r\nHost: a\r\nConnection: close`;
    const seen = await sendRaw(port, `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    expect(seen).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(seen).not.toContain(KEY);
    expect(told).toEqual([
      ["auth.failed", expect.objectContaining({ reason, transport: "refresh" })],
    ]);
  });

  it("says that a store failed to its owner, and to the client only that it did", async () => {
    const cause = new Error("the database is away");
    const away = () => Promise.reject(cause);
    const { server, port } = await start({ store: { open: away, exchange: away, revoke: away } });
    const causes: unknown[] = [];
    server.on("store.failed", (each) => causes.push(each));
    const seen = await post(port, JSON.stringify({ refreshToken: KEY }));
    expect({ status: seen.status, body: readBody(seen) }).toEqual({
      status: 503,
      body: { error: "Service Unavailable" },
    });
    expect(causes).toEqual([cause]);
  });

  it("is for POST, and a browser may ask first", async () => {
    const { port } = await start();
    expect((await ask(port, { path: "/auth/refresh" })).status).toBe(404);
    const options = await ask(port, { method: "OPTIONS", path: "/auth/refresh" });
    expect(options).toMatchObject({
      status: 204,
      headers: { "access-control-allow-headers": "Authorization, Content-Type" },
    });
  });
});

it("speaks TLS", async () => {
  const cert = readFileSync(new URL("../helpers/certificates/loopback.crt.pem", import.meta.url));
  const key = readFileSync(new URL("../helpers/certificates/loopback.key.pem", import.meta.url));
  const { port, told } = await start({ tls: { cert, key } });
  await openSocket(`wss://127.0.0.1:${port}/haip/websocket?token=${await sign()}`, { ca: cert });
  expect(told).toEqual([["connect", "user-1"]]);
});

it("ends its streams and its sockets, each with a word", async () => {
  const { server, port, told } = await start();
  const events = await begin(port, { path: `/haip/sse?token=${await sign()}` });
  const ended = new Promise((resolve) => {
    events.resume().once("end", () => resolve(events.complete));
  });
  const { socket } = await openSocket(
    `ws://127.0.0.1:${port}/haip/websocket?token=${await sign()}`,
  );
  const code = closeCode(socket);
  await server.close({ withinMs: 60_000 });
  expect(await ended).toBe(true);
  expect(await code).toBe(1001);
  await expect.poll(() => told.length).toBe(4);
  expect(server.getStats()).toEqual({ activeConnections: 0, totalConnections: 2 });
});
