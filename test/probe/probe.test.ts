import { describe, expect, it, onTestFinished } from "vitest";

import { generateKey } from "../../src/keys/generate.js";
import { probe, type ProbeOptions } from "../../src/probe/probe.js";
import type { CheckReport, ProbeReport } from "../../src/probe/report.js";
import {
  createReferenceServer,
  type ReferenceServerOptions,
} from "../../src/reference-server/index.js";
import { createGenericSystem } from "../../src/systems/generic/generic.js";
import { parseJsonCondition } from "../../src/systems/generic/generic-probe.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { openjarvis } from "../../src/systems/openjarvis/openjarvis.js";
import type { OpenJarvisRelease } from "../../src/systems/openjarvis/openjarvis-wire.js";
import { testMachine } from "../helpers/machine.js";
import { sendJson, startHttp } from "./servers.js";

const jean2Key = generateKey("base64url");
const jarvisKey = generateKey("openjarvis");

async function serve(options: ReferenceServerOptions): Promise<string> {
  const server = createReferenceServer(options);
  const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  return url;
}

const ask = (options: Omit<ProbeOptions, "machine">) =>
  probe({ ...options, machine: testMachine() });

/** A check in one line: `header-key: accept (200, valid)`, with `!` where it is not as expected. */
const line = ({ id, observed, detail, ok }: CheckReport) =>
  `${id}: ${observed} (${detail})${ok ? "" : " !"}`;

const idsOf = ({ findings }: ProbeReport) => findings.map(({ id }) => id);

describe("probe of Jean2", () => {
  const serveJean2 = (key: string | null) => serve({ system: "jean2", key, clock: Date });

  it("says enforced when the key is asked for everywhere", async () => {
    const url = await serveJean2(jean2Key);
    const report = await ask({ system: jean2, url, key: jean2Key });
    expect(report).toMatchObject({
      url,
      address: "127.0.0.1",
      system: "jean2",
      version: "1.4.0",
      verdict: "enforced",
      reason: { code: "key-required", message: "Jean2 accepts the key and nothing else" },
    });
    expect(report.checks.map(line)).toEqual([
      "header-none: refuse (401)",
      "header-garbage: refuse (401)",
      "header-key: accept (200, valid)",
      "query-none: refuse (401)",
      "query-garbage: refuse (401)",
      "header-wins: accept (200, valid)",
      "websocket-none: refuse (401)",
      "websocket-garbage: refuse (401)",
      "websocket-key: accept (101, and it stays open)",
      "websocket-header-garbage: refuse (401)",
      "websocket-header-key: refuse (401)",
      "terminal-none: refuse (401)",
      "terminal-garbage: refuse (401)",
      "terminal-key: accept (400, only the upgrade is missing)",
      "terminal-events-none: refuse (401)",
      "terminal-events-garbage: refuse (401)",
      "terminal-events-key: accept (400, only the upgrade is missing)",
    ]);
    expect(report.findings).toEqual([
      {
        id: "key-in-url",
        severity: "info",
        message: "Jean2 accepts the key in the URL, where proxies and browsers keep it",
        fix: "use the header",
      },
      {
        id: "any-origin",
        severity: "info",
        message: "its CORS headers let a script of any web page read its answers",
        fix: null,
      },
      {
        id: "any-host",
        severity: "info",
        message: "it answers to any host name, so that a web page can reach it by DNS rebinding",
        fix: null,
      },
    ]);
  });

  it("tries the key in URLs that are logged only when it is asked to, and says so", async () => {
    const url = await serveJean2(jean2Key);
    const report = await ask({ system: jean2, url, key: jean2Key, loggedUrls: true });
    expect(report.checks.map(line)).toEqual(
      expect.arrayContaining(["query-key: accept (200, valid)", "query-loses: refuse (401)"]),
    );
    expect(report.findings[0]).toMatchObject({
      id: "key-in-url",
      message:
        "Jean2 accepts the key in the URL and writes URLs to its log, those of this probe too",
    });
  });

  it("says closed without a key, and sends none", async () => {
    const report = await ask({ system: jean2, url: await serveJean2(jean2Key), key: null });
    expect(report).toMatchObject({ verdict: "closed", reason: { code: "refuses-strangers" } });
    const credentials = new Set(report.checks.map(({ credential }) => credential));
    expect([...credentials]).toEqual(["none", "garbage"]);
  });

  it("says key-rejected for another key", async () => {
    const url = await serveJean2(jean2Key);
    const report = await ask({ system: jean2, url, key: generateKey("base64url") });
    expect(report).toMatchObject({
      verdict: "key-rejected",
      reason: { code: "key-refused", message: "Jean2 refuses every request, with this key too" },
    });
  });

  it("says open when authentication is off, and keeps the key at home", async () => {
    const report = await ask({ system: jean2, url: await serveJean2(null), key: jean2Key });
    expect(report).toMatchObject({
      verdict: "open",
      reason: { code: "authentication-off", message: "Jean2 says that its authentication is off" },
    });
    expect(report.checks.map(({ credential }) => credential)).not.toContain("key");
  });

  it("takes a key that has to be encoded in a URL", async () => {
    const key = "Pa+s/w=rd & more? 100% of thirty-two characters";
    const url = await serveJean2(key);
    expect(await ask({ system: jean2, url, key })).toMatchObject({ verdict: "enforced" });
  });

  it("names the address when localhost answers on one of two", async () => {
    const url = (await serveJean2(jean2Key)).replace("127.0.0.1", "localhost");
    const report = await ask({ system: jean2, url, key: jean2Key });
    expect(report).toMatchObject({ verdict: "enforced", address: "127.0.0.1" });
    expect(idsOf(report)).toContain("localhost");
  });
});

