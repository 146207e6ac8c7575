import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import * as os from "node:os";

import { describe, expect, it } from "vitest";

import { generateKey } from "../../src/keys/generate.js";
import { createMachine, type FileSystem } from "../../src/core/machine.js";
import { probe, type ProbeOptions } from "../../src/probe/probe.js";
import { createGenericSystem } from "../../src/systems/generic/generic.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { openjarvis } from "../../src/systems/openjarvis/openjarvis.js";
import {
  findFreePort,
  readTls,
  sendJson,
  startHttp,
  startRaw,
  type TestServer,
} from "./servers.js";

const key = generateKey("base64url");
const machine = createMachine({ process, date: Date });
const generic = createGenericSystem({ path: "/validate", transport: "bearer" });

const ask = (options: Partial<ProbeOptions> & { url: string }) =>
  probe({ system: jean2, key, machine, loggedUrls: true, ...options });

/** In none of its encodings, in nothing that the server was sent. */
function expectNoKey(server: TestServer): void {
  const spellings = [key, encodeURIComponent(key), Buffer.from(key).toString("base64url")];
  for (const spelling of spellings) expect(server.received.join("\n")).not.toContain(spelling);
}

/** Jean2, as far as it takes, before a part of it is replaced. */
const answerAsJean2: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
  const header = request.headers.authorization?.replace("Bearer ", "");
  const query = searchParams.get("token");
  const unauthorized = { error: "Unauthorized", message: "Invalid or missing API token" };
  if (pathname === "/api/info") {
    const features = { authentication: true };
    return sendJson(response, 200, { name: "AI Agent Server", version: "1.4.0", features });
  }
  if (pathname.startsWith("/ws")) {
    if (query !== key) return sendJson(response, 401, unauthorized);
    return void response.writeHead(400).end("WebSocket upgrade failed");
  }
  return (header ?? query) === key
    ? sendJson(response, 200, { valid: true })
    : sendJson(response, 401, unauthorized);
};

const isRoute = (request: IncomingMessage, route: string) => request.url?.split("?")[0] === route;
const hasKey = (request: IncomingMessage) =>
  `${request.url} ${request.headers.authorization}`.includes(key);

const page = (response: ServerResponse, status = 200) =>
  void response.writeHead(status, { "Content-Type": "text/html" }).end("<!doctype html><p>Hello");

