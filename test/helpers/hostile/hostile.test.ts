import { once } from "node:events";
import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";

import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";

import { KEY, serve } from "../site-client.js";
import * as hostile from "./index.js";

const verify = "/api/auth/verify";
const behind = () => serve({ system: "jean2", key: KEY });

/** Says so much on a raw connection, and returns what comes back: until that is enough, or the end. */
function say(server: hostile.HostileServer, lines: string, enough: RegExp): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = net.connect(Number(port), hostname, () => socket.write(lines));
  let heard = "";
  return new Promise((resolve) => {
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      heard += chunk;
      if (enough.test(heard)) socket.destroy();
    });
    socket.on("error", () => {}).on("close", () => resolve(heard));
  });
}

const get = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${KEY}\r\nConnection: close\r\n\r\n`;

function open(server: hostile.HostileServer, protocols: string[] = []): WebSocket {
  const socket = new WebSocket(`${server.url}/ws?token=${KEY}`, protocols);
  onTestFinished(() => socket.terminate());
  return socket;
}

/** What comes of opening a WebSocket and saying something. */
function meet(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on("open", () => socket.send(`hello ${KEY}`));
    socket.on("message", (data: Buffer) => resolve(data.toString()));
    socket.on("close", (code, reason) => resolve(`${code} ${reason.toString()}`));
    socket.on("error", (error) => resolve(error.message));
  });
}

describe("a hostile server", () => {
  it.each<[string, () => Promise<hostile.HostileServer>, RegExp]>([
    ["saysYes", () => hostile.saysYes(), / 200 [^]*\{\}/],
    ["saysYesSilently", () => hostile.saysYesSilently(), / 200 [^]*(?:chunked|Length: 0)\r\n/],
    ["showsPages", () => hostile.showsPages(), / 200 [^]*text\/html[^]*<h1>/],
    ["redirects", () => hostile.redirects(), / 307 [^]*Location: http:\/\/127[^]*verify/],
    ["fails", () => hostile.fails(), / 500 /],
    ["streamsAnError", () => hostile.streamsAnError(), /event-stream[^]*event: error/],
    ["streamsNothing", () => hostile.streamsNothing(), / 200 [^]*event-stream/],
    ["dripsHeaders", () => hostile.dripsHeaders(), / 200 OK\r\n(X: y\r\n){3}/],
    ["dripsBody", () => hostile.dripsBody(), /\r\n\r\n\{ {3}/],
    ["neverEnds", () => hostile.neverEnds(401), /\[{5000}/],
    ["promisesMore", () => hostile.promisesMore(), /Length: 1000\r\n\r\n\{\}$/],
    ["promisesLess", () => hostile.promisesLess(), /Length: 2\r\n\r\n\{\}HTTP/],
    ["promisesTwice", () => hostile.promisesTwice(), /Length: 2\r\nContent-Length: 40/],
    ["speaksAnotherLanguage", () => hostile.speaksAnotherLanguage(), /^220 mail/],
    ["hangsUp", () => hostile.hangsUp(), /^$/],
    ["resets", () => hostile.resets(), /^$/],
  ])("%s", async (_, start, expected) => {
    const server = await start();
    expect(await say(server, get(verify), expected)).toMatch(expected);
  });

  it("keeps what it is sent, byte for byte", async () => {
    const server = await hostile.neverAnswers();
    const over = say(server, get(verify), /./);
    await expect.poll(() => server.seen()).toEqual([get(verify)]);
    expect(server.open()).toBe(1);
    await server.close();
    expect(server.open()).toBe(0);
    expect(await over).toBe("");
  });

  it("twists one route, and leaves the others to the server behind", async () => {
    const server = await hostile.saysYes({ behind: await behind(), route: verify });
    expect(await say(server, get("/api/health"), /healthy/)).toContain("healthy");
    expect(await say(server, get(verify), /\{\}/)).not.toContain("valid");
  });

  it("answers an upgrade like any other request", async () => {
    const server = await hostile.saysYes({ behind: await behind(), route: "/ws" });
    expect(await meet(open(server))).toBe("Unexpected server response: 200");
    await once(open(await hostile.saysYes({ behind: await behind(), route: verify })), "open");
  });

  it("is busy for so many requests", async () => {
    const server = await hostile.isBusyFor(1, { behind: await behind() });
    expect(await say(server, get(verify), /\{\}/)).toContain("Retry-After: 1");
    expect(await say(server, get(verify), /valid/)).toContain("200 OK");
  });

  it("repeats the key", async () => {
    const server = await hostile.repeatsTheKey({ behind: await behind() });
    const heard = await say(server, get("/api/health"), /received/);
    expect(heard.split(KEY)).toHaveLength(3);
    expect(heard).toContain("healthy");
  });

  it("is deaf on one route", async () => {
    const server = await hostile.isDeafOn(verify, await behind());
    expect(await say(server, get(verify), /hint/)).toContain(" 401 ");
    expect(await say(server, get("/api/x"), /Not Found/)).toContain(" 404 ");
    await once(open(server), "open");
    const sockets = await hostile.isDeafOn("/ws", await behind());
    expect(await meet(open(sockets))).toBe("Unexpected server response: 401");
    expect(sockets.seen()[0]).toContain(KEY);
  });
});

describe("a hostile WebSocket", () => {
  const greeting = "hello from here";

  it.each<[string, () => Promise<hostile.HostileServer>, string]>([
    ["opensThenCloses", () => hostile.opensThenCloses(), "1008 Invalid token"],
    ["opensInSilence", () => hostile.opensInSilence({ greeting }), greeting],
    ["repeatsItAll", () => hostile.repeatsItAll(), `/ws?token=${KEY}`],
    [
      "sendsGarbageFrames",
      () => hostile.sendsGarbageFrames(),
      "Invalid WebSocket frame: RSV2 and RSV3 must be clear",
    ],
    [
      "announcesHugeFrame",
      () => hostile.announcesHugeFrame(),
      "Unsupported WebSocket frame: payload length > 2^53 - 1",
    ],
    [
      "selectsItsOwn",
      () => hostile.selectsItsOwn(),
      "Server sent a subprotocol but none was requested",
    ],
    ["provesNothing", () => hostile.provesNothing(), "Invalid Sec-WebSocket-Accept header"],
  ])("%s", async (_, start, expected) => {
    expect(await meet(open(await start()))).toBe(expected);
  });

  it("selects the credential", async () => {
    const socket = open(await hostile.selectsTheCredential(), ["marker", `key.${KEY}`]);
    await once(socket, "open");
    expect(socket.protocol).toBe(`key.${KEY}`);
  });

  it("answers PONG to anything, and keeps what it was told", async () => {
    const server = await hostile.pongsToAll();
    expect(JSON.parse(await meet(open(server)))).toMatchObject({ type: "PONG" });
    expect(server.seen().at(-1)).toBe(`hello ${KEY}`);
  });

  it("never ends its message", async () => {
    const server = await hostile.neverEndsMessage();
    const socket = new WebSocket(`${server.url}/ws`, { maxPayload: 50_000 });
    expect(await meet(socket)).toBe("Max payload size exceeded");
  });

  it("does as the server behind for who has the credential", async () => {
    const server = await hostile.opensThenCloses({ behind: await behind(), unless: KEY });
    await once(open(server), "open");
    const other = new WebSocket(`${server.url}/ws?token=x`);
    expect(await meet(other)).toBe("1008 Invalid token");
  });
});

describe("a server in an odd place", () => {
  it("listens on one address of localhost", async () => {
    const port = await behind();
    for (const [server, own] of [
      [await hostile.listensOnIpv4Only(port), "127.0.0.1"],
      [await hostile.listensOnIpv6Only(port), "::1"],
    ] as const) {
      const { hostname, port } = new URL(server.url);
      expect(hostname).toBe("localhost");
      const reaches = (host: string) =>
        new Promise((resolve) => {
          const socket = net.connect(Number(port), host, () => resolve(host));
          onTestFinished(() => void socket.destroy());
          socket.on("error", () => resolve(null));
        });
      expect(await Promise.all(["127.0.0.1", "::1"].map(reaches))).toEqual(
        ["127.0.0.1", "::1"].map((host) => (host === own ? host : null)),
      );
    }
  });

  it("listens on a unix socket", async () => {
    const { url } = await hostile.listensOnUnixSocket(await behind());
    const asked = http.get({ socketPath: url.replace("unix:", ""), path: "/api/health" });
    const [answer] = (await once(asked, "response")) as [http.IncomingMessage];
    expect(answer.resume().statusCode).toBe(200);
  });
});

describe("a server with TLS", () => {
  /** Why a client that trusts the authority hangs up; null when it does not. */
  function handshake({ url }: hostile.HostileServer): Promise<string | null> {
    return new Promise((resolve) => {
      const { port } = new URL(url);
      const options = { host: "127.0.0.1", port: Number(port), servername: "localhost" };
      const socket = tls.connect({ ...options, ca: hostile.authority }, () => resolve(null));
      onTestFinished(() => void socket.destroy());
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  }

  it.each<[hostile.Certificate, string | null]>([
    ["good", null],
    ["self-signed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["expired", "CERT_HAS_EXPIRED"],
    ["not-yet", "CERT_NOT_YET_VALID"],
    ["wrong-name", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["unknown-authority", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["weak", "UNSPECIFIED"],
    ["old-digest", "UNSPECIFIED"],
  ])("shows a certificate: %s", async (name, code) => {
    const server = await hostile.showsCertificate(name, await behind());
    expect(await handshake(server)).toBe(code);
    expect(server.seen().join("")).toBe("");
  });

  it("speaks old TLS alone", async () => {
    const server = await hostile.speaksOldTls(await behind());
    expect(await handshake(server)).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    expect(server.seen()).toEqual([]);
  });
});
