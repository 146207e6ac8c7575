import { describe, expect, it } from "vitest";

import {
  ask,
  type Asked,
  KEY,
  openSocket,
  type Options,
  readBody,
  serve,
  upgrade,
  WRONG,
} from "../../helpers/site-client.js";

const missing = { detail: "Missing Authorization header" };
const wrong = { detail: "Invalid API key" };
const notFound = { detail: "Not Found" };
const notAllowed = { detail: "Method Not Allowed" };
const info = { model: "reference", agent: null, engine: "reference" };

const marker = "openjarvis.auth.v1";
const offer = (key: string) => `openjarvis.key.b64url.${Buffer.from(key).toString("base64url")}`;

function authorized(value: string, path = "/v1/info"): Asked {
  return { path, headers: { Authorization: value } };
}

function socket(headers: Asked["headers"] = {}, path = "/v1/chat/stream"): Asked {
  return { path, headers: { ...upgrade, ...headers } };
}

function offering(protocols: string, authorization?: string): Asked {
  const headers = { "Sec-WebSocket-Protocol": protocols };
  return socket(authorization === undefined ? headers : { ...headers, authorization });
}

function preflight(path: string, origin: string): Asked {
  const headers = { Origin: origin, "Access-Control-Request-Method": "GET" };
  return { method: "OPTIONS", path, headers };
}

type Row = [name: string, asked: Asked, status: number, body: unknown];

const http: Row[] = [
  ["the key", authorized(`Bearer ${KEY}`), 200, info],
  ["bearer in lower case", authorized(`bearer ${KEY}`), 200, info],
  ["BEARER in upper case", authorized(`BEARER ${KEY}`), 200, info],
  ["no credential", { path: "/v1/info" }, 401, missing],
  ["an empty header", authorized(""), 401, missing],
  ["?token=", { path: `/v1/info?token=${KEY}` }, 401, missing],
  ["X-API-Key", { path: "/v1/info", headers: { "X-API-Key": KEY } }, 401, missing],
  ["a wrong key", authorized(`Bearer ${WRONG}`), 401, wrong],
  ["another scheme", authorized(`Token ${KEY}`), 401, wrong],
  ["the raw key", authorized(KEY), 401, wrong],
  ["two blanks", authorized(`Bearer  ${KEY}`), 401, wrong],
  ["a tab", authorized(`Bearer\t${KEY}`), 401, wrong],
  ["a bare scheme", authorized("Bearer"), 401, wrong],
  [
    "the subprotocols without an upgrade",
    { path: "/v1/info", headers: { "Sec-WebSocket-Protocol": `${marker}, ${offer(KEY)}` } },
    401,
    missing,
  ],
  ["an unknown path under /v1", { path: "/v1/nope" }, 401, missing],
  ["the same with the key", authorized(`Bearer ${KEY}`, "/v1/nope"), 404, notFound],
  ["a path under /api", { path: "/api/nope" }, 401, missing],
  ["the same with the key", authorized(`Bearer ${KEY}`, "/api/nope"), 404, notFound],
  ["/metrics", { path: "/metrics" }, 401, missing],
  ["/metrics/x", { path: "/metrics/x" }, 401, missing],
  [
    "/metrics with the key",
    authorized(`Bearer ${KEY}`, "/metrics"),
    200,
    "# no metrics are kept\n",
  ],
  ["/metricsx", { path: "/metricsx" }, 404, notFound],
  ["/health", { path: "/health" }, 200, { status: "ok" }],
  ["HEAD /health", { method: "HEAD", path: "/health" }, 405, null],
  ["POST /health", { method: "POST", path: "/health" }, 405, notAllowed],
  ["a broken escape", { path: "/%zz" }, 404, notFound],
  ["POST /webhooks/twilio", { method: "POST", path: "/webhooks/twilio" }, 403, "Invalid signature"],
  [
    "POST /webhooks/bluebubbles",
    { method: "POST", path: "/webhooks/bluebubbles" },
    403,
    "Invalid signature",
  ],
  [
    "POST /webhooks/sendblue",
    { method: "POST", path: "/webhooks/sendblue" },
    403,
    "Invalid signature",
  ],
  ["GET /webhooks/twilio", { path: "/webhooks/twilio" }, 405, notAllowed],
  [
    "POST /webhooks/whatsapp",
    { method: "POST", path: "/webhooks/whatsapp" },
    403,
    "Invalid signature",
  ],
  ["GET /webhooks/whatsapp", { path: "/webhooks/whatsapp" }, 403, "Invalid signature"],
  ["a preflight", preflight("/v1/info", "http://localhost:5173"), 200, "OK"],
  ["a foreign one", preflight("/v1/info", "http://evil.example"), 400, "Disallowed CORS origin"],
  ["another OPTIONS", { method: "OPTIONS", path: "/v1/info" }, 401, missing],
  [
    "OPTIONS with an origin alone",
    { method: "OPTIONS", path: "/v1/info", headers: { Origin: "http://localhost:5173" } },
    401,
    missing,
  ],
  ["OPTIONS with the key", { ...authorized(`Bearer ${KEY}`), method: "OPTIONS" }, 405, notAllowed],
];

