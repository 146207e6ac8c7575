import { describe, expect, it } from "vitest";

import { createMachine } from "../../src/core/machine.js";
import { probe, type ProbeOptions } from "../../src/probe/probe.js";
import type { ProbeReport } from "../../src/probe/report.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { openjarvis } from "../../src/systems/openjarvis/openjarvis.js";
import * as hostile from "../helpers/hostile/index.js";
import { KEY, serve } from "../helpers/site-client.js";

const machine = createMachine({ process, date: Date });
const verify = "/api/auth/verify";
const chat = "/v1/chat/stream";

const ask = (url: string, options: Partial<ProbeOptions> = {}) =>
  probe({ system: jean2, url, key: KEY, machine, timeoutMs: 1000, loggedUrls: true, ...options });

const behindJean2 = () => serve({ system: "jean2", key: KEY });
const behindJarvis = () => serve({ system: "openjarvis", key: KEY });

const idsOf = ({ findings }: ProbeReport) => findings.map(({ id }) => id);

/** In no encoding, in nothing that was sent. */
function expectNoKey(...servers: readonly hostile.HostileServer[]): void {
  const seen = servers.flatMap((server) => server.seen()).join("\n");
  for (const spelling of [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString("base64url")]) {
    expect(seen).not.toContain(spelling);
  }
}

type Start = () => Promise<hostile.HostileServer>;

describe("a server that is hostile throughout never gets the key", () => {
  it.each<[keyof typeof hostile, Start, string, string]>([
    ["saysYes", hostile.saysYes, "open", "lets-in-anybody"],
    ["saysYesSilently", hostile.saysYesSilently, "open", "lets-in-anybody"],
    ["showsPages", hostile.showsPages, "wrong-service", "web-page"],
    ["redirects", hostile.redirects, "wrong-service", "redirected"],
    ["streamsAnError", hostile.streamsAnError, "inconclusive", "no-answer"],
    ["streamsNothing", hostile.streamsNothing, "inconclusive", "no-answer"],
    ["dripsHeaders", hostile.dripsHeaders, "inconclusive", "no-answer"],
    ["dripsBody", hostile.dripsBody, "inconclusive", "no-answer"],
    ["neverEnds", hostile.neverEnds, "open", "lets-in-anybody"],
    ["promisesMore", hostile.promisesMore, "inconclusive", "cut-short"],
    ["promisesLess", hostile.promisesLess, "open", "lets-in-anybody"],
    ["promisesTwice", hostile.promisesTwice, "wrong-service", "not-http"],
    ["speaksAnotherLanguage", hostile.speaksAnotherLanguage, "wrong-service", "not-http"],
    ["neverAnswers", hostile.neverAnswers, "inconclusive", "no-answer"],
    ["hangsUp", hostile.hangsUp, "unreachable", "connection-reset"],
    ["resets", hostile.resets, "unreachable", "connection-reset"],
  ])("%s", async (_, start, verdict, code) => {
    for (const system of [jean2, openjarvis]) {
      const server = await start();
      expect(await ask(server.url, { system })).toMatchObject({ verdict, reason: { code } });
      expectNoKey(server);
    }
  });

  it("asks where it was redirected to nothing at all", async () => {
    const server = await hostile.redirects();
    const { reason } = await ask(server.url);
    expect(reason.message).toBe(`this is not Jean2: it redirects to ${server.elsewhere.url}`);
    expect(server.elsewhere.seen()).toEqual([]);
  });

  it("asks one that fails again, and not for ever", async () => {
    const server = await hostile.fails();
    const report = await ask(server.url, { timeoutMs: 5000, key: null });
    expect(report).toMatchObject({ verdict: "inconclusive", reason: { code: "server-busy" } });
    const tries = server.seen().filter((text) => text.startsWith("GET /api/info "));
    expect(tries).toHaveLength(3);
  });
});

