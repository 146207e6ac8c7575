import * as net from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { createReferenceServer, type SiteServer } from "../../src/reference-server/index.js";
import { issueToken } from "../../src/tokens/issue.js";
import { ask, clock, KEY, openSocket, closeCode, sendRaw, WRONG } from "../helpers/site-client.js";

type Name = "jean2" | "openjarvis" | "jean" | "haip";

/** What each of them guards. */
const guarded: Readonly<Record<Name, string>> = {
  jean2: "/api/auth/verify",
  openjarvis: "/v1/info",
  jean: "/api/auth",
  haip: "/haip/stream",
};

async function start(system: Name, patienceMs?: number) {
  const patience = patienceMs === undefined ? {} : { patienceMs };
  const release = system === "haip" ? { release: "documented" } : {};
  const options = { system, ...release, key: KEY, clock, ...patience };
  const server: SiteServer = createReferenceServer(options);
  onTestFinished(() => server.close());
  return { server, port: (await server.listen({ host: "127.0.0.1", port: 0 })).port };
}

/** A request that is as it should be: the beginning of what it gets. */
async function askWell(system: Name, port: number): Promise<number> {
  if (system !== "haip") {
    const headers = { Authorization: `Bearer ${KEY}` };
    return (await ask(port, { path: guarded[system], headers })).status;
  }
  // A stream would not end: whoever may open one gets a 404 beside it, and a stranger a 401.
  const token = await issueToken({ user: "user-1", secret: KEY, clock });
  return (await ask(port, { path: `/haip/nothing?token=${token}` })).status;
}

const wellAnswered: Readonly<Record<Name, number>> = {
  jean2: 200,
  openjarvis: 200,
  jean: 200,
  haip: 404,
};

function requestOf(line: string, headers: readonly string[], body = ""): string {
  return [`${line} HTTP/1.1`, "Host: a", "Connection: close", ...headers, "", body].join("\r\n");
}

const handshake = [
  "Host: a",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Version: 13",
];
const upgradeTo = (path: string, more: readonly string[]) =>
  [`GET ${path} HTTP/1.1`, ...handshake, ...more, "", ""].join("\r\n");

const good = `Authorization: Bearer ${KEY}`;
const injected = "\r\nSet-Cookie: stolen=1\r\n\r\n<script>";
const offerOf = (key: string) =>
  `openjarvis.auth.v1, openjarvis.key.b64url.${Buffer.from(key).toString("base64url")}`;

interface Abuse {
  readonly system: Name;
  readonly bytes: string;
  /** The status that it gets. */
  readonly status: number;
  /** Whether it counts as refused, or never was a request. */
  readonly counted: "refused" | "broken";
}

const post = (system: Name) => `POST ${guarded[system]}`;

