import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { describe, expect, it } from "vitest";

import { findOpenHistory } from "../../../src/doctor/checks/history.js";
import { appendHistory, historyFile, readHistory } from "../../../src/rotate/journal/history.js";
import { testMachine } from "../../helpers/machine.js";
import { prepare } from "../subject.js";

const path = ".local/state/keyward/history.jsonl";

describe("findOpenHistory", () => {
  it.each([
    [0o600, []],
    [0o640, ["history-mode"]],
    [0o644, ["history-mode"]],
    [0o622, ["history-mode"]],
  ])("of mode %o", async (mode, ids) => {
    const { machine, at } = await prepare({ files: { [path]: "" }, mode });
    const found = findOpenHistory(machine);
    expect(found.map(({ id }) => id)).toEqual(ids);
    for (const { fix } of found) expect(fix).toBe(`chmod 0600 ${at(path)}`);
  });

  it("is none where there is no history", () => {
    expect(findOpenHistory(testMachine())).toEqual([]);
  });
});

describe("readHistory", () => {
  const entry = {
    system: "jean2",
    location: "/home/x/.jean2/.env",
    oldFingerprint: null,
    newFingerprint: "sha256:0123456789ab",
    outcome: "unverified",
  } as const;

  it("gives the newest first, and nothing where there is none", () => {
    const machine = testMachine();
    expect(readHistory(machine)).toEqual([]);
    appendHistory(entry, machine);
    appendHistory({ ...entry, newFingerprint: null }, machine);
    const rest = { time: "2026-01-02T03:04:05.678Z", user: machine.user.name, host: "test-host" };
    expect(readHistory(machine)).toEqual([
      { ...entry, ...rest, newFingerprint: null },
      { ...entry, ...rest },
    ]);
  });

  it.each(["{", "[]", "null", '"x"', "{}", '{"time":1}', ""])("passes over a line %j", (line) => {
    const machine = testMachine();
    appendHistory(entry, machine);
    writeFileSync(historyFile(machine), `${line}\n`, { flag: "a" });
    appendHistory(entry, machine);
    expect(readHistory(machine)).toHaveLength(2);
  });

  it("says which file it cannot read", () => {
    const machine = testMachine();
    mkdirSync(dirname(historyFile(machine)), { recursive: true });
    mkdirSync(historyFile(machine));
    expect(() => readHistory(machine)).toThrow(
      expect.objectContaining({
        code: "unreadable",
        message: expect.stringContaining(historyFile(machine)),
      }),
    );
  });
});
