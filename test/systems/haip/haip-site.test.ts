import { createHmac } from "node:crypto";
import * as http from "node:http";

import { describe, expect, it, onTestFinished } from "vitest";

import { createReferenceServer } from "../../../src/reference-server/index.js";
import type { HaipRelease } from "../../../src/systems/haip/haip-wire.js";
import { FROZEN_NOW } from "../../helpers/machine.js";
import {
  ask,
  type Asked,
  clock,
  KEY,
  openSocket,
  readBody,
  type Seen,
  serve,
  upgrade,
  WRONG,
} from "../../helpers/site-client.js";

const now = Math.floor(FROZEN_NOW / 1000);
const claims = {
  userId: "user-1",
  iat: now,
  exp: now + 60,
  iss: "haip-server",
  aud: "haip-client",
};

function sign(changes: object = {}, secret = KEY, header = { alg: "HS256", typ: "JWT" }): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode(header)}.${encode({ ...claims, ...changes })}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

const good = sign();
const forged = sign({}, WRONG);
const expired = sign({ iat: now - 120, exp: now - 60 });
const unsigned = sign({}, KEY, { alg: "none", typ: "JWT" });

const message = {
  MISSING_TOKEN: "JWT token is required",
  INVALID_TOKEN: "Invalid or expired JWT token",
  TOKEN_EXPIRED: "JWT token has expired",
};
const refusedBy = (code: keyof typeof message) => ({
  type: "ERROR",
  channel: "SYSTEM",
  payload: { code, message: message[code] },
});

const events = (token?: string): Asked => ({
  path: token === undefined ? "/haip/sse" : `/haip/sse?token=${token}`,
});
const stream = (authorization?: string): Asked => ({
  method: "POST",
  path: "/haip/stream",
  headers: authorization === undefined ? {} : { Authorization: authorization },
});
const socket = (token?: string, path = "/haip/websocket"): Asked => ({
  path: token === undefined ? path : `${path}?token=${token}`,
  headers: upgrade,
});

const offering = (protocols: string): Asked => ({
  path: "/haip/websocket",
  headers: { ...upgrade, "Sec-WebSocket-Protocol": protocols },
});

/** The beginning of an answer that never ends. */
function begin(port: number, { method = "GET", path, headers = {} }: Asked): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false });
    onTestFinished(() => void request.destroy());
    request.on("error", reject);
    request.on("response", (response) => {
      response.on("error", () => {});
      response.once("data", (chunk: Buffer) => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: chunk.toString() });
      });
    });
    request.end();
  });
}

interface Talk {
  /** What came, as type and code. */
  readonly heard: string[];
  readonly close: string | null;
}

const envelope = { id: "1", session: "1", seq: "1", ts: "1", channel: "SYSTEM" };
const hai = (auth?: unknown) => ({ ...envelope, type: "HAI", payload: { auth } });
const ping = { ...envelope, type: "PING", payload: { nonce: "n-1" } };

/** Opens a WebSocket, says all that, and hears what comes until it is as expected, and a bit longer. */
async function talk(
  port: number,
  asked: Asked,
  say: readonly unknown[],
  expected: Talk,
): Promise<Talk> {
  const { socket, received } = await openSocket(`ws://127.0.0.1:${port}${asked.path}`);
  let close: Talk["close"] = null;
  socket.on("close", (code, reason) => (close = `${code} ${reason.toString()}`));
  for (const each of say) socket.send(typeof each === "string" ? each : JSON.stringify(each));
  const heard = () => ({ heard: received.map(summarize), close });
  await expect.poll(heard, { timeout: 10_000 }).toEqual(expected);
  await new Promise((resolve) => {
    setTimeout(resolve, 30);
  });
  return heard();
}

function summarize(text: string): string {
  const { type, payload } = JSON.parse(text) as {
    type: string;
    payload: { code?: string; nonce?: string };
  };
  return [type, payload.code ?? payload.nonce].filter(Boolean).join(" ");
}

const greets = ["HAI"];
const rejected = "1008 Invalid token";