const pages: [path: string, type: string][] = [
  ["/docs", "text/html; charset=utf-8"],
  ["/redoc", "text/html; charset=utf-8"],
  ["/openapi.json", "application/json"],
  ["/dashboard", "text/html; charset=utf-8"],
];

const sockets: [name: string, asked: Asked, status: number, protocol?: string][] = [
  ["the header", socket({ authorization: `Bearer ${KEY}` }), 101],
  ["the header, in lower case", socket({ authorization: `bearer ${KEY}` }), 101],
  ["the other socket", socket({ authorization: `Bearer ${KEY}` }, "/v1/agents/events"), 101],
  ["the pair", offering(`${marker}, ${offer(KEY)}`), 101, marker],
  ["the pair the other way round", offering(`${offer(KEY)},${marker}`), 101, marker],
  [
    "a wrong header and the pair",
    offering(`${marker}, ${offer(KEY)}`, `Bearer ${WRONG}`),
    101,
    marker,
  ],
  [
    "the header and a wrong pair",
    offering(`${marker}, ${offer(WRONG)}`, `Bearer ${KEY}`),
    101,
    marker,
  ],
  ["the header and another offer", offering("chat", `Bearer ${KEY}`), 101],
  ["nothing", socket(), 403],
  ["a wrong header", socket({ authorization: `Bearer ${WRONG}` }), 403],
  ["?token=", socket({}, `/v1/chat/stream?token=${KEY}`), 403],
  ["a wrong pair", offering(`${marker}, ${offer(WRONG)}`), 403],
  ["the marker only", offering(marker), 403],
  ["the key only", offering(offer(KEY)), 403],
  ["an empty key", offering(`${marker}, openjarvis.key.b64url.`), 403],
  ["a third protocol", offering(`${marker}, ${offer(KEY)}, chat`), 403],
  ["two keys", offering(`${offer(WRONG)}, ${offer(KEY)}`), 403],
  ["the marker twice", offering(`${marker}, ${marker}`), 403],
  ["padding", offering(`${marker}, ${offer(KEY)}=`), 403],
  ["another spelling of the marker", offering(`OpenJarvis.Auth.v1, ${offer(KEY)}`), 403],
  ["an unknown path", socket({ authorization: `Bearer ${KEY}` }, "/v1/info"), 403],
  ["a path that is not protected", socket({}, "/nope"), 403],
];

