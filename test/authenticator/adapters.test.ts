import * as http from "node:http";
import type { AddressInfo } from "node:net";

import { serve as serveHono } from "@hono/node-server";
import express from "express";
import { Hono } from "hono";
import { describe, expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

import { authMiddleware } from "../../src/compat/index.js";
import {
  type AnyAuthenticator,
  createAuthenticator,
  guardExpress,
  guardFetch,
  guardHandler,
  guardUpgrade,
  identityOf,
} from "../../src/authenticator/index.js";
import {
  type Asked,
  ask,
  closeCode,
  KEY,
  openSocket,
  sendRaw,
  upgrade,
  WRONG,
} from "../helpers/site-client.js";

const authenticator = createAuthenticator({
  system: "openjarvis",
  keys: [{ name: "desk", key: KEY }],
});
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
/** As an authenticator of JWTs: the same answers, a moment later. */
const later: AnyAuthenticator = {
  authenticate: async (request) => authenticator.authenticate(request),
  listProtocols: authenticator.listProtocols,
};

/** A server whose handler says what it is asked, and whose key it saw. */
type Build = (reached: string[]) => http.Server | Promise<http.Server>;

const builds: [name: string, build: Build][] = [
  ["node:http", (reached) => buildNode(reached, authenticator)],
  ["node:http, later", (reached) => buildNode(reached, later)],
  ["Express", (reached) => buildExpress(reached, authenticator)],
  ["Express, later", (reached) => buildExpress(reached, later)],
  ["Hono", (reached) => buildHono(reached)],
];

function buildNode(reached: string[], chosen: AnyAuthenticator): http.Server {
  const handler = guardHandler(chosen, (request, response) => {
    reached.push(`${request.url} ${identityOf(request)?.name}`);
    response.end("hello");
  });
  return http.createServer(handler);
}

function buildExpress(reached: string[], chosen: AnyAuthenticator, mount = "/"): http.Server {
  const router = express.Router();
  router.use(guardExpress(chosen));
  router.use((request, response) => {
    reached.push(`${request.originalUrl} ${identityOf(request)?.name}`);
    response.send("hello");
  });
  return http.createServer(express().use(mount, router));
}

function buildHono(reached: string[]): Promise<http.Server> {
  const app = new Hono();
  const guard = guardFetch(authenticator);
  app.use(async (context, next) => guard(context.req.raw) ?? (await next()));
  app.all("*", (context) => {
    const { pathname, search } = new URL(context.req.url);
    reached.push(`${pathname}${search} ${identityOf(context.req.raw)?.name}`);
    return context.text("hello");
  });
  return new Promise((resolve) => {
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () =>
      resolve(server as http.Server),
    );
  });
}

async function listen(server: http.Server): Promise<number> {
  if (!server.listening) {
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
  }
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
}

const missing = { status: 401, body: '{"detail":"Missing Authorization header"}' };
const wrong = { status: 401, body: '{"detail":"Invalid API key"}' };

describe.each(builds)("behind %s", (_name, build) => {
  it.each<[string, Asked, object]>([
    ["no key", { path: "/v1/info" }, missing],
    ["a wrong key", { path: "/v1/info", headers: bearer(WRONG) }, wrong],
    ["a key in the query", { path: `/v1/info?token=${KEY}` }, missing],
    ["a path in capitals", { path: "/V1/info" }, missing],
    ["an escaped slash", { path: "/v1%2finfo" }, missing],
    ["dot segments", { path: "/v1/x/../info" }, missing],
    ["a method of its own", { method: "DELETE", path: "/v1/info" }, missing],
    ["a body", { method: "POST", path: "/v1/info", headers: { "Content-Length": 0 } }, missing],
    ["HEAD", { method: "HEAD", path: "/v1/info" }, { status: 401, body: "" }],
  ])("a request with %s never reaches the handler", async (_what, asked, answer) => {
    const reached: string[] = [];
    const port = await listen(await build(reached));
    expect(await ask(port, asked)).toMatchObject(answer);
    expect(reached).toEqual([]);
    expect(await ask(port, { path: "/v1/info", headers: bearer(KEY) })).toMatchObject({
      status: 200,
    });
    expect(reached).toEqual(["/v1/info desk"]);
  });

  it("an open route needs no key, and a preflight gets its answer before the handler", async () => {
    const reached: string[] = [];
    const port = await listen(await build(reached));
    const preflight = { Origin: "http://a.example", "Access-Control-Request-Method": "GET" };
    await ask(port, { path: "/health?x=1" });
    const seen = await ask(port, { method: "OPTIONS", path: "/v1/info", headers: preflight });
    expect(seen).toMatchObject({ status: 400, body: "Disallowed CORS origin" });
    expect(reached).toEqual(["/health?x=1 undefined"]);
  });

  it("a second Authorization header is never passed over", async () => {
    const reached: string[] = [];
    const port = await listen(await build(reached));
    const headers = { Authorization: [`Bearer ${KEY}`, `Bearer ${WRONG}`] };
    expect(await ask(port, { path: "/v1/info", headers })).toMatchObject(wrong);
    expect(reached).toEqual([]);
  });
});