describe("probe of OpenJarvis", () => {
  const serveJarvis = (key: string | null, release: OpenJarvisRelease = "current") =>
    serve({ system: "openjarvis", key, clock: Date, release });

  it("says enforced when the key is asked for everywhere", async () => {
    const url = await serveJarvis(jarvisKey);
    const report = await ask({ system: openjarvis, url, key: jarvisKey, loggedUrls: true });
    expect(report).toMatchObject({ version: null, verdict: "enforced" });
    expect(report.checks.map(line)).toEqual([
      "header-none: refuse (401)",
      "header-garbage: refuse (401)",
      "header-key: accept (200, the server's details)",
      "query-none: refuse (401)",
      "query-garbage: refuse (401)",
      "query-key: refuse (401)",
      "metrics-none: refuse (401)",
      "metrics-garbage: refuse (401)",
      "metrics-key: accept (200, the metrics)",
      "websocket-header-none: refuse (403)",
      "websocket-header-garbage: refuse (403)",
      "websocket-header-key: accept (101, and it stays open)",
      "websocket-protocols-garbage: refuse (403)",
      "websocket-protocols-key: accept (101, and it stays open)",
      "websocket-query-garbage: refuse (403)",
      "websocket-query-key: refuse (403)",
      "websocket-header-valid: accept (101, and it stays open)",
      "websocket-protocols-valid: accept (101, and it stays open)",
      "events-none: refuse (403)",
      "events-garbage: refuse (403)",
    ]);
    expect(report.generation).toBe("current");
    expect(idsOf(report)).toEqual(["any-host", "documentation-public"]);
  });

  it("says open when there is no key", async () => {
    const report = await ask({ system: openjarvis, url: await serveJarvis(null), key: jarvisKey });
    expect(report).toMatchObject({
      verdict: "open",
      reason: { code: "lets-in-anybody", message: "/v1/info answers without a key" },
    });
  });

  it("says open when only the WebSocket is, as in old releases, and finds the open routes", async () => {
    const url = await serveJarvis(jarvisKey, "1.0.2");
    const report = await ask({ system: openjarvis, url, key: jarvisKey });
    expect(report).toMatchObject({
      generation: "1.0.2",
      verdict: "open",
      reason: { code: "lets-in-anybody", message: "/v1/chat/stream answers without a key" },
    });
    const open = report.findings.filter(({ id }) => id === "route-open");
    expect(open.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      "error: /v1/chat/stream, as a WebSocket, answers without the key",
      "error: /v1/agents/events, as a WebSocket, answers without the key",
      "warning: /metrics answers without the key",
    ]);
  });

  it("expects of v1.0.3 what it does", async () => {
    const url = await serveJarvis(jarvisKey, "1.0.3");
    const report = await ask({ system: openjarvis, url, key: jarvisKey, loggedUrls: true });
    expect(report).toMatchObject({ generation: "1.0.3", verdict: "enforced" });
    expect(
      report.checks.filter(({ transport }) => transport.startsWith("websocket")).map(line),
    ).toEqual([
      "websocket-header-none: refuse (403)",
      "websocket-header-garbage: refuse (403)",
      "websocket-header-key: accept (101, and it stays open)",
      "websocket-protocols-garbage: refuse (403)",
      "websocket-protocols-key: refuse (403)",
      "websocket-query-garbage: refuse (403)",
      "websocket-query-key: accept (101, and it stays open)",
      "websocket-query-wins: refuse (403)",
      "events-none: refuse (403)",
      "events-garbage: refuse (403)",
    ]);
    expect(idsOf(report)).toContain("key-in-url");
  });

  it.each([
    [jean2, "openjarvis", "this is not Jean2: it answers like OpenJarvis"],
    [openjarvis, "jean2", "this is not OpenJarvis: it answers like Jean2"],
  ] as const)("names the other system", async (system, other, message) => {
    const url = await serve({ system: other, key: jean2Key, clock: Date });
    expect(await ask({ system, url, key: jean2Key })).toMatchObject({
      verdict: "wrong-service",
      reason: { code: "not-recognised", message },
      version: null,
    });
  });
});