describe("a reference HAIP, as documented", () => {
  const documented = { system: "haip", key: KEY, release: "documented" } as const;

  it.each<[name: string, asked: Asked, code: keyof typeof message]>([
    ["no token on the events", events(), "MISSING_TOKEN"],
    ["an empty token", events(""), "MISSING_TOKEN"],
    ["a forged token", events(forged), "INVALID_TOKEN"],
    ["a token of algorithm none", events(unsigned), "INVALID_TOKEN"],
    ["the secret itself", events(KEY), "INVALID_TOKEN"],
    ["garbage", events("garbage"), "INVALID_TOKEN"],
    ["an expired token", events(expired), "TOKEN_EXPIRED"],
    ["a token of another issuer", events(sign({ iss: "other" })), "INVALID_TOKEN"],
    ["a token for another audience", events(sign({ aud: "haip-protocol" })), "INVALID_TOKEN"],
    ["a token of nobody", events(sign({ userId: undefined })), "INVALID_TOKEN"],
    ["a token of the future", events(sign({ iat: now + 30 })), "INVALID_TOKEN"],
    ["a token that never expires", events(sign({ exp: undefined })), "INVALID_TOKEN"],
    [
      "a header on the events",
      { ...events(), headers: { Authorization: `Bearer ${good}` } },
      "MISSING_TOKEN",
    ],
    ["no token on the stream", stream(), "MISSING_TOKEN"],
    ["a forged token on the stream", stream(`Bearer ${forged}`), "INVALID_TOKEN"],
    ["an expired token on the stream", stream(`Bearer ${expired}`), "TOKEN_EXPIRED"],
    ["a bare token on the stream", stream(good), "MISSING_TOKEN"],
    [
      "a query on the stream",
      { method: "POST", path: `/haip/stream?token=${good}` },
      "MISSING_TOKEN",
    ],
    ["no token on the WebSocket", socket(), "MISSING_TOKEN"],
    ["a forged token on the WebSocket", socket(forged), "INVALID_TOKEN"],
    ["an expired token on the WebSocket", socket(expired), "TOKEN_EXPIRED"],
    ["a forged token as subprotocol", offering(`haip, token.${forged}`), "INVALID_TOKEN"],
    ["no token as subprotocol", offering("haip, token."), "MISSING_TOKEN"],
    ["a token as the only subprotocol", offering(`token.${good}`), "MISSING_TOKEN"],
    [
      "a good subprotocol and a wrong query",
      { ...offering(`haip, token.${good}`), path: socket(forged).path },
      "INVALID_TOKEN",
    ],
    [
      "a token as subprotocol without an upgrade",
      { ...events(), headers: { "Sec-WebSocket-Protocol": `haip, token.${good}` } },
      "MISSING_TOKEN",
    ],
    ["another path below", { path: "/haip/other" }, "MISSING_TOKEN"],
  ])("refuses %s", async (_, asked, code) => {
    const seen = await ask(await serve(documented), asked);
    expect({ status: seen.status, body: readBody(seen) }).toEqual({
      status: 401,
      body: refusedBy(code),
    });
    expect(seen.headers["www-authenticate"]).toBeUndefined();
  });

  it.each([
    ["the events", events(good), "text/event-stream"],
    ["the stream", stream(`Bearer ${good}`), "application/json"],
  ])("opens %s with a good token", async (_, asked, type) => {
    const seen = await begin(await serve(documented), asked);
    expect(seen).toMatchObject({ status: 200, headers: { "content-type": type } });
    expect(summarize(seen.body.replace("data: ", ""))).toBe("HAI");
  });

  it("greets on a WebSocket with a good token, and needs no other login", async () => {
    const port = await serve(documented);
    const expected = { heard: [...greets, "PONG n-1"], close: null };
    expect(await talk(port, socket(good), [ping], expected)).toEqual(expected);
    expect((await ask(port, socket(good, "/other"))).status).toBe(404);
  });

  it.each([[`haip, token.${good}`], [`token.${good}, haip`]])(
    "takes a good token as subprotocol, and selects the other",
    async (protocols) => {
      const seen = await ask(await serve(documented), offering(protocols));
      expect(seen.status).toBe(101);
      expect(seen.headers["sec-websocket-protocol"]).toBe("haip");
    },
  );

  it("has a place to refresh, where it knows nobody", async () => {
    const refresh = { method: "POST", path: "/auth/refresh" };
    const seen = await ask(await serve(documented), refresh);
    expect({ status: seen.status, body: readBody(seen) }).toEqual({
      status: 401,
      body: refusedBy("INVALID_TOKEN"),
    });
    expect((await ask(await serve({ ...documented, key: null }), refresh)).status).toBe(404);
    expect((await ask(await serve({ ...documented, release: "old" }), refresh)).status).toBe(404);
  });

  it("leaves its health open, and everything without a secret", async () => {
    expect((await ask(await serve(documented), { path: "/health" })).status).toBe(200);
    const port = await serve({ ...documented, key: null });
    expect((await begin(port, events())).status).toBe(200);
    const expected = { heard: greets, close: null };
    expect(await talk(port, socket(), [], expected)).toEqual(expected);
  });
});

