import * as fs from "node:fs";
import * as os from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { readHistory } from "../../src/rotate/journal/history.js";
import { JournalKeeper, journalPath } from "../../src/rotate/journal/journal.js";
import type { Journal, JournalStep } from "../../src/rotate/journal/journal-shape.js";
import { recoverRotation } from "../../src/rotate/recover.js";
import { type RecoverOptions } from "../../src/rotate/options.js";
import { rotateKey } from "../../src/rotate/rotate.js";
import { acquireLock } from "../../src/files/lock.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { keyA, keyB } from "../helpers/keys.js";
import { buildServer } from "../helpers/restartable-server.js";
import {
  describeCutOff,
  oldText,
  prepareRotation,
  type RotationSetting,
} from "../helpers/rotation.js";

const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-recover-"));
let script: string;
beforeAll(async () => {
  script = await buildServer(folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const containing = (words: string) => expect.stringContaining(words) as string;
const newText = oldText.replace(keyA, keyB);

/** A rotation from keyA to keyB that was cut off in a step, by what it leaves. */
async function cutOff(step: JournalStep, text: string, changes: Partial<Journal> = {}) {
  const setting = await prepareRotation(script);
  const { file, copy, machine } = setting;
  fs.writeFileSync(file, text);
  fs.writeFileSync(copy, oldText, { mode: 0o600 });
  const journal = describeCutOff(setting, step, changes);
  new JournalKeeper(journal, machine).enter(step);
  const recover = (how: RecoverOptions["how"]) =>
    recoverRotation({ system: jean2, machine, how, restart: { timeoutMs: 3000 } });
  return { ...setting, recover, journal: journalPath(file, machine) };
}

async function expectKey({ ask, file, listLeftovers }: RotationSetting, key: string) {
  expect(fs.readFileSync(file, "utf8")).toContain(`JEAN2_AUTH_TOKEN=${key}\n`);
  expect(await ask(key)).toBe("enforced");
  expect(listLeftovers()).toEqual([]);
}

describe("a rotation that was cut off", () => {
  it.each(["write", "restart", "wait", "prove", "commit", "undo"] as const)(
    "in %s, with the new key in the file, is finished",
    async (step) => {
      const setting = await cutOff(step, newText);
      if (step === "commit") await setting.server.restart();
      const { report } = await setting.recover("resume");
      expect(report).toMatchObject({ status: "rotated", newFingerprint: fingerprintKey(keyB) });
      expect(report.notes[0]).toMatch(
        /^the rotation of .* that me began on here at 2026-01-02T03:04:05.678Z was cut off /,
      );
      await expectKey(setting, keyB);
      expect(readHistory(setting.machine)).toMatchObject([
        { outcome: "rotated", began: "2026-01-02T03:04:05.678Z" },
      ]);
    },
  );

  it.each(["write", "restart", "wait", "prove", "commit", "undo"] as const)(
    "in %s, with the new key in the file, is undone",
    async (step) => {
      const setting = await cutOff(step, newText);
      if (step !== "write") await setting.server.restart();
      const { report } = await setting.recover("undo");
      expect(report).toMatchObject({ status: "undone", newFingerprint: null });
      expect(fs.readFileSync(setting.file, "utf8")).toBe(oldText);
      await expectKey(setting, keyA);
      expect(readHistory(setting.machine)).toMatchObject([{ outcome: "undone" }]);
    },
  );

  it.each(["copy", "make", "write"] as const)(
    "in %s, with the old key in the file, begins again with another new key",
    async (step) => {
      const setting = await cutOff(step, oldText);
      const { report, newKey } = await setting.recover("resume");
      expect(report.status).toBe("rotated");
      expect([keyA, keyB]).not.toContain(newKey);
      await expectKey(setting, newKey ?? "");
    },
  );

  it("while it was undone, with the old key in the file, is undone to the end", async () => {
    const setting = await cutOff("undo", newText);
    await setting.server.restart();
    fs.writeFileSync(setting.file, oldText);
    expect((await setting.recover("resume")).report.status).toBe("undone");
    await expectKey(setting, keyA);
  });

  it("cannot be finished with a key that was brought and never written", async () => {
    const setting = await cutOff("write", oldText, { format: null });
    await expect(setting.recover("resume")).rejects.toMatchObject({
      code: "no-key",
      message: "the key that was brought was never written: nothing changed",
    });
    await expectKey(setting, keyA);
  });

  it("begins nothing where the server was stopped meanwhile", async () => {
    const setting = await cutOff("write", oldText);
    await setting.server.stop();
    const { report } = await setting.recover("resume");
    expect(report.status).toBe("unverified");
    expect(setting.listLeftovers()).toEqual([]);
  });

  it("is undone where finishing it fails", async () => {
    const setting = await cutOff("restart", newText);
    setting.server.setMode("once wide");
    const { report } = await setting.recover("resume");
    expect(report).toMatchObject({ status: "undone", reason: { code: "listens-wider" } });
    await expectKey(setting, keyA);
  });

  it.each([
    ["a leaked key", { leaked: true }, "it is not undone: the leaked key is never put back"],
    [
      "no key",
      { hadKey: false, copy: null },
      "it is not undone: there was no key before, and the server is never left without one again",
    ],
  ] as const)("never goes back to %s", async (_, changes, message) => {
    const setting = await cutOff("prove", newText, changes);
    if (!("leaked" in changes)) fs.unlinkSync(setting.copy);
    await expect(setting.recover("undo")).rejects.toMatchObject({ code: "would-open", message });
    expect(fs.readFileSync(setting.file, "utf8")).toBe(newText);
    expect((await setting.recover("resume")).report.status).toBe("rotated");
    await expectKey(setting, keyB);
  });

  it.each(["resume", "undo"] as const)("is left alone by %s beside a third key", async (how) => {
    const third = oldText.replace(keyA, `${keyA.slice(1)}x`);
    const { recover, file, copy, journal } = await cutOff("prove", third);
    const { report } = await recover(how);
    expect(report).toMatchObject({ status: "stuck", reason: { code: "changed-meanwhile" }, copy });
    expect(fs.readFileSync(file, "utf8")).toBe(third);
    expect(fs.existsSync(journal)).toBe(true);
  });

  it("keeps every other change of its key away", async () => {
    const { options } = await cutOff("prove", newText);
    const { restart: _, ...plain } = options;
    for (const each of [options, plain]) {
      await expect(rotateKey(each)).rejects.toMatchObject({
        code: "interrupted",
        message: containing("was cut off before it was proven"),
        hint: "finish it with: keyward token rotate --resume; or go back with: keyward token rotate --undo",
      });
    }
  });

  it("is not touched while another process is at it", async () => {
    const { recover, options, file, machine } = await cutOff("prove", newText);
    const lock = acquireLock(file, machine);
    await expect(recover("undo")).rejects.toMatchObject({ code: "locked" });
    await expect(rotateKey(options)).rejects.toMatchObject({ code: "locked" });
    lock.release();
  });

  it.each([
    ["others may write it", 0o622, null, "untrusted", "others may write to the journal"],
    ["it is none", 0o600, "{}", "malformed", "is no journal of keyward's"],
  ])("is not believed where %s", async (_, mode, text, code, words) => {
    const { recover, journal, file } = await cutOff("prove", newText);
    if (text !== null) fs.writeFileSync(journal, text);
    fs.chmodSync(journal, mode);
    await expect(recover("undo")).rejects.toMatchObject({ code, message: containing(words) });
    expect(fs.readFileSync(file, "utf8")).toBe(newText);
  });
});

describe("nothing was cut off", () => {
  it.each(["resume", "undo"] as const)("%s has nothing to do", async (how) => {
    const { machine, home, file } = await prepareRotation(script);
    const { report } = await recoverRotation({ system: jean2, machine, how });
    expect(report).toMatchObject({
      status: "unchanged",
      location: file,
      notes: ["no rotation was cut off"],
    });
    expect(fs.existsSync(join(home, ".local"))).toBe(false);
  });
});