describe("probe of a validate endpoint", () => {
  interface Given {
    readonly good: [number, unknown];
    readonly bad: [number, unknown];
  }
  const validate = async (
    { good, bad }: Given,
    transport: "bearer" | "query",
    condition?: string,
  ) => {
    const server = await startHttp((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
      const presented =
        transport === "bearer"
          ? request.headers.authorization?.slice("Bearer ".length)
          : searchParams.get("token");
      if (pathname !== "/validate") return sendJson(response, 404, {});
      return sendJson(response, ...(presented === jean2Key ? good : bad));
    });
    const acceptJson = condition === undefined ? undefined : parseJsonCondition(condition);
    const system = createGenericSystem({ path: "/validate", transport, acceptJson });
    return ask({ system, url: server.url, key: jean2Key });
  };

  it.each<[string, Given, string, string, string?]>([
    ["401", { good: [200, { ok: true }], bad: [401, { ok: false }] }, "enforced", "key-required"],
    ["403", { good: [200, { valid: true }], bad: [403, {}] }, "enforced", "key-required"],
    ["no such field", { good: [200, { user: 1 }], bad: [401, {}] }, "enforced", "key-required"],
    [
      "200 that denies",
      { good: [200, { ok: true }], bad: [200, { ok: false }] },
      "enforced",
      "key-required",
    ],
    [
      "authenticated",
      { good: [200, { authenticated: true }], bad: [200, { authenticated: false }] },
      "enforced",
      "key-required",
    ],
    [
      "one of two false",
      { good: [200, { ok: true }], bad: [200, { ok: true, valid: false }] },
      "enforced",
      "key-required",
    ],
    ["the key refused", { good: [401, {}], bad: [401, {}] }, "inconclusive", "form-unknown"],
    [
      "the key denied",
      { good: [200, { valid: false }], bad: [401, {}] },
      "key-rejected",
      "key-refused",
    ],
    [
      "garbage taken",
      { good: [200, { ok: true }], bad: [200, { ok: true }] },
      "open",
      "lets-in-anybody",
    ],
    [
      "no key required",
      { good: [200, {}], bad: [200, { ok: true, token_required: false }] },
      "open",
      "authentication-off",
    ],
    [
      "500 to garbage",
      { good: [200, { ok: true }], bad: [500, {}] },
      "inconclusive",
      "server-busy",
    ],
    ["500 to the key", { good: [500, {}], bad: [401, {}] }, "inconclusive", "server-busy"],
    ["429", { good: [200, { ok: true }], bad: [429, {}] }, "inconclusive", "server-busy"],
    ["404", { good: [200, { ok: true }], bad: [404, {}] }, "wrong-service", "not-recognised"],
    ["an array for the key", { good: [200, [1]], bad: [401, {}] }, "enforced", "key-required"],
    ["true for the key", { good: [200, true], bad: [401, {}] }, "enforced", "key-required"],
    ["an empty list", { good: [200, []], bad: [403, []] }, "enforced", "key-required"],
    ["false for the key", { good: [200, false], bad: [401, {}] }, "key-rejected", "key-refused"],
    [
      "a condition met",
      { good: [200, { data: { state: "on" } }], bad: [200, { data: { state: "off" } }] },
      "enforced",
      "key-required",
      "data.state=on",
    ],
    [
      "a condition met by all",
      { good: [200, { valid: true }], bad: [200, { valid: true }] },
      "open",
      "lets-in-anybody",
      "valid=true",
    ],
    [
      "a condition not met",
      { good: [200, { valid: "true" }], bad: [401, {}] },
      "key-rejected",
      "key-refused",
      "valid=true",
    ],
  ])("judges %s", async (_, given, verdict, code, condition) => {
    for (const transport of ["bearer", "query"] as const) {
      const report = await validate(given, transport, condition);
      expect(report).toMatchObject({ system: "generic", verdict, reason: { code } });
      expect(JSON.stringify(report)).not.toContain(jean2Key);
    }
  });

  it("keeps a query that the path has", async () => {
    const server = await startHttp((_, response) => sendJson(response, 401, {}));
    const system = createGenericSystem({ path: "/check?kind=agent", transport: "query" });
    await ask({ system, url: `${server.url}/below/`, key: jean2Key });
    expect(server.received.at(-1)).toContain(`GET /below/check?kind=agent&token=${jean2Key}\n`);
  });

  it.each(["validate", "", "//other.example/", "/a b", "/a#b", "/é"])(
    "refuses %j as a path",
    (path) => {
      expect(() => createGenericSystem({ path, transport: "bearer" })).toThrow(
        expect.objectContaining({ code: "usage" }),
      );
    },
  );

  it.each([
    ["valid=true", { names: ["valid"], value: true }],
    ["a.b=x=y", { names: ["a", "b"], value: "x=y" }],
    ["count=3", { names: ["count"], value: 3 }],
    ["state=", { names: ["state"], value: "" }],
  ])("reads the condition %s", (text, condition) => {
    expect(parseJsonCondition(text)).toEqual(condition);
  });

  it.each(["valid", "=true", "a..b=1", ""])("refuses %j as a condition", (text) => {
    expect(() => parseJsonCondition(text)).toThrow(
      expect.objectContaining({ code: "usage", message: `not a condition on an answer: ${text}` }),
    );
  });
});