const releases: [name: string, release: "1.0.2" | "1.0.3", asked: Asked, status: number][] = [
  ["HTTP without the key", "1.0.2", { path: "/v1/info" }, 401],
  ["HTTP with it", "1.0.2", authorized(`Bearer ${KEY}`), 200],
  ["/metrics", "1.0.2", { path: "/metrics" }, 200],
  ["a preflight", "1.0.2", preflight("/v1/info", "http://localhost:5173"), 401],
  ["a WebSocket with nothing", "1.0.2", socket(), 101],
  ["a WebSocket elsewhere", "1.0.2", socket({}, "/v1/info"), 403],
  ["/metrics", "1.0.3", { path: "/metrics" }, 401],
  ["a preflight", "1.0.3", preflight("/v1/info", "http://localhost:5173"), 401],
  ["a WebSocket with nothing", "1.0.3", socket(), 403],
  ["?token=", "1.0.3", socket({}, `/v1/chat/stream?token=${KEY}`), 101],
  ["the header", "1.0.3", socket({ authorization: `Bearer ${KEY}` }), 101],
  [
    "a wrong ?token= and the header",
    "1.0.3",
    socket({ authorization: `Bearer ${KEY}` }, `/v1/chat/stream?token=${WRONG}`),
    403,
  ],
  [
    "an empty ?token= and the header",
    "1.0.3",
    socket({ authorization: `Bearer ${KEY}` }, "/v1/chat/stream?token="),
    101,
  ],
  ["the pair", "1.0.3", offering(`${marker}, ${offer(KEY)}`), 403],
];

const current: Options = { system: "openjarvis", key: KEY };

describe("a reference OpenJarvis", () => {
  it.each(http)("answers %s", async (_name, asked, status, body) => {
    const seen = await ask(await serve(current), asked);
    expect({ status: seen.status, body: readBody(seen) }).toEqual({ status, body });
    expect(seen.headers["www-authenticate"]).toBeUndefined();
  });

  it.each(pages)("leaves %s open", async (path, type) => {
    const seen = await ask(await serve(current), { path });
    expect(seen.status).toBe(200);
    expect(seen.headers["content-type"]).toBe(type);
  });

  it.each(sockets)("answers a WebSocket with %s", async (_name, asked, status, protocol) => {
    const seen = await ask(await serve(current), asked);
    expect({ status: seen.status, body: seen.body }).toEqual({ status, body: "" });
    expect(seen.headers["sec-websocket-protocol"]).toBe(protocol);
  });

  it.each(releases)("answers %s as %s did", async (_name, release, asked, status) => {
    const port = await serve({ system: "openjarvis", key: KEY, release });
    expect((await ask(port, asked)).status).toBe(status);
  });

  it("answers /health with 503 while its backend is down, and /v1/info as ever", async () => {
    const port = await serve({ system: "openjarvis", key: KEY, backendDown: true });
    const health = await ask(port, { path: "/health" });
    expect(health).toMatchObject({ status: 503, body: '{"detail":"Engine unhealthy"}' });
    expect((await ask(port, authorized(`Bearer ${KEY}`))).status).toBe(200);
  });

  it("has everything open without a key, and still selects the marker", async () => {
    const port = await serve({ system: "openjarvis", key: null });
    expect((await ask(port, { path: "/v1/info" })).status).toBe(200);
    expect((await ask(port, authorized("Bearer garbage", "/metrics"))).status).toBe(200);
    expect((await ask(port, socket())).status).toBe(101);
    const offered = await ask(port, offering(`${marker}, ${offer("garbage")}`));
    expect(offered.headers["sec-websocket-protocol"]).toBe(marker);
  });

  it("lets its own web pages read refusals, and no others", async () => {
    const port = await serve(current);
    const asked = (origin: string) => ask(port, { path: "/v1/info", headers: { origin } });
    const own = await asked("http://127.0.0.1:3000");
    expect(own.headers["access-control-allow-origin"]).toBe("http://127.0.0.1:3000");
    const foreign = await asked("http://evil.example");
    expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("takes a key with any character in the subprotocol", async () => {
    const key = "+/= &#%?é✓ 0123456789";
    const port = await serve({ system: "openjarvis", key });
    const url = `ws://127.0.0.1:${port}/v1/chat/stream`;
    const { socket } = await openSocket(url, { protocols: [marker, offer(key)] });
    expect(socket.protocol).toBe(marker);
  });
});
