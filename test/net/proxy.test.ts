import * as http from "node:http";
import * as net from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { generateKey } from "../../src/keys/generate.js";
import { probe } from "../../src/probe/probe.js";
import { chooseProxy } from "../../src/net/proxy.js";
import { createRequester, type HttpRequest } from "../../src/net/requester.js";
import { parseTarget } from "../../src/net/target.js";
import { createReferenceServer } from "../../src/reference-server/index.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { testMachine } from "../helpers/machine.js";
import { findFreePort, readTls, startHttp, startRaw } from "../probe/servers.js";

const key = generateKey("base64url");

describe("chooseProxy", () => {
  const proxy = "http://proxy.example:3128";
  it.each<[string, Record<string, string>, string | null]>([
    ["http://agent.example", {}, null],
    ["http://agent.example", { HTTP_PROXY: proxy }, proxy],
    ["http://agent.example", { http_proxy: proxy, HTTP_PROXY: "http://other.example" }, proxy],
    ["http://agent.example", { HTTPS_PROXY: proxy }, null],
    ["https://agent.example", { HTTPS_PROXY: proxy }, proxy],
    ["https://agent.example", { HTTP_PROXY: proxy }, null],
    ["https://agent.example", { ALL_PROXY: proxy }, proxy],
    ["http://agent.example", { HTTP_PROXY: "" }, null],
    ["http://agent.example", { HTTP_PROXY: "proxy.example" }, "http://proxy.example:80"],
    ["http://agent.example", { HTTP_PROXY: "http://[::1]:8080" }, "http://[::1]:8080"],
    // This machine's own are never proxied.
    ["http://127.0.0.1:8742", { HTTP_PROXY: proxy }, null],
    ["http://localhost", { HTTP_PROXY: proxy }, null],
    ["http://[::1]", { HTTP_PROXY: proxy }, null],
    ["http://0.0.0.0", { HTTP_PROXY: proxy }, null],
    ["unix:/run/agent.sock", { HTTP_PROXY: proxy }, null],
    // Nor is what NO_PROXY names.
    ["http://agent.example", { HTTP_PROXY: proxy, NO_PROXY: "agent.example" }, null],
    ["http://a.agent.example", { HTTP_PROXY: proxy, NO_PROXY: "x, agent.example" }, null],
    ["http://a.agent.example", { HTTP_PROXY: proxy, no_proxy: ".agent.example" }, null],
    ["http://a.agent.example", { HTTP_PROXY: proxy, no_proxy: "*.Agent.example" }, null],
    ["http://reagent.example", { HTTP_PROXY: proxy, NO_PROXY: "agent.example" }, proxy],
    ["http://agent.example", { HTTP_PROXY: proxy, NO_PROXY: "*" }, null],
    ["http://agent.example:81", { HTTP_PROXY: proxy, NO_PROXY: "agent.example:81" }, null],
    ["http://agent.example:82", { HTTP_PROXY: proxy, NO_PROXY: "agent.example:81" }, proxy],
    ["http://10.0.0.7", { HTTP_PROXY: proxy, NO_PROXY: "10.0.0.7" }, null],
    ["http://[fd00::7]", { HTTP_PROXY: proxy, NO_PROXY: "fd00::7" }, null],
    ["http://[fd00::8]", { HTTP_PROXY: proxy, NO_PROXY: "fd00::7" }, proxy],
    ["http://[fd00::7]", { HTTP_PROXY: proxy, NO_PROXY: "[fd00::7]" }, null],
    ["http://[fd00::7]:81", { HTTP_PROXY: proxy, NO_PROXY: "[FD00:0::7]:81" }, null],
    ["http://[fd00::7]:82", { HTTP_PROXY: proxy, NO_PROXY: "[fd00::7]:81" }, proxy],
    ["http://10.1.2.3", { HTTP_PROXY: proxy, NO_PROXY: "10.0.0.0/8" }, null],
    ["http://11.1.2.3", { HTTP_PROXY: proxy, NO_PROXY: "10.0.0.0/8" }, proxy],
    ["http://10.1.2.3", { HTTP_PROXY: proxy, NO_PROXY: "10.1.2.0/24:80,x" }, null],
    ["http://10.1.2.3", { HTTP_PROXY: proxy, NO_PROXY: "10.1.2.0/33 10.1.2.0/x 10.1.2.0/" }, proxy],
    ["http://10.1.2.3", { HTTP_PROXY: proxy, NO_PROXY: "0.0.0.0/0" }, null],
    ["http://[fd00::7]", { HTTP_PROXY: proxy, NO_PROXY: "fd00::/8" }, null],
    ["http://[fe00::7]", { HTTP_PROXY: proxy, NO_PROXY: "[fd00::]/8" }, proxy],
    ["http://agent.example", { HTTP_PROXY: proxy, NO_PROXY: "10.0.0.0/8" }, proxy],
    ["http://agent.example.", { HTTP_PROXY: proxy, NO_PROXY: "agent.example" }, null],
    ["http://agent.example", { HTTP_PROXY: proxy, NO_PROXY: ".agent.example." }, null],
    ["http://agent.example", { HTTP_PROXY: proxy, NO_PROXY: ". *. :80" }, proxy],
    ["http://10.1.2.3", { all_proxy: proxy, no_proxy: "10.1.2.3:443" }, proxy],
  ])("%s with %j: %s", (url, env, origin) => {
    expect(chooseProxy(parseTarget(url), env)?.origin ?? null).toBe(origin);
  });

  it("reads a user and a password, and does not show them", () => {
    const env = { HTTP_PROXY: "http://me:p%40ss@proxy.example:1" };
    const found = chooseProxy(parseTarget("http://agent.example"), env);
    expect(found?.authorization).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
    expect(found?.origin).toBe("http://proxy.example:1");
  });

  it.each([
    "socks5://s3cret@proxy.example",
    "https://proxy.example",
    "http://",
    "http://a b",
    // An escape that is none, and a key where the host belongs.
    "http://me:50%@proxy.example",
    "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE",
  ])("refuses %s without repeating it", (text) => {
    expect(() => chooseProxy(parseTarget("http://agent.example"), { HTTP_PROXY: text })).toThrow(
      expect.objectContaining({
        code: "usage",
        message: "the proxy in HTTP_PROXY is not an http proxy",
      }),
    );
  });

  it.each([
    ["http://agent.example", "ALL_PROXY"],
    ["https://agent.example", "all_proxy"],
    ["https://agent.example", "HTTPS_PROXY"],
    ["http://agent.example", "http_proxy"],
  ])("of %s names the variable that it read: %s", (url, variable) => {
    const env = { [variable]: "socks5://proxy.example" };
    expect(() => chooseProxy(parseTarget(url), env)).toThrow(
      `the proxy in ${variable} is not an http proxy`,
    );
  });
});