const abuses: readonly (readonly [name: string, abuse: Abuse])[] = [
  ...(["jean2", "openjarvis", "jean", "haip"] as const).flatMap((system) => {
    const broken = (bytes: string, status = 400): Abuse => ({
      system,
      bytes,
      status,
      counted: "broken",
    });
    const lines = (...headers: string[]) =>
      requestOf(post(system), [good, ...headers], "0\r\n\r\n");
    return [
      ["two lengths", broken(lines("Content-Length: 1", "Content-Length: 5"))],
      ["two lengths in one", broken(lines("Content-Length: 1, 5"))],
      ["a length beside chunks", broken(lines("Content-Length: 5", "Transfer-Encoding: chunked"))],
      ["chunks beside a length", broken(lines("Transfer-Encoding: chunked", "Content-Length: 5"))],
      [
        "chunks that are not the last coding",
        broken(lines("Transfer-Encoding: chunked, identity")),
      ],
      ["a negative length", broken(lines("Content-Length: -1"))],
      ["a length in hexadecimal", broken(lines("Content-Length: 0x5"))],
      ["a length beyond all numbers", broken(lines(`Content-Length: ${"9".repeat(30)}`))],
      ["a folded header", broken(requestOf(post(system), ["Authorization: Bearer", ` ${KEY}`]))],
      ["a folded header with a tab", broken(requestOf(post(system), ["X-A: b", "\tc", good]))],
      ["a bare CR in the key", broken(requestOf(post(system), [`${good}\rSet-Cookie: a=b`]))],
      ["a NUL in the key", broken(requestOf(post(system), [`${good}\0`]))],
      ["a blank before the colon", broken(requestOf(post(system), [good.replace(":", " :")]))],
      ["a header without a name", broken(requestOf(post(system), [`: ${KEY}`]))],
      ["a header without a colon", broken(requestOf(post(system), ["Authorization"]))],
      ["a version of the future", broken(`${post(system)} HTTP/9.9\r\nHost: a\r\n\r\n`)],
      ["a blank in the address", broken(requestOf(`GET ${guarded[system]} x`, [good]))],
      ["an endless address", broken(requestOf(`GET /${"x".repeat(70_000)}`, [good]), 431)],
      ["an endless key", broken(requestOf(post(system), [good + "x".repeat(70_000)]), 431)],
      [
        "a thousand headers",
        broken(requestOf(post(system), [...Array(6000).fill("X-Header: 12345"), good]), 431),
      ],
    ].map(([name, abuse]) => [`${system}: ${name as string}`, abuse as Abuse] as const);
  }),
  ...(
    [
      ["jean2", `GET /api/auth/verify?token=${encodeURIComponent(KEY + injected)}`, []],
      ["jean2", `GET /api/x${encodeURIComponent(injected)}`, []],
      ["jean", `GET /api/auth?token=${encodeURIComponent(KEY + injected)}`, []],
      ["openjarvis", "GET /v1/info", [`${good}%0d%0aSet-Cookie:%20stolen=1`]],
      ["haip", `GET /haip/sse?token=${encodeURIComponent(injected)}`, []],
      ["haip", `GET /nothing/${encodeURIComponent(injected)}`, []],
    ] as const
  ).map(([system, line, headers]): readonly [string, Abuse] => [
    `${system}: a header through the key, ${line.slice(0, 24)}`,
    {
      system,
      bytes: requestOf(line, headers),
      status: line.startsWith("GET /nothing") ? 404 : 401,
      counted: "refused",
    },
  ]),
  [
    "openjarvis: a header through the key, in a subprotocol",
    {
      system: "openjarvis",
      bytes: upgradeTo("/v1/chat/stream", [`Sec-WebSocket-Protocol: ${offerOf(KEY + injected)}`]),
      status: 403,
      counted: "refused",
    },
  ],
  [
    "haip: a header through the JWT, in a subprotocol",
    {
      system: "haip",
      bytes: upgradeTo("/haip/websocket", [`Sec-WebSocket-Protocol: haip, token.%0d%0aSet-Cookie`]),
      status: 401,
      counted: "refused",
    },
  ],
  [
    "haip: an endless JWT",
    {
      system: "haip",
      bytes: requestOf("POST /haip/stream", [`Authorization: Bearer ${"a.".repeat(7000)}`]),
      status: 401,
      counted: "refused",
    },
  ],
  [
    "jean2: a body of a megabyte, unasked for",
    {
      system: "jean2",
      bytes: requestOf("POST /api/x", ["Content-Length: 1000000"], "x".repeat(1_000_000)),
      status: 401,
      counted: "refused",
    },
  ],
];

/** Sends bytes, and gives what came back, even where the server hung up before it had read them all. */
function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes, "latin1"));
    let seen = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (seen += chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(seen));
  });
}

describe("whoever does not play by the rules", () => {
  it.each(abuses)("%s", async (_name, { system, bytes, status, counted }) => {
    const { server, port } = await start(system);
    const seen = await send(port, bytes);
    expect(seen).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [head = ""] = seen.split("\r\n\r\n", 1);
    expect(head.toLowerCase()).not.toMatch(/^set-cookie|^<script/m);
    expect(seen).not.toContain(KEY);
    expect(server.getCounts()).toEqual({ accepted: 0, refused: 0, broken: 0, [counted]: 1 });
    expect(await askWell(system, port)).toBe(wellAnswered[system]);
  });

  it("is not read to the end of a chunk extension", async () => {
    const { server, port } = await start("jean2");
    const chunk = `5;${"x".repeat(20_000)}\r\nhello\r\n0\r\n\r\n`;
    const seen = await send(port, requestOf("POST /api/x", ["Transfer-Encoding: chunked"], chunk));
    // Which comes first depends on how it arrives.
    expect(seen).toMatch(/^HTTP\/1.1 4(?:01|13) /);
    expect(server.getCounts()).toEqual({ accepted: 0, refused: 1, broken: 1 });
    expect(await askWell("jean2", port)).toBe(200);
  });

  it("smuggles no second request behind a length", async () => {
    const { server, port } = await start("jean2");
    const inner = requestOf(`GET /api/auth/verify`, [good]);
    const outer = [`POST /api/x HTTP/1.1`, "Host: a", `Content-Length: ${inner.length}`, "", ""];
    const close = requestOf("GET /api/health", []);
    const seen = await sendRaw(port, outer.join("\r\n") + inner + close);
    expect([...seen.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      "401",
      "200",
    ]);
    expect(server.getCounts()).toEqual({ accepted: 1, refused: 1, broken: 0 });
  });
});