it("guardExpress goes by the whole path inside a mounted router", async () => {
  const reached: string[] = [];
  const port = await listen(buildExpress(reached, authenticator, "/v1"));
  expect(await ask(port, { path: "/v1/health" })).toMatchObject(missing);
  expect(reached).toEqual([]);
});

it("guardExpress hands what a logger throws to Express", async () => {
  const onDecision = () => {
    throw new Error("no space left");
  };
  const jwt = createAuthenticator({ system: "haip", verifyJwt: find, onDecision });
  const keyed = createAuthenticator({ system: "jean2", keys: KEY, onDecision });
  for (const chosen of [jwt, keyed]) {
    const reached: string[] = [];
    const app = express().set("env", "test");
    app.use(guardExpress(chosen), (request) => reached.push(request.url));
    const port = await listen(http.createServer(app));
    const asked = { path: `/haip/sse?token=good` };
    expect(await ask(port, asked)).toMatchObject({ status: 500 });
    expect(reached).toEqual([]);
  }
});

describe("guardFetch", () => {
  it("gives a promise for JWTs, and hides the body from HEAD", async () => {
    const jwt = createAuthenticator({ system: "haip", verifyJwt: (token) => find(token) });
    const guard = guardFetch(jwt);
    const stream = (method: string, token: string) =>
      new Request("http://a.example/haip/stream", { method, headers: bearer(token) });
    expect(await guard(stream("POST", "good"))).toBeNull();
    const refused = await guard(stream("POST", "bad"));
    expect(refused?.status).toBe(401);
    expect(await refused?.json()).toMatchObject({ payload: { code: "INVALID_TOKEN" } });
    expect(await (await guard(stream("HEAD", "bad")))?.text()).toBe("");
  });

  it("takes Host from the URL where there is no header, and the address from its caller", () => {
    const guard = guardFetch(
      createAuthenticator({
        system: "openjarvis",
        keys: KEY,
        allowedHosts: ["a.example:8000"],
        allowedNetworks: ["10.0.0.0/8"],
      }),
    );
    const from = (url: string, ip?: string) => guard(new Request(url), { ip })?.status ?? null;
    expect(from("http://a.example:8000/", "10.1.2.3")).toBeNull();
    expect(from("http://a.example:8000/", "11.1.2.3")).toBe(403);
    expect(from("http://a.example:8000/")).toBe(403);
    expect(from("http://b.example:8000/", "10.1.2.3")).toBe(421);
  });
});

const find = (token: string) => (token === "good" ? { user: "u" } : null);
const marker = "openjarvis.auth.v1";
const offer = (key: string) => `openjarvis.key.b64url.${Buffer.from(key).toString("base64url")}`;

