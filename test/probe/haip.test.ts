import { createHmac } from "node:crypto";

import { describe, expect, it, onTestFinished } from "vitest";

import { generateKey } from "../../src/keys/generate.js";
import { createMachine } from "../../src/core/machine.js";
import { probe, type ProbeOptions } from "../../src/probe/probe.js";
import type { CheckReport, ProbeReport } from "../../src/probe/report.js";
import { createReferenceServer } from "../../src/reference-server/index.js";
import { haip } from "../../src/systems/haip/haip.js";
import type { HaipRelease } from "../../src/systems/haip/haip-wire.js";
import { opensInSilence, pongsToAll, streamsNothing } from "../helpers/hostile/index.js";

const secret = generateKey("base64url");
const machine = createMachine({ process, date: Date });

async function serve(release: HaipRelease, key: string | null = secret): Promise<number> {
  const server = createReferenceServer({ system: "haip", key, clock: Date, release });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => server.close());
  return port;
}

const ask = (url: string, options: Partial<ProbeOptions> = {}) =>
  probe({
    system: haip,
    url,
    key: secret,
    machine,
    policy: { source: "stored" },
    ...options,
  });

const askPort = (port: number, options: Partial<ProbeOptions> = {}) =>
  ask(`http://127.0.0.1:${port}`, options);

const line = ({ id, observed, detail, ok }: CheckReport) =>
  `${id}: ${observed} (${detail})${ok ? "" : " !"}`;

const idsOf = ({ findings }: ProbeReport) => findings.map(({ id }) => id);

/** A JWT as an issuer of the caller's would make one; seconds from now. */
function makeJwt(key: string, lifetime: number, start = 0): string {
  const iat = Math.floor(Date.now() / 1000) + start;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { userId: "me", iss: "haip-server", aud: "haip-client", iat, exp: iat + lifetime };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

describe("probe of HAIP today", () => {
  it("takes a PONG alone for acceptance, and says what is open by design", async () => {
    const report = await askPort(await serve("current"));
    expect(report).toMatchObject({
      system: "haip",
      generation: "current",
      verdict: "enforced",
      reason: { code: "key-required" },
    });
    expect(report.checks.map(line)).toEqual([
      "message-first: refuse (NOT HAI)",
      "message-none: refuse (FAILED_AUTH)",
      "message-garbage: refuse (FAILED_AUTH)",
      "message-key: accept (PONG)",
      "websocket-none: accept (101, and its greeting)",
      "websocket-garbage: accept (101, and its greeting)",
      "event-stream-none: accept (200, and its greeting)",
      "event-stream-garbage: accept (200, and its greeting)",
      "http-stream-none: accept (200, and its greeting)",
      "http-stream-garbage: accept (200, and its greeting)",
      "websocket-protocols-garbage: accept (101, and its greeting)",
    ]);
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        id: "haip-layer",
        severity: "info",
        message: expect.stringContaining(
          "the HTTP authentication of the documentation is absent",
        ) as string,
      }),
    );
    expect(idsOf(report)).not.toContain("route-open");
  });

  it("says closed without a secret, and key-rejected with another one", async () => {
    const port = await serve("current");
    expect(await askPort(port, { key: null })).toMatchObject({ verdict: "closed" });
    expect(await askPort(port, { key: generateKey("base64url") })).toMatchObject({
      verdict: "key-rejected",
    });
  });

  it("lets nobody in where the host program has set no function", async () => {
    const report = await askPort(await serve("current", null));
    expect(report).toMatchObject({ verdict: "key-rejected" });
    expect(report.checks.map(line)).toContain("message-key: refuse (NOT HAI) !");
  });

  it("takes a JWT that the caller brings, and never one that is none", async () => {
    const port = await serve("current");
    const given = { policy: { source: "given" } } as const;
    const good = await askPort(port, { ...given, key: makeJwt(secret, 600) });
    expect(good).toMatchObject({ verdict: "enforced" });
    expect(idsOf(good)).not.toContain("long-lifetime");
    for (const key of [secret, "a.b.c", "..", `${makeJwt(secret, 60)}.x`]) {
      await expect(askPort(port, { ...given, key })).rejects.toMatchObject({
        code: "key-refused",
        message: "the key that was given is no JWT",
      });
    }
  });

  it.each([
    [86_400, 0, "long-lifetime", /is good for 24 hours; the protocol asks for 15 to 60 minutes$/],
    [60, -3600, "token-expired", /^the JWT that was given has expired$/],
  ])("warns of a JWT for %i seconds from %i on", async (lifetime, start, id, message) => {
    const report = await askPort(await serve("current"), {
      policy: { source: "given" },
      key: makeJwt(secret, lifetime, start),
    });
    const found = report.findings.find((finding) => finding.id === id);
    expect(found?.severity).toBe("warning");
    expect(found?.message).toMatch(message);
  });

  const advice = "is good for 24 hours; the protocol asks for 15 to 60 minutes";
  it.each([
    ["24h", false, [`warning: a JWT by JWT_EXPIRES_IN ${advice}`]],
    ["24h", true, [`info: a JWT by the default of JWT_EXPIRES_IN ${advice}`]],
    ["15m", false, []],
    ["60m", false, []],
    ["soon", false, []],
  ])("judges the setting %s, by default %s", async (text, isDefault, messages) => {
    const lifetime = { text, isDefault };
    const report = await askPort(await serve("current"), { lifetime });
    const found = report.findings.filter(({ id }) => id === "long-lifetime");
    expect(found.map(({ severity, message }) => `${severity}: ${message}`)).toEqual(messages);
  });

  it("signs nothing with a secret that can be guessed", async () => {
    const report = await askPort(await serve("current"), { key: "your-secret-key" });
    expect(report).toMatchObject({ verdict: "closed" });
    expect(report.findings[0]).toMatchObject({ id: "weak-secret", severity: "error" });
    expect(JSON.stringify(report)).not.toContain("your-secret-key");
  });

  it("never sends the secret, and signs for a minute only", async () => {
    const port = await serve("current");
    const server = await opensInSilence({ behind: port, route: "/nowhere" });
    const report = await ask(server.url);
    expect(report).toMatchObject({ verdict: "enforced" });
    const seen = server.seen().join("\n");
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain(Buffer.from(secret).toString("base64url"));
  });

  it("calls a server that takes any HAI open, and a silent one inconclusive", async () => {
    const port = await serve("current");
    const route = "/haip/websocket";
    const greeting = JSON.stringify({
      type: "HAI",
      payload: { accept_events: ["TRANSACTION_START"] },
    });
    const open = await pongsToAll({ behind: port, route, greeting });
    expect(await ask(open.url)).toMatchObject({
      verdict: "open",
      reason: { code: "lets-in-anybody", message: "/haip/websocket answers without a key" },
    });
    const silent = await opensInSilence({ behind: port, route, greeting });
    expect(await ask(silent.url, { timeoutMs: 1000 })).toMatchObject({
      verdict: "inconclusive",
      reason: { code: "no-answer", message: "/haip/websocket: no PONG" },
    });
    for (const server of [open, silent]) {
      expect(server.seen().join("\n")).not.toContain(secret);
    }
  });
});

