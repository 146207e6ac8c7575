import { spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { runBuilt } from "../helpers/built.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";

function prepare(text: string | null) {
  const home = temporaryFolder();
  const folder = join(home, ".jean2");
  const file = join(folder, ".env");
  mkdirSync(folder, { mode: 0o700 });
  if (text !== null) writeFileSync(file, text, { mode: 0o600 });
  const run = (...argv: string[]) => runBuilt("jean2", argv, { env: { HOME: home } });
  return { home, folder, file, run };
}

const one = `JEAN2_AUTH_TOKEN=${keyA}\n`;

describe("the built program, on real files", () => {
  it("makes folder and file for their owner alone, whatever the umask", () => {
    const home = temporaryFolder();
    const bin = resolve("bin", "jean2.cjs");
    const line = `umask 000; exec "${process.execPath}" "${bin}" auth generate-key --write`;
    const { status } = spawnSync("/bin/sh", ["-c", line], { env: { HOME: home } });
    expect(status).toBe(0);
    expect(statSync(join(home, ".jean2")).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, ".jean2", ".env")).mode & 0o777).toBe(0o600);
  });

  it("tightens a file that others could read, and says so", async () => {
    const { file, run } = prepare(one);
    chmodSync(file, 0o644);
    const { stderr } = await run("token", "rotate");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(stderr).toContain("0644");
  });

  it("replaces the target of a symbolic link, and keeps the link", async () => {
    const { home, file, run } = prepare(null);
    const target = join(home, "elsewhere.env");
    writeFileSync(target, one, { mode: 0o600 });
    symlinkSync(target, file);
    const { code } = await run("token", "rotate");
    expect(code).toBe(0);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).not.toContain(keyA);
    expect(readdirSync(home).sort()).toEqual([".jean2", ".local", "elsewhere.env"]);
  });

  it("refuses a symbolic link to nothing, naming both ends", async () => {
    const { home, file, run } = prepare(null);
    symlinkSync(join(home, "gone.env"), file);
    const { code, stderr } = await run("token", "rotate");
    expect(code).toBe(3);
    expect(stderr).toContain(file);
    expect(stderr).toContain(join(home, "gone.env"));
  });

  it("refuses a file with two names", async () => {
    const { home, file, run } = prepare(one);
    linkSync(file, join(home, "second"));
    const { code, stderr } = await run("token", "rotate");
    expect(code).toBe(3);
    expect(stderr).toContain("hard link");
    expect(readFileSync(file, "utf8")).toBe(one);
  });

  it("lets two writers at once not both believe that they were alone", async () => {
    const { folder, file, run } = prepare(one);
    const results = await Promise.all(
      Array.from({ length: 6 }, () => run("token", "rotate", "--json")),
    );
    const winners = results.filter(({ code }) => code === 0);
    expect(winners.length).toBeGreaterThan(0);
    for (const { code, stdout } of results.filter((each) => each.code !== 0)) {
      expect(code).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: "locked" } });
    }
    // The winners followed one another: each replaced what the one before had written.
    const changes = winners.map(
      ({ stdout }) => JSON.parse(stdout) as { oldFingerprint: string; newFingerprint: string },
    );
    const next = new Map(changes.map((each) => [each.oldFingerprint, each.newFingerprint]));
    let last = fingerprintKey(keyA) ?? "";
    for (let i = 0; i < winners.length; i++) last = next.get(last) ?? "";
    const key = readFileSync(file, "utf8").trim().replace("JEAN2_AUTH_TOKEN=", "");
    expect(last).toBe(fingerprintKey(key));
    expect(readdirSync(folder)).toEqual([".env"]);
  });

  it("allows only one first key among several writers", async () => {
    const { run } = prepare(null);
    const argv = ["auth", "generate-key", "--write", "--json"];
    const results = await Promise.all(Array.from({ length: 4 }, () => run(...argv)));
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
  });

  it("stops quietly when the reader of many keys goes away", () => {
    const bin = resolve("bin", "keyward.cjs");
    const line = `"${process.execPath}" "${bin}" auth generate-key --count 100000000 2>err | head -n 2; cat err`;
    const { stdout, status } = spawnSync("/bin/bash", ["-o", "pipefail", "-c", line], {
      encoding: "utf8",
      cwd: temporaryFolder(),
    });
    expect(stdout).toMatch(/^[\w-]{43}\n[\w-]{43}\n$/);
    expect(status).toBe(0);
  });

  it("loses nothing in a pipe that is read slowly", () => {
    const bin = resolve("bin", "jarvis.cjs");
    const line = `"${process.execPath}" "${bin}" auth generate-key --count 20000 | (sleep 0.2; wc -lc)`;
    const { stdout } = spawnSync("/bin/sh", ["-c", line], { encoding: "utf8" });
    expect(stdout.trim().split(/\s+/)).toEqual(["20000", "1000000"]);
  });

  it("works as the guides have it: inside $(…)", () => {
    const folder = temporaryFolder();
    const bin = resolve("bin", "jarvis.cjs");
    const line = `echo "OPENJARVIS_API_KEY=$("${process.execPath}" "${bin}" auth generate-key)" > .env`;
    spawnSync("/bin/sh", ["-c", line], { cwd: folder });
    expect(readFileSync(join(folder, ".env"), "utf8")).toMatch(
      /^OPENJARVIS_API_KEY=oj_sk_[\w-]{43}\n$/,
    );
  });
});
