import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { keyA } from "../../../helpers/keys.js";
import { FROZEN_NOW } from "../../../helpers/machine.js";
import { testCli, type TestCli } from "../../../helpers/run-cli.js";

const day = 86_400_000;

/** A home with Jean2's file, seen on several days. */
function prepare(text: string | null = `JEAN2_AUTH_TOKEN=${keyA}\n`) {
  const first = testCli();
  const { home } = first;
  const file = join(home, ".jean2", ".env");
  mkdirSync(join(home, ".jean2"));
  if (text !== null) writeFileSync(file, text, { mode: 0o600 });
  const onDay = (days: number): TestCli =>
    testCli({ home, clock: { now: () => FROZEN_NOW + days * day, monotonic: () => 0 } });
  return { home, file, onDay, keyNow: () => readFileSync(file, "utf8").trim().split("=")[1] ?? "" };
}

describe("token history", () => {
  it("lists every change, the newest first", async () => {
    const { file, onDay, keyNow } = prepare();
    await onDay(0).run("jean2", "token", "rotate");
    const between = fingerprintKey(keyNow());
    await onDay(1).run("jean2", "token", "rotate");
    const { code, stdout, stderr } = await onDay(1).run("jean2", "token", "history");
    const who = `${onDay(0).user.name}@test-host`;
    const last = fingerprintKey(keyNow());
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")).toEqual([
      `2026-01-03T03:04:05.678Z  unverified  jean2  ${file}  ${between} -> ${last}  ${who}`,
      `2026-01-02T03:04:05.678Z  unverified  jean2  ${file}  ${fingerprintKey(keyA)} -> ${between}  ${who}`,
      "",
    ]);
  });

  it("gives JSON", async () => {
    const { file, onDay, keyNow } = prepare(null);
    await onDay(0).run("jean2", "token", "rotate");
    const { stdout } = await onDay(0).run("jean2", "token", "history", "--json");
    expect(JSON.parse(stdout)).toEqual({
      system: "jean2",
      entries: [
        {
          time: "2026-01-02T03:04:05.678Z",
          system: "jean2",
          location: file,
          oldFingerprint: null,
          newFingerprint: fingerprintKey(keyNow()),
          outcome: "unverified",
          user: onDay(0).user.name,
          host: "test-host",
        },
      ],
    });
  });

  it("is of all systems unless one is named", async () => {
    const { home, onDay } = prepare();
    mkdirSync(join(home, ".openjarvis"));
    writeFileSync(join(home, ".openjarvis", "config.toml"), "", { mode: 0o600 });
    await onDay(0).run("jean2", "token", "rotate");
    await onDay(1).run("jarvis", "token", "rotate");
    const all = await onDay(1).run("keyward", "token", "history");
    expect(all.stdout.match(/ {2}(?:jean2|openjarvis) {2}/g)).toEqual([
      "  openjarvis  ",
      "  jean2  ",
    ]);
    const one = await onDay(1).run("jarvis", "token", "history");
    expect(one.stdout).not.toContain("jean2");
  });

  it("says when nothing is remembered, and passes over lines that are none", async () => {
    const { home, onDay } = prepare();
    const empty = await onDay(0).run("jean2", "token", "history");
    expect(empty).toEqual({
      code: 0,
      stdout: "",
      stderr: "jean2: no change of a key is recorded\n",
    });
    const folder = join(home, ".local", "state", "keyward");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "history.jsonl"), '{"time":"2026\n');
    expect((await onDay(0).run("jean2", "token", "history")).stdout).toBe("");
  });
});

describe("token rotate, only when it is due", () => {
  it("leaves a key alone that is young enough, and replaces it later", async () => {
    const { onDay, file, keyNow } = prepare();
    const rotate = (days: number) =>
      onDay(days).run("jean2", "token", "rotate", "--if-older-than", "30d", "--json");
    // Nobody remembers when it was made.
    expect(JSON.parse((await rotate(0)).stdout)).toMatchObject({ status: "unverified" });
    const key = keyNow();
    const young = await rotate(29);
    expect(young.code).toBe(0);
    expect(JSON.parse(young.stdout)).toEqual({
      system: "jean2",
      location: file,
      status: "unchanged",
      reason: { code: "not-due", message: "the key is 29 days old" },
      workers: null,
      oldFingerprint: fingerprintKey(key),
      newFingerprint: null,
      steps: [],
      next: [],
      notes: ["the key is 29 days old"],
    });
    expect(keyNow()).toBe(key);
    expect(JSON.parse((await rotate(31)).stdout)).toMatchObject({ status: "unverified" });
    expect(keyNow()).not.toBe(key);
  });

  it("makes a key only where there is none", async () => {
    const { onDay, keyNow } = prepare(null);
    const rotate = () => onDay(0).run("jean2", "token", "rotate", "--if-missing");
    expect((await rotate()).stdout).toContain("(no key) -> sha256:");
    const key = keyNow();
    const { code, stdout, stderr } = await rotate();
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^unchanged: .*\.env\n$/)]);
    expect(stderr).toMatch(/^jean2: there is a key in .*\.env\n$/);
    expect(keyNow()).toBe(key);
  });

  it("writes nothing at all where nothing is due", async () => {
    const { onDay, home, file } = prepare();
    const before = readFileSync(file, "utf8");
    await onDay(0).run("jean2", "token", "rotate", "--if-missing");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(onDay(0).fs.readdirSync(home)).toEqual([".jean2"]);
  });
});
