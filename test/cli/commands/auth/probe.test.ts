import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { createMachine } from "../../../../src/core/machine.js";
import { createReferenceServer } from "../../../../src/reference-server/reference.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { testCli } from "../../../helpers/run-cli.js";

async function startJean2(key: string | null): Promise<string> {
  const server = createReferenceServer({ system: "jean2", key, clock: Date });
  onTestFinished(() => server.close());
  return (await server.listen({ host: "127.0.0.1", port: 0 })).url;
}

/** A server of nobody's family, which remembers every credential that it saw. */
async function startOther(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization ?? ""}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen };
}

function storeKey(home: string, text: string): void {
  mkdirSync(join(home, ".jean2"), { recursive: true });
  writeFileSync(join(home, ".jean2", ".env"), text, { mode: 0o600 });
}

describe("jean2 auth probe", () => {
  it.each([
    [keyA, keyA, 0, "enforced"],
    [keyA, keyB, 1, "key-rejected"],
    [keyA, null, 0, "closed"],
    [null, keyA, 1, "open"],
    [null, null, 1, "open"],
  ])("the server has %s, the file %s: exit %i, %s", async (serverKey, fileKey, code, verdict) => {
    const cli = testCli();
    if (fileKey !== null) storeKey(cli.home, `JEAN2_AUTH_TOKEN=${fileKey}\n`);
    const url = await startJean2(serverKey);
    const result = await cli.run("jean2", "auth", "probe", url, "--json", "--debug");
    expect(JSON.parse(result.stdout)).toMatchObject({ url, system: "jean2", verdict });
    expect(result.code).toBe(code);
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${keyA}|${keyB}`));
  });

  it("finds the server by its settings", async () => {
    const url = await startJean2(keyA);
    const { port } = new URL(url);
    const cli = testCli({ env: { JEAN2_PORT: port } });
    storeKey(cli.home, `JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { stdout, stderr } = await cli.run("jean2", "auth", "probe");
    expect(stderr).toContain(`asking ${url}`);
    expect(stdout).toContain(`enforced: ${url}`);
  });

  it.each([
    ["the environment", ["--key-env", "MINE"], { env: { MINE: keyA } }],
    ["standard input", ["--key-stdin"], { stdin: `${keyA}\n` }],
    ["standard input without a newline", ["--key-stdin"], { stdin: keyA }],
  ])("takes a key from %s", async (_, options, given) => {
    const url = await startJean2(keyA);
    const { stdout, code } = await testCli(given).run("jean2", "auth", "probe", url, ...options);
    expect(stdout).toContain("enforced");
    expect(code).toBe(0);
  });

  it("takes a key from a file, without its final newline and no other", async () => {
    const url = await startJean2(keyA);
    const cli = testCli();
    writeFileSync(join(cli.home, "one"), `${keyA}\r\n`);
    writeFileSync(join(cli.home, "two"), `${keyA}\n\n`);
    const one = await cli.run("jean2", "auth", "probe", url, "--key-file", "one");
    expect(one.stdout).toContain("enforced");
    const two = await cli.run("jean2", "auth", "probe", url, "--key-file", "two");
    expect(two.code).not.toBe(0);
    expect(two.stdout + two.stderr).not.toContain(keyA);
  });

  it.each([
    [["ftp://127.0.0.1"], 2, "not an http or https URL"],
    [["127.0.0.1:8742"], 2, "not an http or https URL"],
    [["http://user:pw@127.0.0.1"], 2, "user name or password"],
    [["http://127.0.0.1:8742/?token=x"], 2, "a query or a fragment"],
    [["--timeout", "0"], 2, "--timeout takes a time"],
    [["--timeout", "soon"], 2, "--timeout takes a time"],
    [["--timeout", "2h"], 2, "--timeout takes a time"],
    [["unix:relative"], 2, "no path of a unix socket"],
    [["unix:/nowhere/agent.sock"], 3, "there is no such socket"],
    [["--key-env", "A", "--key-stdin"], 2, "only one of"],
    [["--key-env", "NOT_SET"], 3, "there is no key in the environment variable NOT_SET"],
    [["--key-file", "nowhere"], 3, "cannot read the key file"],
    [["--ca", "nowhere"], 3, "cannot read the certificate file"],
    [["http://agent.example", "--key-env", "MINE"], 3, "unencrypted"],
    [["http://127.0.0.1:1"], 3, "unreachable"],
  ])("%j: exit %i", async (argv, code, words) => {
    const cli = testCli({ env: { MINE: keyA } });
    const result = await cli.run("jean2", "auth", "probe", ...argv);
    expect(result.stdout + result.stderr).toContain(words);
    expect(result.code).toBe(code);
  });

  it("does not give the stored key to a program that only listens there", async () => {
    const cli = testCli();
    storeKey(cli.home, `JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { url, seen } = await startOther((_, response) => response.writeHead(401).end("{}"));
    const { code, stdout } = await cli.run("jean2", "auth", "probe", url);
    expect(stdout).toContain("wrong-service");
    expect(code).toBe(3);
    expect(seen.join()).not.toContain(keyA);
  });

  it("does not try the key in a URL that Jean2 would log, unless told to", async () => {
    const url = await startJean2(keyA);
    const cli = testCli();
    storeKey(cli.home, `JEAN2_AUTH_TOKEN=${keyA}\n`);
    const tried = async (...options: string[]) => {
      const { stdout } = await cli.run("jean2", "auth", "probe", url, "--json", ...options);
      const { checks } = JSON.parse(stdout) as { checks: Record<string, string>[] };
      return checks.some((each) => each["transport"] === "query" && each["credential"] === "key");
    };
    expect(await tried()).toBe(false);
    expect(await tried("--logged-urls")).toBe(true);
  });
});

describe("auth probe --until", () => {
  const realClock = createMachine({ process, date: Date }).clock;

  it("waits for a server that is not there yet", async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const cli = testCli({ clock: realClock });
    storeKey(cli.home, `JEAN2_AUTH_TOKEN=${keyA}\n`);
    const url = `http://127.0.0.1:${port}`;
    const run = cli.run("jean2", "auth", "probe", url, "--until", "enforced", "--timeout", "30s");
    const server = createReferenceServer({ system: "jean2", key: keyA, clock: Date });
    onTestFinished(() => server.close());
    setTimeout(() => void server.listen({ host: "127.0.0.1", port }), 250);
    const { code, stdout } = await run;
    expect(stdout).toContain(`enforced: ${url}`);
    expect(code).toBe(0);
  });

  it.each([
    [keyA, "unreachable", "enforced", 3],
    [keyA, "open", "enforced", 3],
    [null, "enforced", "open", 1],
  ])("with key %s, waiting for %s: %s, exit %i", async (serverKey, until, verdict, exitCode) => {
    const cli = testCli({ clock: realClock });
    storeKey(cli.home, `JEAN2_AUTH_TOKEN=${keyA}\n`);
    const url = await startJean2(serverKey);
    const { code, stdout, stderr } = await cli.run(
      "jean2",
      "auth",
      "probe",
      url,
      "--until",
      until,
      "--timeout",
      "1500ms",
    );
    expect(stdout).toContain(`${verdict}: ${url}`);
    expect(stderr).toContain(`it was not ${until} within 1500ms`);
    expect(code).toBe(exitCode);
  });

  it("is done, with 0, when the verdict is what was waited for, good or bad", async () => {
    const { code } = await testCli({ clock: realClock }).run(
      "jean2",
      "auth",
      "probe",
      "http://127.0.0.1:1",
      "--until",
      "unreachable",
    );
    expect(code).toBe(0);
  });

  it("knows the verdicts", async () => {
    const { code, stderr } = await testCli().run("jean2", "auth", "probe", "--until", "good");
    expect(code).toBe(2);
    expect(stderr).toContain("enforced");
  });
});

describe("keyward --system auto auth probe", () => {
  const detect = (url: string, ...options: string[]) =>
    testCli({ env: { MINE: keyA } }).run(
      "keyward",
      "--system",
      "auto",
      "auth",
      "probe",
      url,
      "--json",
      ...options,
    );

  it.each([
    [{ system: "jean2" }, { system: "jean2", version: "1.4.0", generation: null }],
    [
      { system: "openjarvis", release: "1.0.3" },
      { system: "openjarvis", generation: "1.0.3" },
    ],
    [{ system: "jean" }, { system: "jean", generation: "current" }],
    [{ system: "haip" }, { system: "haip", generation: "current" }],
  ] as const)("recognises %j", async (options, report) => {
    const server = createReferenceServer({ ...options, key: keyA, clock: Date });
    onTestFinished(() => server.close());
    const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
    const { code, stdout } = await detect(url);
    expect(JSON.parse(stdout)).toMatchObject({ ...report, verdict: "closed" });
    expect(code).toBe(0);
  });

  it("says what else answers, and sends it nothing", async () => {
    const { url, seen } = await startOther((_, response) => response.end("hello"));
    const { code, stdout } = await detect(url, "--key-env", "MINE");
    expect(JSON.parse(stdout)).toMatchObject({ system: null, verdict: "wrong-service" });
    expect(code).toBe(3);
    expect(seen.join()).not.toContain(keyA);
  });

  it("wants an address", async () => {
    const { code, stderr } = await testCli().run("keyward", "--system", "auto", "auth", "probe");
    expect(code).toBe(2);
    expect(stderr).toContain("give its address");
  });
});

describe("auth probe of other systems", () => {
  it("signs a JWT with HAIP's secret, judges its lifetime and shows all in a screen", async () => {
    const server = createReferenceServer({ system: "haip", key: keyA, clock: Date });
    onTestFinished(() => server.close());
    const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
    const cli = testCli({
      env: { JWT_SECRET: keyA, JWT_EXPIRES_IN: "7d" },
      clock: createMachine({ process, date: Date }).clock,
    });
    const { code, stdout, stderr } = await cli.run(
      "keyward",
      "--system",
      "haip",
      "auth",
      "probe",
      url,
    );
    expect(stdout).toContain(`enforced: ${url} (generation current): HAIP accepts the key`);
    expect(stdout).toContain("a JWT by JWT_EXPIRES_IN is good for 7 days");
    expect(stdout.split("\n").length).toBeLessThan(24);
    expect(stdout + stderr).not.toContain(keyA);
    expect(code).toBe(0);
  });

  it("tries wrong keys in a row only when it is told to", async () => {
    const limited = await startOther((request, response) => {
      const good = request.headers.authorization === `Bearer ${keyA}`;
      response.writeHead(good ? 200 : limited.seen.length > 12 ? 429 : 401).end("{}");
    });
    const argv = "--system generic auth probe --path /v --key-env MINE --json".split(" ");
    const run = (url: string, ...more: string[]) =>
      testCli({ env: { MINE: keyA } }).run("keyward", ...argv, url, ...more);
    const findings = async (url: string, ...more: string[]) => {
      const { stdout } = await run(url, ...more);
      expect(stdout).not.toContain(keyA);
      return (JSON.parse(stdout) as { findings: { id: string }[] }).findings.map(({ id }) => id);
    };
    expect(await findings(limited.url)).not.toContain("no-try-limit");
    expect(limited.seen.length).toBeLessThan(10);
    expect(await findings(limited.url, "--try-limit")).toContain("try-limit");
    const unlimited = await startOther((request, response) => {
      const good = request.headers.authorization === `Bearer ${keyA}`;
      response.writeHead(good ? 200 : 401).end("{}");
    });
    expect(await findings(unlimited.url, "--try-limit")).toContain("no-try-limit");
    const wrong = unlimited.seen.filter((text) => /Bearer/.test(text) && !text.includes(keyA));
    expect(wrong).toHaveLength(21);
  });
});

describe("keyward --system generic auth probe", () => {
  const validate = (body: object, refusal = 401) =>
    startOther((request, response) => {
      const good = request.headers.authorization === `Bearer ${keyA}`;
      response.writeHead(good ? 200 : refusal, { "Content-Type": "application/json" });
      response.end(JSON.stringify(good ? body : {}));
    });
  const probe = (url: string, ...options: string[]) =>
    testCli({ env: { MINE: keyA } }).run(
      "keyward",
      "--system",
      "generic",
      "auth",
      "probe",
      url,
      "--path",
      "/validate",
      "--key-env",
      "MINE",
      ...options,
    );

  it.each([
    [{ ok: true }, 401, [], "enforced", 0],
    [{ valid: true }, 403, [], "enforced", 0],
    [{ user: "me" }, 401, [], "enforced", 0],
    [{ ok: false }, 401, [], "key-rejected", 1],
    [{ state: "active" }, 401, ["--accept-json", "state=active"], "enforced", 0],
    [{ state: "gone" }, 401, ["--accept-json", "state=active"], "key-rejected", 1],
    [{ ok: true }, 500, [], "inconclusive", 3],
  ])("%j, refusing with %i %j: %s", async (body, refusal, options, verdict, code) => {
    const { url } = await validate(body, refusal);
    const result = await probe(url, ...options);
    expect(result.stdout).toContain(`${verdict}: ${url}`);
    expect(result.code).toBe(code);
  });

  it("is asked for its path", async () => {
    const { code, stderr } = await testCli().run(
      "keyward",
      "--system",
      "generic",
      "auth",
      "probe",
      "http://127.0.0.1:1",
    );
    expect(code).toBe(2);
    expect(stderr).toContain("--path /validate");
  });
});
