import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { identifyKey } from "../../../../src/keys/formats.js";
import type { ProgramName } from "../../../../src/cli/output.js";
import { testCli } from "../../../helpers/run-cli.js";

const base64url = /^[A-Za-z0-9_][A-Za-z0-9_-]{42}\n$/;
const openjarvis = /^oj_sk_[A-Za-z0-9_-]{43}\n$/;

describe("auth generate-key", () => {
  const printed: [ProgramName, string[], RegExp][] = [
    ["jarvis", [], openjarvis],
    ["jean2", [], base64url],
    ["keyward", [], base64url],
    ["keyward", ["--system", "openjarvis"], openjarvis],
    ["keyward", ["--system", "jarvis"], openjarvis],
    ["keyward", ["--system", "generic"], base64url],
    ["jean2", ["--format", "openjarvis"], openjarvis],
  ];
  it.each(printed)("%s %j prints the key alone", async (name, options, shape) => {
    const { code, stdout, stderr } = await testCli().run(name, "auth", "generate-key", ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(shape);
  });

  it("takes --system before the command, too", async () => {
    const argv = ["--system", "openjarvis", "auth", "generate-key"];
    expect((await testCli().run("keyward", ...argv)).stdout).toMatch(openjarvis);
  });

  it("needs no HOME", async () => {
    const { code, stdout } = await testCli({ env: { HOME: undefined } }).run(
      "jean2",
      "auth",
      "generate-key",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(base64url);
  });

  it("prints one object with --json", async () => {
    const { stdout } = await testCli().run("jarvis", "auth", "generate-key", "--json");
    const { key, ...rest } = JSON.parse(stdout) as { key: string };
    expect(identifyKey(key)).toBe("openjarvis");
    expect(rest).toEqual({ format: "openjarvis", fingerprint: fingerprintKey(key) });
  });

  it("prints an object a line with --count and --json", async () => {
    const argv = ["auth", "generate-key", "--count", "3", "--json"];
    const lines = (await testCli().run("jean2", ...argv)).stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const { key, format, fingerprint } = JSON.parse(line) as Record<string, string>;
      expect({ format, fingerprint }).toEqual({
        format: "base64url",
        fingerprint: fingerprintKey(key ?? ""),
      });
    }
  });

  it.each([1, 999, 1000, 1001, 2500])("prints %i keys, all different", async (count) => {
    const { stdout } = await testCli().run("jarvis", "auth", "generate-key", "--count", `${count}`);
    const keys = stdout.trimEnd().split("\n");
    expect(new Set(keys).size).toBe(count);
    expect(keys.every((key) => identifyKey(key) === "openjarvis")).toBe(true);
  });

  it.each([
    [["--count", "0"], "--count takes a whole number from 1, got 0"],
    [["--count", "-1"], "--count takes a whole number from 1, got -1"],
    [["--count", "1e3"], "--count takes a whole number from 1, got 1e3"],
    [["--count", "ten"], "--count takes a whole number from 1, got ten"],
    [["--count", "9007199254740993"], "--count takes a whole number from 1, got 9007199254740993"],
    [["--print"], "--print is for --write"],
    [["--write", "--count", "2"], "--write, which stores one key"],
    [["--format", "hex"], "one of: openjarvis, base64url"],
    [["extra"], "too many arguments"],
  ])("refuses %j", async (options, message) => {
    const cli = testCli();
    const { code, stdout, stderr } = await cli.run("jean2", "auth", "generate-key", ...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(existsSync(join(cli.home, ".jean2"))).toBe(false);
  });
});

describe("auth generate-key --write", () => {
  it("stores the first key where Jean2's daemon reads it, and prints its name instead", async () => {
    const cli = testCli();
    const file = join(cli.home, ".jean2", ".env");
    const { code, stdout, stderr } = await cli.run("jean2", "auth", "generate-key", "--write");
    const [, key = ""] = /^JEAN2_AUTH_TOKEN=(.{43})\n$/.exec(readFileSync(file, "utf8")) ?? [];
    expect(code).toBe(0);
    expect(stdout).toBe(`${file}  ${fingerprintKey(key)}\n`);
    expect(stderr).not.toContain(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(cli.home, ".jean2")).mode & 0o777).toBe(0o700);
  });

  it("prints the key alone with --print, and its place on standard error", async () => {
    const cli = testCli();
    const argv = ["auth", "generate-key", "--write", "--print"];
    const { stdout, stderr } = await cli.run("jean2", ...argv);
    const file = join(cli.home, ".jean2", ".env");
    expect(readFileSync(file, "utf8")).toBe(`JEAN2_AUTH_TOKEN=${stdout}`);
    expect(stderr).toContain(`${file}  ${fingerprintKey(stdout.trim())}`);
  });

  it("keeps everything else of the file, and tightens its mode", async () => {
    const cli = testCli();
    const file = join(cli.home, ".jean2", ".env");
    mkdirSync(join(cli.home, ".jean2"));
    writeFileSync(file, "# mine\r\nJEAN2_PORT=9000\r\nJEAN2_AUTH_TOKEN=\r\n");
    chmodSync(file, 0o644);
    const { code, stderr } = await cli.run("jean2", "auth", "generate-key", "--write");
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(
      /^# mine\r\nJEAN2_PORT=9000\r\nJEAN2_AUTH_TOKEN=[\w-]{43}\r\n$/,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(stderr).toContain("0644");
  });

  it.each(["your-secret-token", "x", "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE"])(
    "refuses to replace a key, whatever it is worth: %s",
    async (key) => {
      const cli = testCli();
      const file = join(cli.home, ".jean2", ".env");
      mkdirSync(join(cli.home, ".jean2"));
      writeFileSync(file, `JEAN2_AUTH_TOKEN=${key}\n`, { mode: 0o600 });
      const { code, stdout, stderr } = await cli.run("jean2", "auth", "generate-key", "--write");
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toBe(
        `jean2: Jean2 has a key in ${file}\njean2: hint: replace it with: jean2 token rotate\n`,
      );
      expect(readFileSync(file, "utf8")).toBe(`JEAN2_AUTH_TOKEN=${key}\n`);
    },
  );

  it("says which system it needs when there is nothing to tell by", async () => {
    const { code, stderr } = await testCli().run("keyward", "auth", "generate-key", "--write");
    expect(code).toBe(3);
    expect(stderr).toContain("say it with --system");
  });

  it("fails clearly without HOME", async () => {
    const cli = testCli({ env: { HOME: undefined } });
    const { code, stdout } = await cli.run("jean2", "auth", "generate-key", "--write", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "no-home" } });
  });
});
