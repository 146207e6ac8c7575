import { describe, expect, it } from "vitest";

import {
  ask,
  type Asked,
  KEY,
  openSocket,
  readBody,
  serve,
  upgrade,
  WRONG,
} from "../../helpers/site-client.js";

const verify = "/api/auth/verify";
const timestamp = "2026-01-02T03:04:05.678Z";

const hint =
  'Include token in Authorization header: "Bearer <token>" or query param: ?token=<token>';
const refused = { error: "Unauthorized", message: "Invalid or missing API token", hint };
const socketRefused = {
  error: "Unauthorized",
  message: "Invalid or missing API token for WebSocket connection",
};
const terminalRefused = {
  error: "Unauthorized",
  message: "Invalid or missing API token for terminal connection",
};
const eventsRefused = { error: "Unauthorized", message: "Invalid or missing API token" };
const valid = { valid: true, timestamp };
const info = {
  name: "AI Agent Server",
  version: "1.4.0",
  runtime: "bun",
  features: {
    websocket: true,
    sessions: true,
    preconfigs: true,
    tools: true,
    authentication: true,
    client: false,
  },
  timestamp,
};

function unknown(path: string, method = "GET") {
  const message = "The requested endpoint does not exist";
  return { error: "Not Found", message, path, method };
}

function lacks(parameter: string) {
  return { error: "bad_request", message: `Missing required parameter: ${parameter}` };
}

function authorized(value: string | string[]): Asked {
  return { path: verify, headers: { Authorization: value } };
}

/** Percent-encodes every character. */
function encodeAll(value: string): string {
  return value.replaceAll(/./g, (each) => `%${each.charCodeAt(0).toString(16)}`);
}

