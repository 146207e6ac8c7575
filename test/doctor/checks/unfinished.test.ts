import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { describe, expect, it } from "vitest";

import { allChecks } from "../../../src/doctor/all-checks.js";
import { applyFixes } from "../../../src/doctor/fixes/apply-fixes.js";
import { examine } from "../../../src/doctor/examine.js";
import { planFixes } from "../../../src/doctor/fixes/fixes.js";
import { findUnfinished } from "../../../src/doctor/checks/unfinished.js";
import type { Journal } from "../../../src/rotate/journal/journal-shape.js";
import { journalPath } from "../../../src/rotate/journal/journal.js";
import { copyPathOf } from "../../../src/rotate/journal/old-copy.js";
import { acquireLock } from "../../../src/files/lock.js";
import { keyA } from "../../helpers/keys.js";
import type { TestMachine } from "../../helpers/machine.js";
import { prepare, spelled } from "../subject.js";

const env = ".jean2/.env";
const files = { [env]: `export JEAN2_AUTH_TOKEN=${keyA}\n` };

/** The journal of a rotation that was killed while it waited for the server. */
function writeJournal(location: string, machine: TestMachine): void {
  const journal: Journal = {
    version: 1,
    step: "wait",
    system: "jean2",
    launch: "daemon",
    location,
    copy: copyPathOf(location, machine),
    hadKey: true,
    leaked: false,
    oldFingerprint: null,
    newFingerprint: null,
    format: "base64url",
    command: ["jean2", "restart"],
    url: "http://127.0.0.1:1",
    named: false,
    certificate: null,
    listening: null,
    wasOpen: false,
    since: "2026-01-01T00:00:00.000Z",
    user: "alice",
    host: "lab",
  };
  const path = journalPath(location, machine);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(journal), { mode: 0o600 });
}

describe("findUnfinished", () => {
  it("finds nothing where nothing was cut off", async () => {
    const { subject } = await prepare({ files });
    expect(spelled(findUnfinished(subject))).toEqual([]);
  });

  it("finds a rotation that was cut off, and says how it is finished", async () => {
    const { subject, machine, at } = await prepare({ files });
    writeJournal(at(env), machine);
    expect(spelled(findUnfinished(subject))).toEqual([
      {
        id: "unfinished-rotation",
        severity: "error",
        message: `the rotation of ${at(env)} that alice began on lab at 2026-01-01T00:00:00.000Z was cut off while the server came back`,
        fix: "keyward token rotate --resume",
        location: at(env),
      },
    ]);
  });

  it("leaves one that is under way alone", async () => {
    const { subject, machine, at } = await prepare({ files });
    writeJournal(at(env), machine);
    const lock = acquireLock(at(env), machine);
    expect(spelled(findUnfinished(subject))).toEqual([]);
    lock.release();
  });

  it("finds old bytes that nobody knows of any more", async () => {
    const { subject, machine, at } = await prepare({ files });
    const copy = copyPathOf(at(env), machine);
    writeFileSync(copy, "JEAN2_AUTH_TOKEN=\n", { mode: 0o600 });
    expect(spelled(findUnfinished(subject))).toMatchObject([
      { id: "stray-copy", severity: "warning", fix: `rm ${copy}`, location: at(env) },
    ]);
  });

  it("keeps --fix from the file until it is finished", async () => {
    const { subject, machine, at } = await prepare({ files });
    writeJournal(at(env), machine);
    const findings = await examine(subject, allChecks);
    const { fixed, failed } = await applyFixes(await planFixes(findings, machine, subject));
    expect(fixed).toEqual([]);
    expect(failed).toMatchObject([
      { id: "export-line", reason: expect.stringContaining("was cut off") },
    ]);
    expect(readFileSync(at(env), "utf8")).toBe(files[env]);
  });
});