describe("probe, before anything is sent", () => {
  it.each([
    ["an empty key", { key: "" }, { name: "TypeError" }],
    ["a key with a newline", { key: "abc\ndef" }, { code: "key-refused" }],
    ["a key beyond ASCII", { key: "clé-secrète" }, { code: "key-refused" }],
    ["a key that ends with a blank", { key: "abc " }, { code: "key-refused" }],
    ["plain http elsewhere", { key: "abc", url: "http://10.0.0.1" }, { code: "target-refused" }],
    ["no URL", { key: null, url: "nowhere" }, { code: "usage" }],
  ])("refuses %s", async (_, options, error) => {
    const server = await startHttp((__, response) => response.end());
    const attempt = ask({ system: jean2, url: server.url, ...options });
    await expect(attempt).rejects.toMatchObject(error);
    expect(server.received).toEqual([]);
  });

  it("goes on without the stored key where nobody named the server", async () => {
    const asked: string[] = [];
    const report = await ask({
      system: jean2,
      url: "http://agent.example",
      key: jean2Key,
      policy: { source: "stored" },
      request: async ({ url, headers = [] }) => {
        asked.push(url, ...headers.flat());
        const body = url.endsWith("/api/info")
          ? { name: "AI Agent Server", version: "1.4.0", features: { authentication: true } }
          : { error: "Unauthorized", message: "Invalid or missing API token" };
        return {
          status: url.endsWith("/api/info") ? 200 : 401,
          headers: {},
          body: JSON.stringify(body),
          truncated: false,
          address: "203.0.113.5",
          certificateExpires: null,
        };
      },
    });
    expect(report.verdict).toBe("closed");
    expect(idsOf(report)).toEqual(["no-tls", "any-host", "key-withheld"]);
    expect(report.findings[2]?.message).toBe(
      "the key of this machine is not sent to http://agent.example",
    );
    expect(asked.join(" ")).not.toContain(jean2Key);
  });
});