describe("a server that is not the system never gets the key", () => {
  const always: Record<string, RequestListener> = {
    "200 and an empty object": (_, response) => sendJson(response, 200, {}),
    "200 and what Jean2 says": (_, response) => sendJson(response, 200, { valid: true }),
    "200 and some text": (_, response) => void response.writeHead(200).end("ok"),
    "204": (_, response) => void response.writeHead(204).end(),
    "a web page": (_, response) => page(response),
    "a web page without a type": (_, response) => void response.end("\n <HTML lang=en>"),
    "a web page, refusing": (_, response) => page(response, 401),
    "a redirect": (_, response) =>
      void response.writeHead(307, { Location: "https://login.example/?next=1" }).end(),
    "a redirect to nowhere": (_, response) => void response.writeHead(301).end(),
    "401 in other words": (_, response) => sendJson(response, 401, { code: "no" }),
    "404": (_, response) => sendJson(response, 404, {}),
    "500": (_, response) => sendJson(response, 500, {}),
    "429": (_, response) => sendJson(response, 429, {}),
  };

  it.each([
    ["200 and an empty object", jean2, "open", "lets-in-anybody"],
    ["200 and an empty object", openjarvis, "open", "lets-in-anybody"],
    ["200 and an empty object", generic, "open", "lets-in-anybody"],
    ["200 and what Jean2 says", jean2, "open", "lets-in-anybody"],
    ["200 and what Jean2 says", generic, "open", "lets-in-anybody"],
    ["200 and some text", jean2, "open", "lets-in-anybody"],
    ["200 and some text", openjarvis, "open", "lets-in-anybody"],
    ["200 and some text", generic, "open", "lets-in-anybody"],
    ["204", jean2, "open", "lets-in-anybody"],
    ["a web page", jean2, "wrong-service", "web-page"],
    ["a web page", openjarvis, "wrong-service", "web-page"],
    ["a web page", generic, "wrong-service", "web-page"],
    ["a web page without a type", jean2, "wrong-service", "web-page"],
    ["a web page, refusing", jean2, "inconclusive", "other-login"],
    ["a web page, refusing", openjarvis, "inconclusive", "other-login"],
    ["a redirect", jean2, "wrong-service", "redirected"],
    ["a redirect", openjarvis, "wrong-service", "redirected"],
    ["a redirect", generic, "wrong-service", "redirected"],
    ["a redirect to nowhere", jean2, "wrong-service", "redirected"],
    ["401 in other words", jean2, "wrong-service", "not-recognised"],
    ["401 in other words", openjarvis, "wrong-service", "not-recognised"],
    ["404", jean2, "wrong-service", "not-recognised"],
    ["500", jean2, "inconclusive", "server-busy"],
    ["500", generic, "inconclusive", "server-busy"],
    ["429", openjarvis, "inconclusive", "server-busy"],
  ] as const)("%s (%#)", async (what, system, verdict, code) => {
    const server = await startHttp((request, response) => always[what]?.(request, response));
    const report = await ask({ system, url: server.url });
    expect(report).toMatchObject({ verdict, reason: { code } });
    expect(server.received.length).toBeGreaterThan(2);
    expectNoKey(server);
    await expect.poll(() => server.open.size).toBe(0);
  });

  it("is named by its own word", async () => {
    const server = await startHttp((_, response) =>
      response.writeHead(404, { Server: "nginx/1.25" }).end(),
    );
    const { reason } = await ask({ url: server.url });
    expect(reason.message).toBe("this is not Jean2: it answers 404, no such route (nginx/1.25)");
  });

  it("cannot make the terminal obey", async () => {
    const server = await startHttp((_, response) =>
      sendJson(response, 200, { name: "AI Agent Server", version: "1\u001b]0;x\u0007" }),
    );
    expect(await ask({ url: server.url })).toMatchObject({ version: "1 ]0;x" });
  });

  it("names where a redirect leads, without its path, and does not go there", async () => {
    const other = await startHttp((_, response) => response.end());
    const server = await startHttp((_, response) =>
      response.writeHead(302, { Location: `${other.url}/login?x=1` }).end(),
    );
    const { reason } = await ask({ url: server.url });
    expect(reason.message).toBe(`this is not Jean2: it redirects to ${other.url}`);
    expect(other.received).toEqual([]);
  });

  it.each<[string, RequestListener, string, string]>([
    [
      "refuses in other words than Jean2",
      (request, response) =>
        isRoute(request, "/api/info")
          ? answerAsJean2(request, response)
          : sendJson(response, 401, { message: "no" }),
      "wrong-service",
      "not-recognised",
    ],
    [
      "refuses in other words on a socket",
      (request, response) =>
        isRoute(request, "/ws")
          ? sendJson(response, 401, { message: "no" })
          : answerAsJean2(request, response),
      "wrong-service",
      "not-recognised",
    ],
    [
      "says that authentication is off, and refuses",
      (request, response) =>
        isRoute(request, "/api/info")
          ? sendJson(response, 200, {
              name: "AI Agent Server",
              features: { authentication: false },
            })
          : answerAsJean2(request, response),
      "open",
      "authentication-off",
    ],
    [
      "says that authentication is on, and lets garbage in",
      (request, response) =>
        request.url?.includes("token=") === true
          ? sendJson(response, 200, { valid: true })
          : answerAsJean2(request, response),
      "open",
      "lets-in-anybody",
    ],
    [
      "takes any header",
      (request, response) =>
        request.headers.authorization === undefined
          ? answerAsJean2(request, response)
          : sendJson(response, 200, { valid: true }),
      "open",
      "lets-in-garbage",
    ],
    [
      "opens its terminal to anybody",
      (request, response) =>
        isRoute(request, "/ws/terminal")
          ? sendJson(response, 400, { error: "bad_request" })
          : answerAsJean2(request, response),
      "open",
      "lets-in-anybody",
    ],
    [
      "redirects what is protected",
      (request, response) =>
        isRoute(request, "/api/auth/verify")
          ? void response.writeHead(302, { Location: "https://login.example" }).end()
          : answerAsJean2(request, response),
      "wrong-service",
      "redirected",
    ],
    [
      "fails where it protects",
      (request, response) =>
        isRoute(request, "/api/auth/verify")
          ? sendJson(response, 503, {})
          : answerAsJean2(request, response),
      "inconclusive",
      "server-busy",
    ],
  ])("is Jean2 by name, and %s", async (_, answer, verdict, code) => {
    const server = await startHttp(answer);
    const report = await ask({ url: server.url });
    expect(report).toMatchObject({ verdict, reason: { code } });
    expectNoKey(server);
  });
});