describe("probe of HAIP before August 2025", () => {
  it("is let in by any JWT, since nobody looks at the signature", async () => {
    const report = await askPort(await serve("old"));
    expect(report).toMatchObject({
      generation: "old",
      verdict: "open",
      reason: { code: "lets-in-garbage", message: "/haip/websocket accepts a wrong key" },
    });
    expect(report.checks.map(line)).toEqual([
      "websocket-none: refuse (101, then refused)",
      "websocket-garbage: accept (101, and its greeting) !",
      "event-stream-none: refuse (401)",
      "event-stream-garbage: accept (200, and its greeting) !",
      "http-stream-none: refuse (401)",
      "http-stream-garbage: accept (200, and its greeting) !",
      "websocket-protocols-garbage: refuse (101, then refused)",
    ]);
    expect(report.findings[0]).toMatchObject({ severity: "error" });
    expect(report.findings.map(({ message }) => message).join("\n")).toContain(
      "does not look at the signature",
    );
  });
});

describe("probe of HAIP as documented", () => {
  it("says enforced when every handshake wants the JWT", async () => {
    const report = await askPort(await serve("documented"), { loggedUrls: true });
    expect(report).toMatchObject({ generation: "documented", verdict: "enforced" });
    expect(report.checks.map(line)).toEqual([
      "websocket-none: refuse (401)",
      "websocket-garbage: refuse (401)",
      "websocket-key: accept (101, and its greeting)",
      "event-stream-none: refuse (401)",
      "event-stream-garbage: refuse (401)",
      "event-stream-key: accept (200, and its greeting)",
      "http-stream-none: refuse (401)",
      "http-stream-garbage: refuse (401)",
      "http-stream-key: accept (200, and its greeting)",
      "websocket-protocols-garbage: refuse (401)",
      "websocket-protocols-key: accept (101, and its greeting)",
    ]);
  });

  it("leaves the JWT out of logged URLs unless told to", async () => {
    const report = await askPort(await serve("documented"));
    expect(report.checks.map(({ id }) => id)).not.toContain("event-stream-key");
    expect(report.verdict).toBe("enforced");
  });

  it("does not take a stream without events for an answer", async () => {
    const port = await serve("documented");
    const server = await streamsNothing({ behind: port, route: "/haip/sse" });
    expect(await ask(server.url, { timeoutMs: 1000 })).toMatchObject({
      verdict: "inconclusive",
      reason: { message: "/haip/sse: 200, then nothing" },
    });
  });
});
