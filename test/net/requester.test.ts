import type { Socket } from "node:net";

import { describe, expect, it } from "vitest";

import { createRequester, type HttpRequest } from "../../src/net/requester.js";
import { findFreePort, readTls, sendJson, startHttp, startRaw } from "../probe/servers.js";

const send = createRequester();

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: "GET", url, timeoutMs: 5000, ...more };
}

const derOf = (pem: string) => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");

describe("createRequester", () => {
  it("writes the request as it stands and adds Host and Connection alone", async () => {
    const server = await startRaw((socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
    const headers = [
      ["X-Second", "b"],
      ["authorization", "Bearer  two blanks"],
      ["X-Second", "a"],
    ] as const;
    await send(get(`${server.url}/a%2Fb?token=%2B%20x`, { headers }));
    expect(server.received.join("")).toBe(
      `GET /a%2Fb?token=%2B%20x HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nX-Second: b\r\n` +
        "authorization: Bearer  two blanks\r\nX-Second: a\r\nConnection: close\r\n\r\n",
    );
  });

  it("sends a body with its length in bytes", async () => {
    const server = await startRaw((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    await send(get(server.url, { method: "POST", body: "{é}" }));
    expect(server.received.join("")).toMatch(
      /^POST \/ HTTP\/1.1\r\n(?:.*\r\n)*Content-Length: 4\r\nConnection: close\r\n\r\n\{/,
    );
  });

  it("gives status, headers, body and the address that answered", async () => {
    const server = await startHttp((_, response) => {
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      sendJson(response, 418, { é: 1 });
    });
    const url = server.url.replace("127.0.0.1", "elsewhere.invalid");
    const answer = await send(get(url, { address: "127.0.0.1" }));
    expect(answer).toMatchObject({
      status: 418,
      headers: { "content-type": "application/json", "set-cookie": "a=1, b=2" },
      body: '{"é":1}',
      truncated: false,
      address: "127.0.0.1",
      certificateExpires: null,
    });
    expect(server.received[0]).toContain(`elsewhere.invalid:${server.port}`);
  });

  it("follows no redirect", async () => {
    const server = await startHttp((_, response) =>
      response.writeHead(302, { Location: "/elsewhere" }).end(),
    );
    expect((await send(get(server.url))).status).toBe(302);
    expect(server.received).toHaveLength(1);
  });

  it("cuts an endless body and closes the connection", async () => {
    const server = await startHttp((_, response) => {
      response.on("error", () => {});
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(1000)));
        response.once("drain", more);
      };
      more();
    });
    const answer = await send(get(server.url, { maxBytes: 2500 }));
    expect(answer.truncated).toBe(true);
    expect(answer.body).toBe("x".repeat(2500));
    await expect.poll(() => server.open.size).toBe(0);
  });

  it("takes an upgrade that nobody asked for as an answer", async () => {
    const server = await startRaw((socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    );
    expect(await send(get(server.url))).toMatchObject({ status: 101, body: "" });
    await expect.poll(() => server.open.size).toBe(0);
  });

  it.each([
    ["hangs up", "connection-reset", (socket: Socket) => socket.destroy()],
    ["resets", "connection-reset", (socket: Socket) => socket.resetAndDestroy()],
    ["says nothing", "no-answer", () => {}],
    ["stops in the headers", "no-answer", (s: Socket) => s.write("HTTP/1.1 2")],
    [
      "stops in the body",
      "no-answer",
      (s: Socket) => s.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
    ],
    [
      "ends before the length that it gave",
      "cut-short",
      (s: Socket) => s.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
    ],
    ["speaks another language", "not-http", (s: Socket) => s.end("220 ftp\r\n")],
    [
      "sends headers without end",
      "not-http",
      (s: Socket) => s.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`),
    ],
  ])("fails when the server %s: %s", async (_, code, talk) => {
    const server = await startRaw((socket) => void talk(socket));
    await expect(send(get(server.url, { timeoutMs: 300 }))).rejects.toMatchObject({
      name: "ProbeFailure",
      code,
    });
    await expect.poll(() => server.open.size).toBe(0);
  });

  it("fails when the server greets first, as ssh does", async () => {
    const server = await startRaw(() => {}, { greeting: "SSH-2.0-OpenSSH_9.6\r\n" });
    await expect(send(get(server.url))).rejects.toMatchObject({ code: "not-http" });
  });

  it("fails where nothing listens, and for a name that is none", async () => {
    const port = await findFreePort();
    await expect(send(get(`http://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: "connection-refused",
      message: "nothing listens there",
    });
    await expect(send(get("http://no-such-host.invalid"))).rejects.toMatchObject({
      code: "name-not-found",
    });
  });

  it("fails in time when a connection is never completed", async () => {
    const server = await startRaw(() => {});
    const url = server.url.replace("http:", "https:");
    await expect(send(get(url, { timeoutMs: 300 }))).rejects.toMatchObject({ code: "timed-out" });
    await expect.poll(() => server.open.size).toBe(0);
  });
});

describe("createRequester over TLS", () => {
  const good = readTls("good");
  it.each([
    ["nobody", "good", {}, "its certificate is signed by itself alone"],
    [
      "another authority",
      "good",
      { ca: readTls("elsewhere").cert },
      "its certificate is signed by itself alone",
    ],
    [
      "its authority, expired",
      "expired",
      { ca: readTls("expired").cert },
      "its certificate has expired",
    ],
    [
      "its authority, another name",
      "elsewhere",
      { ca: readTls("elsewhere").cert },
      "its certificate is for another name",
    ],
    [
      "exactly another one",
      "good",
      { exact: derOf(readTls("expired").cert) },
      "its certificate is not the one in the server's own file",
    ],
  ] as const)("sends nothing when it trusts %s", async (_, name, trust, message) => {
    const server = await startHttp((__, response) => response.end(), { tls: readTls(name) });
    await expect(send(get(server.url, { trust }))).rejects.toMatchObject({
      code: "tls-failed",
      message,
    });
    await expect.poll(() => server.open.size).toBe(0);
    expect(server.received).toEqual([]);
  });

  it.each([
    ["its authority", "good", { ca: good.cert }],
    ["anybody", "expired", { insecure: true }],
    ["exactly it, whatever its name", "elsewhere", { exact: derOf(readTls("elsewhere").cert) }],
    ["exactly it, expired", "expired", { exact: derOf(readTls("expired").cert) }],
  ] as const)("asks when it trusts %s", async (_, name, trust) => {
    const server = await startHttp((__, response) => response.end("ok"), { tls: readTls(name) });
    const expires = Date.UTC(name === "expired" ? 2021 : 2120, 0, 1);
    expect(await send(get(server.url, { trust }))).toMatchObject({
      status: 200,
      body: "ok",
      certificateExpires: expires,
    });
  });

  it("says so when the other side speaks no TLS", async () => {
    const server = await startHttp((_, response) => response.end());
    const url = server.url.replace("http:", "https:");
    await expect(send(get(url))).rejects.toMatchObject({ code: "tls-failed" });
  });
});