describe("a server that is the system, up to a point", () => {
  it.each<[string, RequestListener, string, string, string[]]>([
    [
      "takes the header and refuses the socket",
      (request, response) => {
        if (!isRoute(request, "/ws")) return answerAsJean2(request, response);
        const message = "Invalid or missing API token for WebSocket connection";
        return sendJson(response, 401, { error: "Unauthorized", message });
      },
      "inconclusive",
      "transports-disagree",
      ["transports-disagree", "key-in-url"],
    ],
    [
      "has no terminals",
      (request, response) =>
        request.url?.startsWith("/ws/terminal") === true
          ? sendJson(response, 404, {})
          : answerAsJean2(request, response),
      "enforced",
      "key-required",
      ["key-in-url"],
    ],
    [
      "has a terminal for some",
      (request, response) =>
        request.url === "/ws/terminal"
          ? sendJson(response, 404, {})
          : answerAsJean2(request, response),
      "inconclusive",
      "answers-unclear",
      ["key-in-url"],
    ],
    [
      "redirects whoever has the key",
      (request, response) =>
        hasKey(request)
          ? void response.writeHead(307, { Location: "https://login.example" }).end()
          : answerAsJean2(request, response),
      "inconclusive",
      "redirected",
      [],
    ],
    [
      "fails for whoever has the key",
      (request, response) =>
        hasKey(request) ? sendJson(response, 500, {}) : answerAsJean2(request, response),
      "inconclusive",
      "server-busy",
      [],
    ],
    [
      "shows a page to whoever has the key",
      (request, response) => (hasKey(request) ? page(response) : answerAsJean2(request, response)),
      "inconclusive",
      "web-page",
      [],
    ],
    [
      "lets the query win over the header",
      (request, response) => {
        if (request.url?.includes("token=") === true) delete request.headers.authorization;
        answerAsJean2(request, response);
      },
      "enforced",
      "key-required",
      ["key-in-url", "precedence"],
    ],
  ])("%s", async (_, answer, verdict, code, findings) => {
    const server = await startHttp(answer);
    const report = await ask({ url: server.url });
    expect(report).toMatchObject({ verdict, reason: { code } });
    expect(report.findings.map(({ id }) => id)).toEqual([...findings, "any-host"]);
  });

  it("repeats the key in every answer, and not in the report", async () => {
    const server = await startHttp((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://x");
      if (pathname === "/api/info") return answerAsJean2(request, response);
      const seen = `${request.url} ${request.headers.authorization}`;
      response.setHeader("Server", seen);
      const message = `Invalid or missing API token: ${seen}`;
      return sendJson(response, 401, { error: "Unauthorized", message });
    });
    const odd = `${key}+/=`;
    for (const tried of [key, odd]) {
      const report = await ask({ url: server.url, key: tried });
      expect(report).toMatchObject({ verdict: "key-rejected" });
      expect(report.findings).toContainEqual({
        id: "key-echoed",
        severity: "warning",
        message: "/api/auth/verify repeats the credential in its answer",
        fix: null,
      });
      expect(JSON.stringify(report)).not.toContain(key);
    }
  });
});

describe("a server that hardly answers", () => {
  it.each([
    ["is silent", () => {}, "inconclusive", "no-answer"],
    ["drips", "HTTP/1.1 200 O", "inconclusive", "no-answer"],
    [
      "ends too early",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}\n\n",
      "inconclusive",
      "cut-short",
    ],
    ["speaks another language", "220 mail.example ESMTP\r\n", "wrong-service", "not-http"],
    ["hangs up", "", "unreachable", "connection-reset"],
  ] as const)("%s", async (_, talk, verdict, code) => {
    const server = await startRaw((socket) => {
      if (typeof talk === "function") talk();
      else if (talk.endsWith("O")) socket.write(talk);
      else socket.end(talk);
    });
    const report = await ask({ url: server.url, timeoutMs: 300 });
    expect(report).toMatchObject({ verdict, reason: { code }, address: null, checks: [] });
    expectNoKey(server);
    await expect.poll(() => server.open.size).toBe(0);
  });

  it("says less than it promised", async () => {
    const body = JSON.stringify({ name: "AI Agent Server" });
    const server = await startRaw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${body}`),
    );
    expect(await ask({ url: server.url })).toMatchObject({ verdict: "open" });
    expectNoKey(server);
  });

  it.each([
    [200, "open"],
    [401, "wrong-service"],
  ])("answers %i without end", async (status, verdict) => {
    const server = await startHttp((_, response) => {
      response.on("error", () => {}).writeHead(status, { "Content-Type": "application/json" });
      const more = () => {
        while (!response.destroyed && response.write("[".repeat(10_000)));
        response.once("drain", more);
      };
      more();
    });
    expect(await ask({ url: server.url })).toMatchObject({ verdict });
    expectNoKey(server);
    await expect.poll(() => server.open.size).toBe(0);
  });

  it("is not there", async () => {
    const report = await ask({ url: `http://127.0.0.1:${await findFreePort()}` });
    expect(report).toMatchObject({
      address: null,
      version: null,
      verdict: "unreachable",
      reason: { code: "connection-refused", message: "nothing listens there" },
      checks: [],
      findings: [],
    });
  });

  it("has a name that nobody knows", async () => {
    const report = await ask({ url: "https://no-such-host.invalid" });
    expect(report).toMatchObject({
      verdict: "unreachable",
      reason: { code: "name-not-found" },
    });
  });

  it("is silent on one route", async () => {
    const server = await startHttp((request, response) => {
      if (!isRoute(request, "/ws")) answerAsJean2(request, response);
    });
    const report = await ask({ url: server.url, timeoutMs: 500 });
    expect(report).toMatchObject({ verdict: "inconclusive", reason: { code: "no-answer" } });
  });
});