describe("a server that lies about one route never gets the key there", () => {
  it.each<[string, (manners: hostile.Manners) => Promise<hostile.HostileServer>, string, string]>([
    ["saysYes", hostile.saysYes, "open", "lets-in-anybody"],
    ["showsPages", hostile.showsPages, "wrong-service", "web-page"],
    ["redirects", hostile.redirects, "wrong-service", "redirected"],
    ["streamsNothing", hostile.streamsNothing, "inconclusive", "no-answer"],
    ["dripsBody", hostile.dripsBody, "inconclusive", "no-answer"],
    ["neverEnds", (manners) => hostile.neverEnds(200, manners), "open", "lets-in-anybody"],
    [
      "neverEnds, refusing",
      (manners) => hostile.neverEnds(401, manners),
      "wrong-service",
      "not-recognised",
    ],
    ["promisesMore", hostile.promisesMore, "inconclusive", "cut-short"],
  ])("%s", async (_, start, verdict, code) => {
    const server = await start({ behind: await behindJean2(), route: verify });
    const report = await ask(server.url);
    expect(report).toMatchObject({ version: "1.4.0", verdict, reason: { code } });
    expectNoKey(server);
  });
});

describe("a server that gets the key", () => {
  it("repeats it, and the report does not", async () => {
    const server = await hostile.repeatsTheKey({ behind: await behindJean2(), route: verify });
    const report = await ask(server.url);
    expect(report.verdict).toBe("enforced");
    expect(idsOf(report)).toContain("key-echoed");
    expect(JSON.stringify(report)).not.toContain(KEY);
  });

  it("is deaf on its WebSocket", async () => {
    const server = await hostile.isDeafOn("/ws", await behindJean2());
    const report = await ask(server.url);
    expect(report).toMatchObject({
      verdict: "inconclusive",
      reason: { code: "transports-disagree" },
    });
    expect(idsOf(report)).toContain("transports-disagree");
  });

  it("was busy at first", async () => {
    const server = await hostile.isBusyFor(1, { behind: await behindJean2() });
    expect(await ask(server.url, { timeoutMs: 10_000 })).toMatchObject({ verdict: "enforced" });
  });

  it.each([
    ["IPv4", hostile.listensOnIpv4Only, "127.0.0.1"],
    ["IPv6", hostile.listensOnIpv6Only, "::1"],
  ])("listens on %s only, behind localhost", async (_, start, address) => {
    const server = await start(await behindJean2());
    const report = await ask(server.url, { timeoutMs: 5000 });
    expect(report).toMatchObject({ verdict: "enforced", address });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ id: "localhost", message: `localhost is ${address} here` }),
    );
  });

  it("listens on a unix socket", async () => {
    const server = await hostile.listensOnUnixSocket(await behindJean2());
    const report = await ask(server.url, { timeoutMs: 5000 });
    const address = server.url.slice("unix:".length);
    expect(report).toMatchObject({ url: server.url, verdict: "enforced", address });
    expect(server.seen()[0]).toContain("Host: localhost\r\n");
  });

  it("refuses a unix socket of somebody else", async () => {
    const server = await hostile.listensOnUnixSocket(await behindJean2());
    const path = server.url.slice("unix:".length);
    const owner = { uid: machine.user.uid + 1, gid: 0, mode: 0o600 };
    const fs = {
      ...machine.fs,
      lstatSync: (() => ({ uid: 4_000_000, isSocket: () => true })) as never,
    };
    const attempt = ask(server.url, {
      machine: { ...machine, fs },
      listener: { keyFile: owner, unitUser: null },
    });
    await expect(attempt).rejects.toMatchObject({
      code: "target-refused",
      message: `the server at ${path} belongs to uid 4000000`,
    });
    expectNoKey(server);
  });
});