describe.each<[string, AnyAuthenticator]>([
  ["now", authenticator],
  ["later", later],
])("guardUpgrade, decided %s", (_name, chosen) => {
  async function start(): Promise<{ port: number; opened: string[] }> {
    const opened: string[] = [];
    const sockets = new WebSocketServer({ noServer: true });
    const server = http.createServer();
    server.on("upgrade", guardUpgrade(chosen, sockets));
    sockets.on("connection", (socket: WebSocket, request: http.IncomingMessage) => {
      opened.push(`${request.url} ${identityOf(request)?.name} ${socket.protocol}`);
      socket.close(4000);
    });
    return { port: await listen(server), opened };
  }

  it.each<[string, string, http.OutgoingHttpHeaders]>([
    ["nothing", "/v1/chat/stream", {}],
    ["a wrong header", "/v1/chat/stream", bearer(WRONG)],
    ["the key in the query", `/v1/chat/stream?token=${KEY}`, {}],
    ["a wrong pair", "/v1/chat/stream", { "Sec-WebSocket-Protocol": `${marker}, ${offer(WRONG)}` }],
    ["the marker alone", "/v1/chat/stream", { "Sec-WebSocket-Protocol": marker }],
    ["nothing, on a path that is open over HTTP", "/health", {}],
    ["nothing, on an unknown path", "/elsewhere", {}],
  ])("refuses %s", async (_what, path, headers) => {
    const { port, opened } = await start();
    const seen = await ask(port, { path, headers: { ...upgrade, ...headers } });
    expect(seen).toMatchObject({ status: 403, body: "" });
    expect(opened).toEqual([]);
  });

  it.each<[string, string[], http.OutgoingHttpHeaders, string]>([
    ["a pair", [marker, offer(KEY)], {}, marker],
    ["a pair the other way round", [offer(KEY), marker], {}, marker],
    ["a good pair and a wrong header", [marker, offer(KEY)], bearer(WRONG), marker],
    ["a good header and a wrong pair", [offer(WRONG), marker], bearer(KEY), marker],
    ["a header", [], bearer(KEY), ""],
    ["a header and protocols of one's own", ["mine", offer(WRONG)], bearer(KEY), "mine"],
  ])("opens for %s, and never selects the key", async (_what, protocols, headers, selected) => {
    const { port, opened } = await start();
    const request = {
      ...upgrade,
      ...headers,
      ...(protocols.length > 0 && { "Sec-WebSocket-Protocol": protocols.join(", ") }),
    };
    const seen = await ask(port, { path: "/v1/chat/stream", headers: request });
    expect(seen.status).toBe(101);
    expect(seen.headers["sec-websocket-protocol"] ?? "").toBe(selected);
    expect(opened).toEqual([`/v1/chat/stream desk ${selected}`]);
  });

  it("opens a real client's socket", async () => {
    const { port } = await start();
    const protocols = [offer(KEY), marker];
    const { socket } = await openSocket(`ws://127.0.0.1:${port}/v1/agents/events`, { protocols });
    expect(socket.protocol).toBe(marker);
    expect(await closeCode(socket)).toBe(4000);
  });

  it("outlives a client that breaks off, and one that asks for something else", async () => {
    const { port, opened } = await start();
    const request = "GET /v1/chat/stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n";
    expect(await sendRaw(port, `${request}Upgrade: h2c\r\n\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
    const authorized = `${request}Authorization: Bearer ${KEY}\r\nUpgrade: h2c\r\n\r\n`;
    expect(await sendRaw(port, authorized)).toMatch(/^HTTP\/1\.1 400 /);
    expect(opened).toEqual([]);
  });
});

it("guardUpgrade leaves open what the author's own rule leaves open", async () => {
  const sockets = new WebSocketServer({ noServer: true });
  const server = http.createServer();
  const protects = (path: string) => path !== "/public";
  const own = createAuthenticator({ transports: ["bearer"], keys: KEY, protects });
  server.on("upgrade", guardUpgrade(own, sockets));
  const port = await listen(server);
  expect(await ask(port, { path: "/public", headers: upgrade })).toMatchObject({ status: 101 });
  expect(await ask(port, { path: "/other", headers: upgrade })).toMatchObject({ status: 401 });
});

describe("authMiddleware of keyward/compat", () => {
  async function start(apiKey: string): Promise<{ port: number; reached: string[] }> {
    const reached: string[] = [];
    const app = express();
    app.use(authMiddleware(apiKey));
    app.use((request, response) => {
      reached.push(request.originalUrl);
      response.send("hello");
    });
    return { port: await listen(http.createServer(app)), reached };
  }

  it.each<[string, Asked, object]>([
    ["no header on /v1", { path: "/v1/models" }, missing],
    ["an empty header", { path: "/api/x", headers: { Authorization: "" } }, missing],
    ["a wrong key on /api", { path: "/api/x", headers: bearer(WRONG) }, wrong],
    ["another scheme", { path: "/v1/x", headers: { Authorization: `Token ${KEY}` } }, wrong],
    ["two blanks", { path: "/v1/x", headers: { Authorization: `Bearer  ${KEY}` } }, wrong],
    ["an escaped path", { path: "/%76%31/x" }, missing],
  ])("refuses %s", async (_what, asked, answer) => {
    const { port, reached } = await start(KEY);
    expect(await ask(port, asked)).toMatchObject(answer);
    expect(reached).toEqual([]);
  });

  it.each<[string, Asked]>([
    ["the key", { path: "/v1/x", headers: bearer(KEY) }],
    ["the scheme in any case", { path: "/v1/x", headers: { Authorization: `bEARER ${KEY}` } }],
    ["webhooks", { method: "POST", path: "/webhooks/twilio" }],
    ["health", { path: "/health" }],
    ["its hole, the bare folder", { path: "/v1" }],
    ["its hole, a doubled slash", { path: "//v1/x" }],
  ])("lets in %s", async (_what, asked) => {
    const { port, reached } = await start(KEY);
    expect(await ask(port, asked)).toMatchObject({ status: 200 });
    expect(reached).toEqual([asked.path]);
  });

  it("lets everybody in without a key, as the original does", async () => {
    const { port } = await start("");
    expect(await ask(port, { path: "/v1/x" })).toMatchObject({ status: 200 });
  });
});
