import { describe, expect, it } from "vitest";

import type { JeanRelease } from "../../../src/systems/jean/jean-wire.js";
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

const auth = "/api/auth";
const refused = { ok: false, error: "Invalid token" };
const inWords = "Invalid token";
const build = { webBuildId: "reference", appVersion: "reference" };
const accepted = { ok: true, ...build };
const page = "<!doctype html><title>Jean</title><h1>Jean</h1>";
const noUpgrade = "Connection header did not include 'upgrade'";

function authorized(value: string, path = auth): Asked {
  return { path, headers: { Authorization: value } };
}

function socket(path: string, headers = {}): Asked {
  return { path, headers: { ...upgrade, ...headers } };
}

type Row = [name: string, asked: Asked, status: number, body: unknown];

/** What both generations do. */
const always: Row[] = [
  ["no credential", { path: auth }, 401, refused],
  ["an empty query", { path: `${auth}?token=` }, 401, refused],
  ["a wrong query", { path: `${auth}?token=${WRONG}` }, 401, refused],
  ["the key and more", { path: `${auth}?token=${KEY}x` }, 401, refused],
  ["?TOKEN=", { path: `${auth}?TOKEN=${KEY}` }, 401, refused],
  ["another header", { path: auth, headers: { "X-API-Key": KEY } }, 401, refused],
  ["HEAD without the key", { path: auth, method: "HEAD" }, 401, null],
  ["HEAD with it", { path: `${auth}?token=${KEY}`, method: "HEAD" }, 200, null],
  ["POST", { path: `${auth}?token=${KEY}`, method: "POST" }, 405, null],
  ["the beginning without the key", { path: "/api/init" }, 401, inWords],
  [
    "the beginning with it",
    { path: `/api/init?token=${KEY}` },
    200,
    { projects: [], preferences: null, runningSessions: [], uiState: null },
  ],
  ["GET /ws with the key", { path: `/ws?token=${KEY}` }, 400, noUpgrade],
  ["GET /ws without", { path: "/ws" }, 400, noUpgrade],
  ["HEAD /ws as an upgrade", { ...socket(`/ws?token=${KEY}`), method: "HEAD" }, 400, null],
  ["an upgrade with the key", socket(`/ws?token=${KEY}`), 101, null],
  ["an upgrade without", socket("/ws"), 401, inWords],
  ["an upgrade with a wrong key", socket(`/ws?token=${WRONG}`), 401, inWords],
  ["an upgrade elsewhere", socket(`${auth}?token=${WRONG}`), 401, refused],
  [
    "an upgrade with the key as subprotocol",
    socket("/ws", { "Sec-WebSocket-Protocol": KEY }),
    401,
    inWords,
  ],
  ["/", { path: "/" }, 200, page],
  ["an unknown path", { path: "/nope" }, 200, page],
  ["an unknown path under /api", { path: "/api/nope" }, 200, page],
  ["an unknown path with a wrong key", { path: `/nope?token=${WRONG}` }, 200, page],
  ["another spelling", { path: "/API/auth" }, 200, page],
  ["POST to an unknown path", { path: "/nope", method: "POST" }, 405, null],
  ["OPTIONS", { path: auth, method: "OPTIONS" }, 200, null],
  ["two tokens", { path: `${auth}?token=${KEY}&token=${KEY}` }, 400, expect.any(String)],
  ["two tokens on a socket", socket(`/ws?token=${KEY}&token=${KEY}`), 400, expect.any(String)],
];

const current: Row[] = [
  ["the key", { path: `${auth}?token=${KEY}` }, 200, accepted],
  ["the header", authorized(`Bearer ${KEY}`), 200, accepted],
  ["the header in lower case", authorized(`bearer ${KEY}`), 200, accepted],
  ["the header in upper case", authorized(`BEARER ${KEY}`), 401, refused],
  ["the header with more blanks", authorized(`  Bearer   ${KEY}  `), 200, accepted],
  ["a scheme alone", authorized("Bearer "), 401, refused],
  ["another scheme", authorized(`Token ${KEY}`), 401, refused],
  ["the raw key", authorized(KEY), 401, refused],
  [
    "a wrong header and a right query",
    authorized(`Bearer ${WRONG}`, `${auth}?token=${KEY}`),
    200,
    accepted,
  ],
  [
    "a right header and a wrong query",
    authorized(`Bearer ${KEY}`, `${auth}?token=${WRONG}`),
    401,
    refused,
  ],
  [
    "a right header and an empty query",
    authorized(`Bearer ${KEY}`, `${auth}?token=`),
    200,
    accepted,
  ],
  ["an upgrade with the header", socket("/ws", { Authorization: `Bearer ${KEY}` }), 101, null],
  ["/api/version without the key", { path: "/api/version" }, 401, inWords],
  ["/api/version with it", authorized(`Bearer ${KEY}`, "/api/version"), 200, build],
  ["a file without the key", { path: "/api/files/a/b.png" }, 401, inWords],
  ["a file with it", { path: `/api/files/a/b.png?token=${KEY}` }, 404, "File not found"],
  ["a project's file without the key", { path: "/api/project-files/a" }, 401, inWords],
  [
    "a project's file with it",
    authorized(`bearer ${KEY}`, "/api/project-files/a"),
    404,
    "File not found",
  ],
  ["a commit without the key", { path: "/api/commit-jobs", method: "POST" }, 401, inWords],
  [
    "a commit with it",
    { ...authorized(`Bearer ${KEY}`, "/api/commit-jobs"), method: "POST" },
    409,
    "Worktree not found",
  ],
  ["a GET of commits", { path: "/api/commit-jobs" }, 405, null],
  ["/healthz", { path: "/healthz" }, 200, { ok: true }],
  ["/readyz", { path: "/readyz" }, 200, { ok: true, http: true, websocket_broadcaster: true }],
];

