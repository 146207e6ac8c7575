import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { keyA } from "../../../helpers/keys.js";
import { startLive } from "../../../helpers/live-server.js";
import { testCli, type TestCli } from "../../../helpers/run-cli.js";

function writeJean2(cli: TestCli, text: string): string {
  mkdirSync(join(cli.home, ".jean2"), { recursive: true });
  const file = join(cli.home, ".jean2", ".env");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function writeOpenJarvis(cli: TestCli, text: string): void {
  mkdirSync(join(cli.home, ".openjarvis"), { recursive: true });
  writeFileSync(join(cli.home, ".openjarvis", "config.toml"), text, { mode: 0o600 });
}

const set = `JEAN2_AUTH_TOKEN=${keyA}\n`;

describe("jean2 auth check", () => {
  const cases: [string, string, string[], number, string][] = [
    ["no file", "", ["--host", "0.0.0.0"], 1, "unsafe: 0.0.0.0 is every"],
    ["a key", set, ["--host", "0.0.0.0"], 0, "safe: 0.0.0.0 is every"],
    ["an empty key", "JEAN2_AUTH_TOKEN=\n", ["--host", "::"], 1, "no key is configured"],
    [
      "a placeholder",
      "JEAN2_AUTH_TOKEN=your-secret-token\n",
      ["--host", "0.0.0.0"],
      1,
      "placeholder",
    ],
    ["a short key", "JEAN2_AUTH_TOKEN=abc123\n", ["--host", "10.1.2.3"], 1, "under 16 characters"],
    ["a second line only", `JEAN2_AUTH_TOKEN=\n${set}`, ["--host", "0.0.0.0"], 1, "no key"],
    ["no file", "", ["--host", "127.0.0.1"], 0, "safe: 127.0.0.1"],
    ["no file", "", ["--host", "localhost"], 0, "safe: localhost"],
    ["no file", "", ["--host", "127.0.0.1", "--host", "0.0.0.0"], 1, "unsafe: 0.0.0.0"],
    ["no file", "", ["--host", "0.0.0.0", "--host", "127.0.0.1"], 0, "safe: 127.0.0.1"],
    ["no file", "", ["--host="], 1, "unsafe"],
    ["a key", set, ["--host", "2130706433"], 1, "unsafe"],
    ["a key", set, ["--host", "224.0.0.1"], 1, "unsafe"],
    ["no host said", "", [], 1, "unsafe: 0.0.0.0"],
    ["a host in the file", "JEAN2_HOST=127.0.0.1\n", [], 0, "safe: 127.0.0.1"],
    ["an empty host in the file", "JEAN2_HOST=\n", [], 1, "unsafe: 0.0.0.0"],
  ];
  it.each(cases)("%s: %j %j", async (_, text, options, code, words) => {
    const cli = testCli();
    if (text !== "") writeJean2(cli, text);
    const result = await cli.run("jean2", "auth", "check", ...options);
    expect(result.stdout).toContain(words);
    expect(result.code).toBe(code);
    expect(result.stdout + result.stderr).not.toContain(keyA);
  });

  it("names the command that makes it safe", async () => {
    const { stderr } = await testCli().run("jean2", "auth", "check", "--host", "0.0.0.0");
    expect(stderr).toContain("jean2 auth generate-key --write");
  });

  it("names rotation where a value stands already", async () => {
    const cli = testCli();
    writeJean2(cli, "JEAN2_AUTH_TOKEN=your-secret-token\n");
    const { stderr } = await cli.run("jean2", "auth", "check", "--host", "0.0.0.0");
    expect(stderr).toContain("jean2 token rotate");
  });

  it("gives the promised JSON, and the server's own opinion", async () => {
    const { code, stdout } = await testCli().run(
      "jean2",
      "auth",
      "check",
      "--host",
      "0.0.0.0",
      "--json",
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      host: "0.0.0.0",
      safe: false,
      scope: "all-interfaces",
      keyConfigured: false,
      reason: { code: "exposed-without-key" },
      addresses: ["0.0.0.0"],
      serverWouldStart: true,
    });
  });

  it.each([
    ["999.1.1.1", false],
    ["256.1.1.1", false],
    [" ", false],
    ["127.0.0.1 ", false],
    ["::1%lo", false],
    ["127.1", true],
    ["2130706433", true],
    ["0x7f000001", true],
    ["0177.0.0.1", true],
    ["0", true],
    ["", true],
    ["*", true],
  ])("%j: Jean2 would start there: %j", async (host, serverWouldStart) => {
    const argv = ["auth", "check", `--host=${host}`, "--json"];
    const { stdout } = await testCli().run("jean2", ...argv);
    expect(JSON.parse(stdout)).toMatchObject({ serverWouldStart });
  });

  it("an exported token does not reach the daemon, but does reach a foreground server", async () => {
    const cli = testCli({ env: { JEAN2_AUTH_TOKEN: keyA } });
    const argv = ["auth", "check", "--host", "0.0.0.0"];
    expect((await cli.run("jean2", ...argv)).code).toBe(1);
    expect((await cli.run("jean2", ...argv, "--launch", "foreground")).code).toBe(0);
  });

  it("an empty exported token switches a foreground server's authentication off", async () => {
    const cli = testCli({ env: { JEAN2_AUTH_TOKEN: "" } });
    writeJean2(cli, set);
    const argv = ["auth", "check", "--host", "0.0.0.0", "--launch", "foreground"];
    expect((await cli.run("jean2", ...argv)).code).toBe(1);
  });

  it("takes the live server's host from its pid file", async () => {
    const cli = testCli({ env: { JEAN2_HOST: "127.0.0.1" } });
    writeJean2(cli, set);
    const { pid, port } = await startLive({ host: "0.0.0.0" });
    const live = { pid, port, host: "0.0.0.0", startedAt: "2026-01-01" };
    writeFileSync(join(cli.home, ".jean2", "server.pid"), JSON.stringify(live));
    const { stdout, stderr } = await cli.run("jean2", "auth", "check");
    expect(stdout).toContain("safe: 0.0.0.0");
    expect(stderr).toContain("server.pid");
  });

  it.runIf(process.platform === "linux")(
    "takes nothing from a pid file whose process does not listen on that port",
    async () => {
      const cli = testCli({ env: { JEAN2_HOST: "127.0.0.1" } });
      writeJean2(cli, set);
      const { port } = await startLive({ host: "0.0.0.0" });
      const live = { pid: process.pid, port, host: "0.0.0.0", startedAt: "2026-01-01" };
      writeFileSync(join(cli.home, ".jean2", "server.pid"), JSON.stringify(live));
      const { stdout, stderr } = await cli.run("jean2", "auth", "check");
      expect(stdout).toContain("safe: 127.0.0.1");
      expect(stderr).toContain("Jean2 would listen on 127.0.0.1, by env:JEAN2_HOST");
    },
  );

  it("refuses a launch that the system does not have", async () => {
    const { code, stderr } = await testCli().run("jean2", "auth", "check", "--launch", "service");
    expect(code).toBe(2);
    expect(stderr).toContain("one of: daemon, foreground");
  });
});