describe("two servers behind localhost", () => {
  it("asks the one that is the system, and sends the key to it alone", async () => {
    const port = await findFreePort();
    const other = await startHttp((_, response) => sendJson(response, 404, {}), { port });
    const server = await startHttp(answerAsJean2, { host: "::1", port });
    const report = await ask({ url: `http://localhost:${port}` });
    expect(report).toMatchObject({ verdict: "enforced", address: "::1" });
    expectNoKey(other);
    expect(other.received).toHaveLength(1);
    expect(server.received.join("\n")).toContain(key);
  });

  it("says what answers first when neither is", async () => {
    const port = await findFreePort();
    await startHttp((_, response) => page(response), { port });
    await startHttp((_, response) => sendJson(response, 404, {}), { host: "::1", port });
    const report = await ask({ url: `http://localhost:${port}` });
    expect(report).toMatchObject({ verdict: "wrong-service", reason: { code: "web-page" } });
  });

  it("goes on to the second when the first is silent", async () => {
    const port = await findFreePort();
    await startHttp(() => {}, { port });
    await startHttp(answerAsJean2, { host: "::1", port });
    const report = await ask({ url: `http://localhost:${port}`, timeoutMs: 1000 });
    expect(report).toMatchObject({ verdict: "enforced", address: "::1" });
  });
});

describe("TLS", () => {
  it.each([
    ["nobody", "good", {}],
    ["its authority, expired", "expired", { ca: readTls("expired").cert }],
    ["its authority, another name", "elsewhere", { ca: readTls("elsewhere").cert }],
  ] as const)("tells nothing to a server when trusting %s", async (_, name, trust) => {
    const server = await startHttp(answerAsJean2, { tls: readTls(name) });
    const report = await ask({ url: server.url, trust });
    expect(report).toMatchObject({ verdict: "unreachable", reason: { code: "tls-failed" } });
    expect(server.received).toEqual([]);
  });

  it.each([
    ["its authority", "good", { ca: readTls("good").cert }, []],
    ["anybody", "expired", { insecure: true }, ["tls-unverified", "certificate-expired"]],
  ] as const)("asks when trusting %s", async (_, name, trust, findings) => {
    const server = await startHttp(answerAsJean2, { tls: readTls(name) });
    const report = await ask({ url: server.url, trust });
    expect(report).toMatchObject({ verdict: "enforced" });
    expect(report.findings.map(({ id }) => id)).toEqual([...findings, "key-in-url", "any-host"]);
  });

  it("says when the certificate is about to expire", async () => {
    const server = await startHttp(answerAsJean2, { tls: readTls("good") });
    const now = Date.UTC(2119, 11, 20);
    const report = await ask({
      url: server.url,
      trust: { ca: readTls("good").cert },
      machine: { ...machine, clock: { ...machine.clock, now: () => now } },
    });
    expect(report.findings).toContainEqual({
      id: "certificate-expiring",
      severity: "warning",
      message: "its certificate expires on 2120-01-01",
      fix: "renew it",
    });
  });
});

describe.runIf(process.platform === "linux")("a listener of somebody else", () => {
  const stranger = os.userInfo().uid + 1;
  const listener = {
    keyFile: { uid: stranger, gid: stranger, mode: 0o600 },
    unitUser: null,
  };
  // Root's own server is everybody's friend: its rows are read as those of another user.
  const fs: FileSystem = {
    ...machine.fs,
    readSync: ((fd: number, chunk: Buffer) => {
      const length = machine.fs.readSync(fd, chunk);
      const rows = chunk.toString("latin1", 0, length).replace(/ {4}0(?= +0 )/, "65534");
      chunk.write(rows, "latin1");
      return length;
    }) as typeof machine.fs.readSync,
  };

  it("is named and does not get the key", async () => {
    const server = await startHttp(answerAsJean2);
    const attempt = ask({ url: server.url, listener, machine: { ...machine, fs } });
    await expect(attempt).rejects.toMatchObject({
      code: "target-refused",
      message: expect.stringContaining(`the server on port ${server.port} belongs to `) as string,
    });
    expectNoKey(server);
  });

  it("gets it when anybody may", async () => {
    const server = await startHttp(answerAsJean2);
    const report = await ask({
      url: server.url,
      listener: "anybody",
      machine: { ...machine, fs },
    });
    expect(report.verdict).toBe("enforced");
  });
});