describe("a reference HAIP, as it was", () => {
  const old = { system: "haip", key: KEY, release: "old" } as const;
  const refused = { status: 401, body: { error: "Invalid token" } };

  it.each([
    ["a good one", good],
    ["a forged one", forged],
    ["one of algorithm none", unsigned],
    ["one from elsewhere", sign({ iss: "other", aud: "other" })],
    ["one with two parts", good.split(".").slice(0, 2).join(".")],
  ])("takes a token without a look at its signature: %s", async (_, token) => {
    const port = await serve(old);
    for (const asked of [events(token), stream(`Bearer ${token}`), stream(token)]) {
      expect((await begin(port, asked)).status).toBe(200);
    }
    const expected = { heard: [...greets, "PONG n-1"], close: null };
    expect(await talk(port, socket(token, "/"), [ping], expected)).toEqual(expected);
  });

  it.each([
    ["an expired one", expired],
    ["one that never expires", sign({ exp: undefined })],
    ["one of nobody", sign({ userId: "" })],
    ["garbage", "garbage"],
    ["garbage with dots", "a.b.c"],
    ["one that says null", `a.${Buffer.from("null").toString("base64url")}.c`],
    ["an empty one", ""],
  ])("refuses a token: %s", async (_, token) => {
    const port = await serve(old);
    for (const asked of [events(token), stream(`Bearer ${token}`), stream(token)]) {
      const seen = await ask(port, asked);
      expect({ status: seen.status, body: readBody(seen) }).toEqual(refused);
    }
    const expected = { heard: [], close: rejected };
    expect(await talk(port, socket(token, "/"), [], expected)).toEqual(expected);
  });

  it("refuses whoever brings nothing", async () => {
    const port = await serve(old);
    for (const asked of [events(), stream()]) {
      const seen = await ask(port, asked);
      expect({ status: seen.status, body: readBody(seen) }).toEqual(refused);
    }
    const expected = { heard: [], close: rejected };
    for (const asked of [{ path: "/" }, socket()]) {
      expect(await talk(port, asked, [], expected)).toEqual(expected);
    }
  });

  it("answers what it cannot read, and stays", async () => {
    const expected = {
      heard: [...greets, "ERROR INVALID_MESSAGE", "PONG n-1"],
      close: null,
    };
    const port = await serve(old);
    expect(await talk(port, socket(good), [{ type: "HAI" }, ping], expected)).toEqual(expected);
  });
});