describe("jarvis auth check", () => {
  it.each([
    ["", ["--host", "0.0.0.0"], 1, false],
    ["", [], 0, true],
    ["", ["--host", "localhost."], 0, false],
    ["", ["--host="], 1, true],
    [`[server.auth]\napi_key = "${keyA}"\n`, ["--host", "0.0.0.0"], 0, true],
    ['[server]\nhost = "0.0.0.0"\n', [], 1, false],
    ['[server.auth]\napi_key = ""\n', ["--host", "0.0.0.0"], 1, false],
  ])("%j %j", async (config, options, code, serverWouldStart) => {
    const cli = testCli();
    if (config !== "") writeOpenJarvis(cli, config);
    const result = await cli.run("jarvis", "auth", "check", ...options, "--json");
    expect(result.code).toBe(code);
    expect(JSON.parse(result.stdout)).toMatchObject({ safe: code === 0, serverWouldStart });
  });

  it("an exported key wins, an empty one does not", async () => {
    const argv = ["auth", "check", "--host", "0.0.0.0"];
    const exported = testCli({ env: { OPENJARVIS_API_KEY: keyA } });
    expect((await exported.run("jarvis", ...argv)).code).toBe(0);
    const empty = testCli({ env: { OPENJARVIS_API_KEY: "" } });
    writeOpenJarvis(empty, `[server.auth]\napi_key = '${keyA}'\n`);
    expect((await empty.run("jarvis", ...argv)).code).toBe(0);
  });

  it("says so where the server itself would start all the same", async () => {
    const { stderr } = await testCli().run("jarvis", "auth", "check", "--host=");
    expect(stderr).toContain("OpenJarvis itself would start there all the same");
  });
});