const old: Row[] = [
  ["the key", { path: `${auth}?token=${KEY}` }, 200, { ok: true }],
  ["the header", authorized(`Bearer ${KEY}`), 401, refused],
  [
    "a right header and an empty query",
    authorized(`Bearer ${KEY}`, `${auth}?token=`),
    401,
    refused,
  ],
  ["an upgrade with the header", socket("/ws", { Authorization: `Bearer ${KEY}` }), 401, inWords],
  ["/api/version", { path: "/api/version" }, 200, page],
  ["/api/files", { path: "/api/files/a/b.png" }, 200, page],
  ["/healthz", { path: "/healthz" }, 200, page],
  ["/readyz", { path: "/readyz" }, 200, page],
];

const rows: [release: JeanRelease, ...row: Row][] = [
  ...[...always, ...current].map((row): [JeanRelease, ...Row] => ["current", ...row]),
  ...[...always, ...old].map((row): [JeanRelease, ...Row] => ["old", ...row]),
];

describe("a reference Jean", () => {
  it.each(rows)("of today or before, %s, answers %s", async (release, _, asked, status, body) => {
    const seen = await ask(await serve({ system: "jean", key: KEY, release }), asked);
    expect({ status: seen.status, body: readBody(seen) }).toEqual({ status, body });
    expect(seen.headers["www-authenticate"]).toBeUndefined();
  });

  it.each<[JeanRelease, object]>([
    ["current", { ok: true, token_required: false, ...build }],
    ["old", { ok: true, token_required: false }],
  ])("%s: has everything open without a key, and says so", async (release, body) => {
    const port = await serve({ system: "jean", key: null, release });
    expect(readBody(await ask(port, { path: auth }))).toEqual(body);
    expect(readBody(await ask(port, { path: `${auth}?token=garbage` }))).toEqual(body);
    expect((await ask(port, { path: "/api/init" })).status).toBe(200);
    expect((await ask(port, socket("/ws"))).status).toBe(101);
  });

  it("is a web page that nobody is to keep", async () => {
    const seen = await ask(await serve({ system: "jean", key: KEY }), { path: "/healthz/x" });
    expect(seen.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
    });
  });

  it("lets nobody out of its web page's folder", async () => {
    const port = await serve({ system: "jean", key: KEY });
    const seen = await ask(port, { path: "/assets/../../etc/passwd" });
    expect(seen).toMatchObject({ status: 403, body: "Access denied" });
  });

  it("answers /readyz with 503 while nobody broadcasts", async () => {
    const port = await serve({ system: "jean", key: KEY, backendDown: true });
    const seen = await ask(port, { path: "/readyz" });
    expect(seen).toMatchObject({
      status: 503,
      body: '{"ok":false,"http":true,"websocket_broadcaster":false}',
    });
  });

  it.each<[JeanRelease, string, string | undefined]>([
    ["current", "tauri://localhost", "tauri://localhost"],
    ["current", "https://evil.example", undefined],
    ["old", "https://evil.example", "*"],
  ])("%s: lets web pages of %s read as %s", async (release, origin, allowed) => {
    const port = await serve({ system: "jean", key: KEY, release });
    for (const method of ["GET", "OPTIONS"]) {
      const seen = await ask(port, { method, path: auth, headers: { origin } });
      expect(seen.headers["access-control-allow-origin"]).toBe(allowed);
    }
  });

  it("takes a key with any character in the query, where + is a blank", async () => {
    const key = "+/= &#%?é✓ 0123456789";
    const port = await serve({ system: "jean", key });
    const path = `${auth}?token=${encodeURIComponent(key)}`;
    expect(await ask(port, { path })).toMatchObject({ status: 200 });
    expect(await ask(port, { path: path.replace("%2B", "+") })).toMatchObject({ status: 401 });
  });

  it("keeps an open socket silent, and selects no subprotocol", async () => {
    const port = await serve({ system: "jean", key: KEY });
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
});