const withKey: [name: string, asked: Asked, status: number, body: unknown][] = [
  ["the key in the header", authorized(`Bearer ${KEY}`), 200, valid],
  ["no credential", { path: verify }, 401, refused],
  ["an empty header", authorized(""), 401, refused],
  ["a scheme without a key", authorized("Bearer "), 401, refused],
  ["a wrong key", authorized(`Bearer ${WRONG}`), 401, refused],
  ["the key without its end", authorized(`Bearer ${KEY.slice(0, -1)}`), 401, refused],
  ["the key and more", authorized(`Bearer ${KEY}x`), 401, refused],
  ["the query", { path: `${verify}?token=${KEY}` }, 200, valid],
  ["the query, percent-encoded", { path: `${verify}?token=${encodeAll(KEY)}` }, 200, valid],
  ["the query after others", { path: `${verify}?a=1&token=${KEY}` }, 200, valid],
  ["an empty query", { path: `${verify}?token=` }, 401, refused],
  ["a wrong query", { path: `${verify}?token=${WRONG}` }, 401, refused],
  ["bearer in lower case", authorized(`bearer ${KEY}`), 401, refused],
  ["BEARER in upper case", authorized(`BEARER ${KEY}`), 401, refused],
  ["two blanks", authorized(`Bearer  ${KEY}`), 401, refused],
  ["a tab", authorized(`Bearer\t${KEY}`), 401, refused],
  ["another scheme", authorized(`Token ${KEY}`), 401, refused],
  ["the raw key", authorized(KEY), 401, refused],
  ["another header", { path: verify, headers: { "X-API-Key": KEY } }, 401, refused],
  ["?TOKEN=", { path: `${verify}?TOKEN=${KEY}` }, 401, refused],
  ["?api_key=", { path: `${verify}?api_key=${KEY}` }, 401, refused],
  [
    "a right header and a wrong query",
    { ...authorized(`Bearer ${KEY}`), path: `${verify}?token=${WRONG}` },
    200,
    valid,
  ],
  [
    "a wrong header and a right query",
    { ...authorized(`Bearer ${WRONG}`), path: `${verify}?token=${KEY}` },
    401,
    refused,
  ],
  [
    "another scheme and a right query",
    { ...authorized(`bearer ${WRONG}`), path: `${verify}?token=${KEY}` },
    200,
    valid,
  ],
  ["the right query first", { path: `${verify}?token=${KEY}&token=${WRONG}` }, 200, valid],
  ["the wrong query first", { path: `${verify}?token=${WRONG}&token=${KEY}` }, 401, refused],
  ["an empty query first", { path: `${verify}?token=&token=${KEY}` }, 401, refused],
  ["a query in the fragment", { path: `${verify}#?token=${KEY}` }, 401, refused],
  ["HEAD with the key", { ...authorized(`Bearer ${KEY}`), method: "HEAD" }, 200, null],
  ["HEAD without", { path: verify, method: "HEAD" }, 401, null],
  [
    "POST with the key",
    { ...authorized(`Bearer ${KEY}`), method: "POST" },
    404,
    unknown(verify, "POST"),
  ],
  [
    "/",
    { path: "/" },
    200,
    { status: "ok", message: "AI Agent Server is running", version: "1.4.0", timestamp },
  ],
  ["/api/health", { path: "/api/health" }, 200, { status: "healthy", timestamp }],
  ["/api/info", { path: "/api/info" }, 200, info],
  ["/api/info with a wrong key", { path: `/api/info?token=${WRONG}` }, 200, info],
  ["an unknown path", { path: "/nope?token=x" }, 404, unknown("/nope")],
  ["an unknown path under /api", { path: "/api/nope" }, 401, refused],
  ["/api alone", { path: "/api" }, 401, refused],
  ["the same with the key", { path: `/api/nope?token=${KEY}` }, 404, unknown("/api/nope")],
  ["a target that is no path", { path: "http://a.example/" }, 404, unknown("http://a.example/")],
  ["a broken escape", { path: "/%zz" }, 404, unknown("/%zz")],
  ["OPTIONS", { path: verify, method: "OPTIONS" }, 204, null],
  ["OPTIONS of a socket", { path: "/ws", method: "OPTIONS" }, 401, socketRefused],
  [
    "OPTIONS of a socket with the key",
    { path: `/ws?token=${KEY}`, method: "OPTIONS" },
    400,
    "WebSocket upgrade failed",
  ],
  ["two headers, right and wrong", authorized([`Bearer ${KEY}`, `Bearer ${WRONG}`]), 401, refused],
  ["two headers, both right", authorized([`Bearer ${KEY}`, `Bearer ${KEY}`]), 401, refused],
  ["two slashes", { path: "//api/auth/verify" }, 404, unknown("//api/auth/verify")],
  ["capitals", { path: "/API/auth/verify" }, 404, unknown("/API/auth/verify")],
  ["dot segments", { path: `/x/../api/auth/verify?token=${KEY}` }, 200, valid],
  ["dot segments without a key", { path: "/x/../api/auth/verify" }, 401, refused],
  [
    "an attachment without its access key",
    { path: "/api/sessions/s1/attachments/a1/content" },
    401,
    { error: "unauthorized", message: "Missing access key" },
  ],
  [
    "an attachment with one",
    { path: "/api/sessions/s1/attachments/a1/content?key=k" },
    404,
    { error: "not_found", message: "Attachment not found" },
  ],
  ["an attachment's details", { path: "/api/sessions/s1/attachments/a1" }, 401, refused],
  ["GET /ws with the key", { path: `/ws?token=${KEY}` }, 400, "WebSocket upgrade failed"],
  ["GET /ws with a wrong one", { path: `/ws?token=${WRONG}` }, 401, socketRefused],
  ["GET /ws with none", { path: "/ws" }, 401, socketRefused],
  ["GET /ws with the header", { ...authorized(`Bearer ${KEY}`), path: "/ws" }, 401, socketRefused],
  ["/ws/terminal with the key", { path: `/ws/terminal?token=${KEY}` }, 400, lacks("cwd")],
  ["/ws/terminal with a wrong one", { path: `/ws/terminal?token=${WRONG}` }, 401, terminalRefused],
  [
    "the events with the key",
    { path: `/ws/terminal/events?token=${KEY}` },
    400,
    lacks("workspaceId"),
  ],
  [
    "the events with a wrong one",
    { path: `/ws/terminal/events?workspaceId=x&token=${WRONG}` },
    401,
    eventsRefused,
  ],
  [
    "an upgrade with the key",
    { path: `/ws?token=${encodeURIComponent(KEY)}`, headers: upgrade },
    101,
    null,
  ],
  ["an upgrade with none", { path: "/ws", headers: upgrade }, 401, socketRefused],
  [
    "an upgrade with the header",
    { path: "/ws", headers: { ...upgrade, Authorization: `Bearer ${KEY}` } },
    401,
    socketRefused,
  ],
  [
    "an upgrade with a wrong header and the key",
    { path: `/ws?token=${KEY}`, headers: { ...upgrade, Authorization: `Bearer ${WRONG}` } },
    101,
    null,
  ],
  [
    "an upgrade with the key as subprotocol",
    { path: "/ws", headers: { ...upgrade, "Sec-WebSocket-Protocol": KEY } },
    401,
    socketRefused,
  ],
  [
    "an upgrade from another origin",
    { path: `/ws?token=${KEY}`, headers: { ...upgrade, Origin: "https://evil.example" } },
    101,
    null,
  ],
  ["a terminal", { path: `/ws/terminal?cwd=/&token=${KEY}`, headers: upgrade }, 101, null],
  [
    "a terminal without the key",
    { path: "/ws/terminal?cwd=/", headers: upgrade },
    401,
    terminalRefused,
  ],
  [
    "a terminal without a folder",
    { path: `/ws/terminal?token=${KEY}`, headers: upgrade },
    400,
    lacks("cwd"),
  ],
  [
    "the events",
    { path: `/ws/terminal/events?workspaceId=x&token=${KEY}`, headers: upgrade },
    101,
    null,
  ],
  [
    "the events without the key",
    { path: "/ws/terminal/events?workspaceId=x", headers: upgrade },
    401,
    eventsRefused,
  ],
  ["an upgrade elsewhere", { path: "/api/info", headers: upgrade }, 200, info],
  ["an upgrade of verify", { path: verify, headers: upgrade }, 401, refused],
  [
    "OPTIONS as an upgrade",
    { path: "/ws", method: "OPTIONS", headers: upgrade },
    401,
    socketRefused,
  ],
];