describe("a certificate", () => {
  const trust = { ca: hostile.authority };

  it.each<[hostile.Certificate, string]>([
    ["self-signed", "its certificate is signed by itself alone"],
    ["expired", "its certificate has expired"],
    ["not-yet", "its certificate is not valid yet"],
    ["wrong-name", "its certificate is for another name"],
    ["unknown-authority", "its certificate comes from an unknown authority"],
    ["weak", "its certificate is not one that is still safe"],
    ["old-digest", "its certificate is not one that is still safe"],
  ])("that is %s ends it before anything is said", async (name, message) => {
    const server = await hostile.showsCertificate(name, await behindJean2());
    expect(await ask(server.url, { trust })).toMatchObject({
      verdict: "unreachable",
      reason: { code: "tls-failed", message },
    });
    expect(server.seen().join("")).toBe("");
    const report = await ask(server.url, { trust: { insecure: true }, timeoutMs: 5000 });
    expect(report.verdict).toBe("enforced");
    expect(idsOf(report)).toContain("tls-unverified");
  });

  it("that is good is all it takes", async () => {
    const server = await hostile.showsCertificate("good", await behindJean2());
    const report = await ask(server.url, { trust, timeoutMs: 5000 });
    expect(report.verdict).toBe("enforced");
    expect(idsOf(report)).not.toContain("tls-unverified");
  });

  it("is not asked for over a TLS that is no longer safe", async () => {
    const server = await hostile.speaksOldTls(await behindJean2());
    expect(await ask(server.url, { trust })).toMatchObject({
      verdict: "unreachable",
      reason: {
        code: "tls-failed",
        message: "it does not speak TLS, or not one that is still safe",
      },
    });
  });
});

describe("a WebSocket", () => {
  it.each<
    [string, (manners: hostile.SocketManners) => Promise<hostile.HostileServer>, string, string]
  >([
    ["opensThenCloses", hostile.opensThenCloses, "inconclusive", "transports-disagree"],
    ["opensInSilence", hostile.opensInSilence, "open", "lets-in-anybody"],
    ["sendsGarbageFrames", hostile.sendsGarbageFrames, "inconclusive", "not-websocket"],
    ["announcesHugeFrame", hostile.announcesHugeFrame, "inconclusive", "not-websocket"],
    ["neverEndsMessage", hostile.neverEndsMessage, "inconclusive", "not-websocket"],
    ["selectsItsOwn", hostile.selectsItsOwn, "inconclusive", "not-websocket"],
    ["provesNothing", hostile.provesNothing, "inconclusive", "not-websocket"],
  ])("that %s is never let pass", async (_, start, verdict, code) => {
    const options = { timeoutMs: 5000 };
    const jean2Server = await start({ behind: await behindJean2(), route: "/ws" });
    expect(await ask(jean2Server.url, options)).toMatchObject({ verdict, reason: { code } });
    const jarvis = await start({ behind: await behindJarvis(), route: chat });
    expect(await ask(jarvis.url, { ...options, system: openjarvis })).toMatchObject({
      verdict,
      reason: { code },
    });
  });

  it("that closes on strangers alone is given time to do so", async () => {
    const manners = { behind: await behindJarvis(), route: chat, unless: KEY };
    const server = await hostile.opensThenCloses(manners);
    const report = await ask(server.url, { system: openjarvis, timeoutMs: 5000 });
    expect(report.verdict).toBe("enforced");
    const garbage = report.checks.find(({ id }) => id === "websocket-header-garbage");
    expect(garbage).toMatchObject({ observed: "refuse", detail: "101, then closed with 1008" });
  });

  it("that repeats what it was sent is found out", async () => {
    const server = await hostile.repeatsItAll({ behind: await behindJarvis(), route: chat });
    const report = await ask(server.url, { system: openjarvis, timeoutMs: 5000 });
    expect(report.verdict).toBe("open");
    expect(idsOf(report)).toEqual(expect.arrayContaining(["key-echoed", "no-subprotocol"]));
    expectNoKey(server);
  });

  it("that selects the subprotocol with the credential is found out", async () => {
    const manners = { behind: await behindJarvis(), route: chat };
    const server = await hostile.selectsTheCredential(manners);
    const report = await ask(server.url, { system: openjarvis, timeoutMs: 5000 });
    expect(idsOf(report)).toContain("key-echoed");
    expectNoKey(server);
  });
});