/** A proxy that takes every name for this machine, and remembers what it was asked. */
async function startProxy(port: number, status = 200) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const login = request.headers["proxy-authorization"] ?? "";
    asked.push(`${request.method} ${request.url} ${login}`.trim());
    const { pathname, search } = new URL(request.url ?? "");
    const headers = { ...request.headers };
    delete headers["proxy-authorization"];
    const onward = http.request({ port, path: pathname + search, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on("connect", (request, socket) => {
    socket.on("error", () => {});
    const login = request.headers["proxy-authorization"] ?? "";
    asked.push(`CONNECT ${request.url} ${login}`.trim());
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const onward = net.connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Yes\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const own = (server.address() as net.AddressInfo).port;
  return { asked, port: own, url: `http://127.0.0.1:${own}` };
}

describe("a request through a proxy", () => {
  const send = createRequester();
  const via = (url: string, env: string, more: Partial<HttpRequest> = {}): HttpRequest => {
    const proxy = chooseProxy(parseTarget(new URL(url).origin), { ALL_PROXY: env });
    if (proxy === null) throw new TypeError("the environment names no proxy");
    return { method: "GET", url, timeoutMs: 5000, proxy, ...more };
  };

  it("names the whole address over http", async () => {
    const server = await startHttp((_, response) => response.end("ok"));
    const proxy = await startProxy(server.port);
    const url = proxy.url.replace("//", "//me:pw@");
    const answer = await send(via("http://agent.example/a?b=1", url));
    expect(answer).toMatchObject({ status: 200, body: "ok", address: "127.0.0.1" });
    const login = Buffer.from("me:pw").toString("base64");
    expect(proxy.asked).toEqual([`GET http://agent.example/a?b=1 Basic ${login}`]);
    expect(server.received[0]).toContain("GET /a?b=1\nhost\nagent.example");
  });

  it("asks for a way through over https, and checks the server's certificate inside", async () => {
    const server = await startHttp((_, response) => response.end("ok"), { tls: readTls("good") });
    const proxy = await startProxy(server.port);
    const trust = { exact: derOf(readTls("good").cert) };
    const answer = await send(via("https://agent.example/a", proxy.url, { trust }));
    expect(answer).toMatchObject({ status: 200, body: "ok" });
    expect(answer.certificateExpires).not.toBeNull();
    expect(proxy.asked).toEqual(["CONNECT agent.example:443"]);
    await expect(send(via("https://agent.example/a", proxy.url))).rejects.toMatchObject({
      code: "tls-failed",
    });
  });

  it.each([
    [403, "the proxy refuses the connection: it answers 403"],
    [407, "the proxy refuses the connection: it answers 407"],
  ])("says so when the proxy answers %i", async (status, message) => {
    const proxy = await startProxy(1, status);
    await expect(send(via("https://agent.example", proxy.url))).rejects.toMatchObject({
      code: "proxy-failed",
      message,
    });
  });

  it("says so when no proxy is there, or one that hangs up", async () => {
    const nobody = `http://127.0.0.1:${await findFreePort()}`;
    await expect(send(via("http://agent.example", nobody))).rejects.toMatchObject({
      code: "proxy-failed",
      message: "the proxy cannot be reached: nothing listens there",
    });
    const rude = await startRaw((socket) => socket.destroy());
    await expect(send(via("https://agent.example", rude.url))).rejects.toMatchObject({
      code: "proxy-failed",
      message: "the proxy closed the connection",
    });
  });
});

const derOf = (pem: string) => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");

describe("a probe through a proxy", () => {
  it("asks on every transport, and says that it was proxied", async () => {
    const server = createReferenceServer({ system: "jean2", key, clock: Date });
    const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => server.close());
    const proxy = await startProxy(port);
    const machine = testMachine({ env: { HTTP_PROXY: proxy.url } });
    const report = await probe({
      system: jean2,
      url: "http://agent.example",
      key,
      machine,
      policy: { source: "given", allowPlaintext: true },
    });
    expect(report).toMatchObject({ verdict: "enforced", address: "127.0.0.1" });
    expect(report.findings).toContainEqual({
      id: "proxied",
      severity: "info",
      message: `it was asked through the proxy ${proxy.url}`,
      fix: null,
    });
    expect(proxy.asked).toContain("CONNECT agent.example:80");
  });

  it("does not use one for this machine's own server", async () => {
    const server = createReferenceServer({ system: "jean2", key, clock: Date });
    const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => server.close());
    const proxy = await startProxy(1);
    const machine = testMachine({ env: { HTTP_PROXY: proxy.url, ALL_PROXY: proxy.url } });
    const report = await probe({ system: jean2, url, key, machine });
    expect(report.verdict).toBe("enforced");
    expect(proxy.asked).toEqual([]);
  });
});
