import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { acquireLock } from "../../src/files/lock.js";
import { openStore } from "../../src/locations/open-store.js";
import { keyA, keyB } from "../helpers/keys.js";
import { temporaryFolder, testMachine } from "../helpers/machine.js";

// Two programs that write the same file at once lose one of the two changes, so that a store writes
// for nobody who has not locked that very file.
describe("a store", () => {
  async function open() {
    const folder = temporaryFolder();
    const machine = testMachine();
    const path = join(folder, ".env");
    writeFileSync(path, `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
    const variable = "JEAN2_AUTH_TOKEN";
    const store = await openStore(
      { kind: "env-file", path, variable, dialects: ["jean2"], writable: true },
      machine,
    );
    return { folder, machine, path, store };
  }

  it("writes with the lock of its file", async () => {
    const { machine, path, store } = await open();
    const lock = acquireLock(path, machine);
    store.write(store.edit(keyB), keyB, lock);
    lock.release();
    expect(store.read().value).toBe(keyB);
  });

  it("does not write with the lock of another file", async () => {
    const { folder, machine, path, store } = await open();
    writeFileSync(join(folder, "other"), "");
    const lock = acquireLock(join(folder, "other"), machine);
    expect(() => store.write(store.edit(keyB), keyB, lock)).toThrow(
      new TypeError(`${path} is not locked by that lock`),
    );
    lock.release();
    expect(readFileSync(path, "utf8")).toBe(`JEAN2_AUTH_TOKEN=${keyA}\n`);
  });

  it("does not write with a lock that was released", async () => {
    const { machine, path, store } = await open();
    const lock = acquireLock(path, machine);
    lock.release();
    expect(() => store.write(store.edit(keyB), keyB, lock)).toThrow("is not locked by that lock");
    expect(readFileSync(path, "utf8")).toBe(`JEAN2_AUTH_TOKEN=${keyA}\n`);
  });
});