describe("whoever is slow", () => {
  it.each([
    ["says nothing", ""],
    ["begins and goes on no more", "GET /api/auth/ver"],
    ["sends headers for ever", "GET / HTTP/1.1\r\nHost: a\r\nX-A: "],
    [
      "sends a body for ever",
      "POST /auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n{",
    ],
  ])("is let go when it %s, and keeps nobody waiting", async (_name, bytes) => {
    const { server, port } = await start("haip", 300);
    const drips: NodeJS.Timeout[] = [];
    onTestFinished(() => drips.forEach((each) => clearInterval(each)));
    const slow = Array.from({ length: 50 }, () => {
      const seen = { text: "" };
      const socket = net.connect(port, "127.0.0.1", () => socket.write(bytes));
      socket.on("error", () => {}).on("data", (chunk) => (seen.text += chunk.toString()));
      onTestFinished(() => void socket.destroy());
      if (bytes !== "") drips.push(setInterval(() => socket.write("x"), 50));
      return new Promise<string>((resolve) => {
        socket.on("close", () => resolve(seen.text));
      });
    });
    expect(await askWell("haip", port)).toBe(404);
    for (const seen of await Promise.all(slow)) expect(seen).toMatch(/HTTP\/1.1 408 |^$/);
    expect(server.getCounts().broken).toBe(50);
    expect(await askWell("haip", port)).toBe(404);
  });
});

describe("a WebSocket that does not play by the rules", () => {
  /** A masked frame of a client: opcode, length as it is claimed, and a beginning of the payload. */
  const frame = (first: number, length: readonly number[]) =>
    Buffer.from([first, ...length, 0, 0, 0, 0, ...Buffer.from("hello")]);

  it.each([
    ["a message of 4 GiB", frame(0x82, [0xff, 0, 0, 0, 1, 0, 0, 0, 0]), 1009],
    [
      "a message beyond all numbers",
      frame(0x82, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      1009,
    ],
    ["a frame without a mask", Buffer.from([0x81, 0x01, 0x61]), 1002],
    ["a reserved opcode", frame(0x83, [0x85]), 1002],
    ["a reserved bit", frame(0xf1, [0x85]), 1002],
    ["a ping that is too long", frame(0x89, [0xfe, 0, 200]), 1002],
    ["a fragment of nothing", frame(0x80, [0x85]), 1002],
    ["text that is no UTF-8", Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]), 1007],
  ])("is hung up on for %s", async (_name, bytes, code) => {
    const { port } = await start("jean2");
    const { socket } = await openSocket(`ws://127.0.0.1:${port}/ws?token=${KEY}`);
    const closed = closeCode(socket);
    const { _socket: line } = socket as unknown as { _socket: net.Socket };
    line.write(bytes);
    expect(await closed).toBe(code);
    expect(await askWell("jean2", port)).toBe(200);
  });

  it("is refused a thousand times, and the next one gets in", async () => {
    const { server, port } = await start("jean2");
    const refused = upgradeTo(`/ws?token=${WRONG}`, []);
    for (let batch = 0; batch < 10; batch++) {
      const seen = await Promise.all(Array.from({ length: 100 }, () => send(port, refused)));
      for (const each of seen) expect(each).toMatch(/^HTTP\/1.1 401 /);
    }
    await openSocket(`ws://127.0.0.1:${port}/ws?token=${KEY}`);
    expect(server.getCounts()).toEqual({ accepted: 1, refused: 1000, broken: 0 });
  });
});