describe("a reference HAIP, as it is", () => {
  const current = { system: "haip", key: KEY } as const;
  const failed = { heard: [...greets, "ERROR FAILED_AUTH"], close: rejected };
  const notHai = { heard: [...greets, "ERROR NOT HAI"], close: rejected };

  it.each<[name: string, say: unknown[], expected: Talk]>([
    ["nothing", [], { heard: greets, close: null }],
    ["a good HAI", [hai({ token: good })], { heard: greets, close: null }],
    [
      "a good HAI and a PING",
      [hai({ token: good }), ping],
      { heard: [...greets, "PONG n-1"], close: null },
    ],
    ["a good HAI twice", [hai({ token: good }), hai()], { heard: greets, close: null }],
    ["a forged HAI", [hai({ token: forged }), ping], failed],
    ["an expired HAI", [hai({ token: expired })], failed],
    ["a HAI with the secret itself", [hai({ token: KEY })], failed],
    ["a HAI without a token", [hai({})], failed],
    ["a HAI with the bare token", [hai(good)], failed],
    ["a HAI without auth", [hai(), ping], failed],
    ["a HAI with auth null", [hai(null)], failed],
    ["a HAI of text", [{ ...envelope, type: "HAI", payload: "hello" }], failed],
    ["PING first", [ping], notHai],
    ["PING first, and then a good HAI", [ping, hai({ token: good }), ping], notHai],
    [
      "a broken envelope first",
      [{ type: "HAI", payload: { auth: { token: good } } }],
      { heard: [...greets, "ERROR INVALID_MESSAGE"], close: "1008 Bad Message" },
    ],
    [
      "a broken envelope after a good HAI",
      [hai({ token: good }), { type: "PING" }, ping],
      { heard: [...greets, "ERROR INVALID_MESSAGE", "PONG n-1"], close: null },
    ],
    [
      "a message of no transaction",
      [{ ...envelope, type: "MESSAGE", payload: {} }, hai({ token: good }), ping],
      { heard: [...greets, "ERROR TRANSACTION_NOT_FOUND", "PONG n-1"], close: null },
    ],
    [
      "a start after a good HAI",
      [hai({ token: good }), { ...envelope, type: "TRANSACTION_START", payload: {} }],
      { heard: [...greets, "ERROR TOOL_NOT_FOUND"], close: null },
    ],
    [
      "no JSON",
      ["hello", "null", "1", hai({ token: good }), ping],
      {
        heard: [...greets, "PONG n-1"],
        close: null,
      },
    ],
  ])("hears %s", async (_, say, expected) => {
    const asked = socket(undefined, "/any/path");
    expect(await talk(await serve(current), asked, say, expected)).toEqual(expected);
  });

  it("says nothing to a HAI where no function is set", async () => {
    const port = await serve({ ...current, key: null });
    const hello = hai({ token: good });
    const silence = { heard: greets, close: null };
    expect(await talk(port, socket(), [hello], silence)).toEqual(silence);
    expect(await talk(port, socket(), [hello, ping], notHai)).toEqual(notHai);
  });

  it.each<[name: string, asked: Asked]>([
    ["the events", events()],
    ["the events with garbage", events("garbage")],
    ["the stream", stream()],
    ["the stream with garbage", stream("Bearer garbage")],
  ])("opens %s to anybody", async (_, asked) => {
    expect((await begin(await serve(current), asked)).status).toBe(200);
  });

  it("does not answer HEAD of the events", async () => {
    const port = await serve(current);
    const request = http.request({ host: "127.0.0.1", port, method: "HEAD", path: "/haip/sse" });
    onTestFinished(() => void request.destroy());
    const answered = new Promise((resolve) => {
      request.on("response", () => resolve("answered")).on("error", () => {});
    });
    request.end();
    const silent = new Promise((resolve) => {
      setTimeout(() => resolve("silent"), 100);
    });
    expect(await Promise.race([answered, silent])).toBe("silent");
  });

  it("counts its connections", async () => {
    const port = await serve(current);
    const { socket } = await openSocket(`ws://127.0.0.1:${port}/`);
    const health = async () => readBody(await ask(port, { path: "/health" }));
    expect(await health()).toEqual({
      status: "ok",
      uptime: 0,
      activeConnections: 1,
      totalConnections: 1,
    });
    socket.close();
    await expect.poll(health).toMatchObject({ activeConnections: 0, totalConnections: 1 });
    expect(readBody(await ask(port, { path: "/stats" }))).toEqual({
      totalConnections: 1,
      activeConnections: 0,
      totalMessages: 0,
      messagesPerSecond: 0,
      averageLatency: 0,
      errorRate: 0,
      uptime: 0,
    });
  });

  it("answers an unknown path with a web page", async () => {
    const port = await serve(current);
    const seen = await ask(port, { method: "POST", path: "/auth/<b>" });
    expect(seen).toMatchObject({
      status: 404,
      headers: { "content-type": "text/html; charset=utf-8" },
    });
    expect(seen.body).toContain("Cannot POST /auth/&#60;b&#62;");
    expect((await ask(port, { path: "/haip/websocket" })).status).toBe(404);
  });

  it("selects the first subprotocol, even one with a token in it", async () => {
    const port = await serve(current);
    for (const [offer, selected] of [
      [`haip, token.${good}`, "haip"],
      [`token.${good}, haip`, `token.${good}`],
    ] as const) {
      const seen = await ask(port, offering(offer));
      expect(seen.headers["sec-websocket-protocol"]).toBe(selected);
    }
  });
});

describe("every reference HAIP", () => {
  it.each<[HaipRelease, string, string]>([
    ["documented", "TRANSACTION_START", "RUN_STARTED"],
    ["old", "RUN_STARTED", "TRANSACTION_START"],
    ["current", "TRANSACTION_START", "RUN_STARTED"],
  ])("%s: greets with %s and not with %s", async (release, known, unknown) => {
    const port = await serve({ system: "haip", key: KEY, release });
    const { received } = await openSocket(`ws://127.0.0.1:${port}/haip/websocket?token=${good}`);
    await expect.poll(() => received).toHaveLength(1);
    const greeting = JSON.parse(received[0] ?? "") as Record<string, unknown>;
    expect(greeting).toMatchObject({
      id: expect.any(String) as string,
      session: expect.any(String) as string,
      seq: expect.any(String) as string,
      ts: String(FROZEN_NOW),
      channel: "SYSTEM",
      type: "HAI",
      payload: { haip_version: "1.1.2", accept_major: [1] },
    });
    const { accept_events } = greeting["payload"] as { accept_events: string[] };
    expect(accept_events).toContain(known);
    expect(accept_events).not.toContain(unknown);
    expect(greeting["transaction"]).toBe(release === "old" ? undefined : "null");
  });

  it.each<HaipRelease>(["documented", "old", "current"])(
    "%s: lets every web page ask first",
    async (release) => {
      const port = await serve({ system: "haip", key: KEY, release });
      const seen = await ask(port, { method: "OPTIONS", path: "/haip/stream" });
      expect(seen).toMatchObject({
        status: 204,
        headers: { "access-control-allow-origin": "*" },
      });
    },
  );

  it.each<HaipRelease>(["documented", "current"])(
    "%s: wants a secret worth the name",
    (release) => {
      const create = () => createReferenceServer({ system: "haip", key: "short", clock, release });
      expect(create).toThrow(
        expect.objectContaining({ name: "KeywardError", code: "key-refused" }),
      );
    },
  );
});
