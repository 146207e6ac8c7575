import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { startLive } from "../../../helpers/live-server.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { findPort } from "../../../helpers/restartable-server.js";
import { testCli, type TestCli } from "../../../helpers/run-cli.js";

function prepare(text: string | null, overrides: Parameters<typeof testCli>[0] = {}) {
  const cli = testCli(overrides);
  const file = join(cli.home, ".jean2", ".env");
  if (text !== null) {
    mkdirSync(join(cli.home, ".jean2"));
    writeFileSync(file, text, { mode: 0o600 });
  }
  return { cli, file };
}

function readHistory(cli: TestCli): Record<string, unknown>[] {
  const path = join(cli.home, ".local", "state", "keyward", "history.jsonl");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("jean2 token rotate", () => {
  it("replaces the key and not one other byte", async () => {
    const { cli, file } = prepare(`# mine\nA=1\r\nJEAN2_AUTH_TOKEN=${keyA}\n\nB='2'\n# end`);
    const { code, stdout, stderr } = await cli.run("jean2", "token", "rotate");
    const after = readFileSync(file, "utf8");
    const key = /^JEAN2_AUTH_TOKEN=(.*)$/m.exec(after)?.[1] ?? "";
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(after).toBe(`# mine\nA=1\r\nJEAN2_AUTH_TOKEN=${key}\n\nB='2'\n# end`);
    expect(stdout).toBe(`${file}  ${fingerprintKey(keyA)} -> ${fingerprintKey(key)}\n`);
    expect(stderr).toContain("keeps the key that it started with until it restarts");
    expect(stderr).toContain("jean2 restart && jean2 auth probe");
    expect(stdout + stderr).not.toMatch(new RegExp(`${keyA}|${key}`));
    expect(code).toBe(0);
    expect(readdirSync(join(cli.home, ".jean2"))).toEqual([".env"]);
  });

  it("creates the file where there is none", async () => {
    const { cli, file } = prepare(null);
    const { code, stdout } = await cli.run("jean2", "token", "rotate");
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(/^JEAN2_AUTH_TOKEN=[\w-]{43}\n$/);
    expect(stdout).toContain("(no key) -> sha256:");
  });

  it("names no fingerprint of a weak key", async () => {
    const { cli } = prepare("JEAN2_AUTH_TOKEN=hunter2\n");
    const { stdout } = await cli.run("jean2", "token", "rotate");
    expect(stdout).toContain("(a weak key) -> sha256:");
    expect(readHistory(cli)[0]).toMatchObject({ oldFingerprint: null });
  });

  it("gives the promised JSON", async () => {
    const { cli, file } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { stdout, stderr } = await cli.run("jean2", "token", "rotate", "--json");
    const key = readFileSync(file, "utf8").trim().replace("JEAN2_AUTH_TOKEN=", "");
    const names = ["lock", "read", "make", "write", "commit"];
    expect(JSON.parse(stdout)).toEqual({
      system: "jean2",
      location: file,
      status: "unverified",
      reason: { code: "no-restart", message: expect.stringContaining("was not asked") },
      workers: null,
      oldFingerprint: fingerprintKey(keyA),
      newFingerprint: fingerprintKey(key),
      steps: names.map((name) => ({ name, ok: true, ms: 0 })),
      next: ["jean2 restart", "jean2 auth probe"],
      notes: [],
      clients: expect.objectContaining({ enter: expect.stringContaining("authentication token") }),
      remains: [],
    });
    expect(stderr).toBe("");
  });

  it("passes a live server's host and port to the restart that it proposes", async () => {
    const { cli } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { pid, port } = await startLive();
    const live = { pid, port, host: "127.0.0.1" };
    writeFileSync(join(cli.home, ".jean2", "server.pid"), JSON.stringify(live));
    const { stdout } = await cli.run("jean2", "token", "rotate", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      next: [`jean2 restart --host 127.0.0.1 --port ${port}`, "jean2 auth probe"],
    });
  });

  it("proposes a start where the server is gone and its pid file is not", async () => {
    const { cli } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    // A process number that Linux never gives.
    const gone = { pid: 2 ** 30, port: 9001, host: "127.0.0.1" };
    writeFileSync(join(cli.home, ".jean2", "server.pid"), JSON.stringify(gone));
    const { stderr } = await cli.run("jean2", "token", "rotate");
    expect(stderr).toContain("jean2: hint: jean2 start && jean2 auth probe\n");
  });

  it("announces no restart where the server is stopped", async () => {
    const { cli, file } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`, {
      env: { JEAN2_PORT: `${await findPort()}`, PATH: "/usr/bin:/bin" },
    });
    const argv = ["token", "rotate", "--restart-command", "--", "/bin/false"];
    const { code, stderr } = await cli.run("jean2", ...argv);
    expect(code).toBe(0);
    expect(stderr).toContain("jean2: Jean2 does not run, and is not started\n");
    expect(stderr).not.toContain("restarting");
    expect(readFileSync(file, "utf8")).not.toContain(keyA);
  });

  it("shows a dry run masked, and changes nothing", async () => {
    const text = `JEAN2_AUTH_TOKEN=${keyA}\n`;
    const { cli, file } = prepare(text);
    const { code, stdout } = await cli.run("jean2", "token", "rotate", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        `would change ${file}`,
        `- JEAN2_AUTH_TOKEN=Vb3k…qSrE  ${fingerprintKey(keyA)}`,
        "+ JEAN2_AUTH_TOKEN=(a new key)",
        "",
      ].join("\n"),
    );
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(cli.home)).toEqual([".jean2"]);
  });

  it("reports a dry run as planned in JSON", async () => {
    const { cli } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { stdout } = await cli.run("jean2", "token", "rotate", "--dry-run", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ status: "planned", newFingerprint: null });
  });

  it("makes a dry run of the first key without making the folder", async () => {
    const { cli } = prepare(null);
    const { stdout } = await cli.run("jean2", "token", "rotate", "--dry-run");
    expect(stdout).toContain("- JEAN2_AUTH_TOKEN is not set");
    expect(readdirSync(cli.home)).toEqual([]);
  });

  it("remembers each change by its fingerprints", async () => {
    const { cli, file } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    await cli.run("jean2", "token", "rotate");
    await cli.run("jean2", "token", "rotate");
    const [first, second] = readHistory(cli);
    expect(first).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      system: "jean2",
      location: file,
      oldFingerprint: fingerprintKey(keyA),
      newFingerprint: second?.["oldFingerprint"],
      outcome: "unverified",
      user: cli.user.name,
      host: "test-host",
    });
  });

  it("goes on when the history cannot be written, and says so", async () => {
    const { cli } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    writeFileSync(join(cli.home, ".local"), "in the way");
    const { code, stderr } = await cli.run("jean2", "token", "rotate");
    expect(code).toBe(0);
    expect(stderr).toContain("the history could not be written");
  });

  it("stops before anything is written where another location wins", async () => {
    const text = `JEAN2_AUTH_TOKEN=${keyA}\n`;
    const { cli, file } = prepare(text, { env: { JEAN2_AUTH_TOKEN: keyB } });
    const { code, stderr } = await cli.run("jean2", "token", "rotate", "--launch", "foreground");
    expect(code).toBe(3);
    expect(stderr).toContain("JEAN2_AUTH_TOKEN is set in the environment and wins");
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(cli.home)).toEqual([".jean2"]);
  });

  it("does not mind an exported token that cannot reach the daemon", async () => {
    const { cli, file } = prepare(null, { env: { JEAN2_AUTH_TOKEN: keyB } });
    expect((await cli.run("jean2", "token", "rotate")).code).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(/^JEAN2_AUTH_TOKEN=/);
  });

  it("refuses a folder in the file's place", async () => {
    const { cli, file } = prepare(null);
    mkdirSync(file, { recursive: true });
    const { code, stdout } = await cli.run("jean2", "token", "rotate", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "not-a-file" } });
  });

  it("refuses a file that Jean2 would misread, and leaves it as it was", async () => {
    const text = 'OTHER="x\nJEAN2_AUTH_TOKEN=inner\ny"\n';
    const { cli, file } = prepare(text);
    const { code, stdout } = await cli.run("jean2", "token", "rotate", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "malformed" } });
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

describe("jean2 token set", () => {
  it("leaves the key that is there already", async () => {
    const text = `JEAN2_AUTH_TOKEN=${keyA}\n`;
    const { cli, file } = prepare(text, { stdin: `${keyA}\n` });
    const { code, stdout, stderr } = await cli.run("jean2", "token", "set");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `unchanged: ${file}\n`,
      stderr: `jean2: that key is in ${file} already\n`,
    });
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(cli.home)).toEqual([".jean2"]);
  });
});

describe("jarvis token rotate", () => {
  it("changes one value of config.toml", async () => {
    const cli = testCli();
    const file = join(cli.home, ".openjarvis", "config.toml");
    mkdirSync(join(cli.home, ".openjarvis"));
    const text = (key: string) =>
      `[engine.openai]\napi_key = "sk-other"\n\n[server.auth]\napi_key = ${key} # ours\n`;
    writeFileSync(file, text(`'${keyA}'`), { mode: 0o600 });
    const { code } = await cli.run("jarvis", "token", "rotate");
    const after = readFileSync(file, "utf8");
    const key = /"(oj_sk_[^"]*)"/.exec(after)?.[1] ?? "";
    expect(after).toBe(text(`"${key}"`));
    expect(code).toBe(0);
  });
});