const withoutKey: typeof withKey = [
  ["no credential", { path: verify }, 200, valid],
  ["garbage", authorized("Bearer garbage"), 200, valid],
  [
    "/api/info",
    { path: "/api/info" },
    200,
    { ...info, features: { ...info.features, authentication: false } },
  ],
  ["an upgrade", { path: "/ws", headers: upgrade }, 101, null],
  ["GET /ws", { path: "/ws" }, 400, "WebSocket upgrade failed"],
  ["an unknown path under /api", { path: "/api/nope" }, 404, unknown("/api/nope")],
];

describe("a reference Jean2", () => {
  it.each(withKey)("with a key set, answers %s", async (_name, asked, status, body) => {
    const seen = await ask(await serve({ system: "jean2", key: KEY }), asked);
    expect({ status: seen.status, body: readBody(seen) }).toEqual({ status, body });
    const origin = asked.path.startsWith("/ws") ? undefined : "*";
    expect(seen.headers["access-control-allow-origin"]).toBe(origin);
    expect(seen.headers["www-authenticate"]).toBeUndefined();
  });

  it.each(withoutKey)("with no key set, answers %s", async (_name, asked, status, body) => {
    const seen = await ask(await serve({ system: "jean2", key: null }), asked);
    expect({ status: seen.status, body: readBody(seen) }).toEqual({ status, body });
  });

  it("selects the first subprotocol that is offered", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const headers = { ...upgrade, "Sec-WebSocket-Protocol": "chat, other" };
    const seen = await ask(port, { path: `/ws?token=${KEY}`, headers });
    expect(seen).toMatchObject({ status: 101, headers: { "sec-websocket-protocol": "chat" } });
  });

  it("answers a preflight with the headers that were asked for", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const headers = {
      Origin: "https://a.example",
      "Access-Control-Request-Method": "GET",
      "Access-Control-Request-Headers": "authorization",
    };
    const seen = await ask(port, { method: "OPTIONS", path: verify, headers });
    expect(seen).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "authorization",
        "access-control-allow-methods": "GET,HEAD,PUT,POST,DELETE,PATCH",
      },
    });
    expect(seen.headers["content-length"]).toBeUndefined();
  });

  it("takes a header of 16,000 bytes and answers 431 to one of 17,000", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const path = "/api/health";
    const sent = [16_000, 17_000].map((length) =>
      ask(port, { path, headers: { "X-Long": "x".repeat(length) } }),
    );
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses).toEqual([200, 431]);
  });

  it("takes a key with any character in the query", async () => {
    const key = "+/= &#%?é✓ 0123456789";
    const port = await serve({ system: "jean2", key });
    const path = `${verify}?token=${encodeURIComponent(key)}`;
    expect(await ask(port, { path })).toMatchObject({ status: 200 });
    expect(await ask(port, { path: path.replace("%2B", "+") })).toMatchObject({ status: 401 });
  });

  it("keeps an open socket silent, whatever it is sent", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const { socket, received } = await openSocket(`ws://127.0.0.1:${port}/ws?token=${KEY}`);
    socket.send("hello");
    const ponged = new Promise((resolve) => {
      socket.once("pong", resolve);
    });
    socket.ping();
    await ponged;
    expect(received).toEqual([]);
    expect(socket.protocol).toBe("");
  });

  it("sends the events of terminals a snapshot", async () => {
    const port = await serve({ system: "jean2", key: KEY });
    const url = `ws://127.0.0.1:${port}/ws/terminal/events?workspaceId=x&token=${KEY}`;
    const { received } = await openSocket(url);
    await expect.poll(() => received).toEqual(['{"type":"snapshot","sessions":[]}']);
  });
});
