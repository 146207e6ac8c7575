// A process that takes the lock, writes and releases is killed before each of its calls in turn that
// change anything, on the real file system. The next process has to find the old bytes or the new ones,
// or be told that a write in place was cut off, and to be able to write all the same.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { expect, it } from "vitest";

import { acquireLock } from "../../src/files/lock.js";
import { writeFileSafely } from "../../src/files/safe-write.js";
import { chooseCases, extent, tellCount } from "../helpers/chaos.js";
import { bundleScript } from "../helpers/bundle.js";
import { temporaryFolder, testMachine } from "../helpers/machine.js";

// Longer than the new bytes, so that a write in place has a moment at which it is neither.
const OLD = Buffer.from("JEAN2_AUTH_TOKEN=old\n# and a comment that goes on for a while\n");
const NEW = Buffer.from("JEAN2_AUTH_TOKEN=new-and-longer\n");

// Takes the lock, writes, and releases; kills itself before the change whose number it is given.
const WRITER = `
import * as fs from "node:fs";
import { createMachine } from "keyward:core/machine.js";
import { acquireLock } from "keyward:files/lock.js";
import { writeFileSafely } from "keyward:files/safe-write.js";

const [file, before, after, last, way] = process.argv.slice(2);
const changing = /^(?:close|fchmod|fchown|fsync|ftruncate|link|mkdir|open|rename|rmdir|unlink|write)Sync$/;
const calls = [];
const mortal = new Proxy(fs, {
  get: (target, name) => (...args) => {
    if (changing.test(name) && calls.push(name) === Number(last)) process.kill(process.pid, "SIGKILL");
    // It matters after a power cut only, and takes most of the time.
    if (name === "fsyncSync") return;
    if (way === "in place" && name === "renameSync" && args[1] === file) {
      throw Object.assign(new Error("busy"), { code: "EBUSY" });
    }
    return target[name](...args);
  },
});
const machine = createMachine({ process, date: Date, fs: mortal });
const lock = acquireLock(file, machine);
const edit = { before: before ? Buffer.from(before) : null, after: Buffer.from(after) };
writeFileSafely(file, edit, machine, () => true);
lock.release();
fs.writeSync(1, JSON.stringify(calls));
`;

/** Calls that change a name or a byte: killed before each of these even in a sample. */
const decisive = /^(?:ftruncate|link|rename|unlink|write)Sync$/;

const ways = [
  ["replacing", OLD],
  ["creating", null],
  ["in place", OLD],
] as const;

it.each(ways)(
  `a process killed at a call leaves nothing that the next one cannot fix: %s (${extent})`,
  async (way, before) => {
    const folder = temporaryFolder();
    const script = await bundleScript(folder, "writer", WRITER);
    const states = new Set<string>();

    /** A writer that is killed before a call; before none, it ends by itself and lists its calls. */
    function runWriter(call: number) {
      const machine = testMachine({
        home: path.join(folder, String(call)),
        hostname: os.hostname(),
      });
      fs.mkdirSync(machine.home);
      const file = path.join(machine.home, ...(before ? [".env"] : ["new", ".env"]));
      if (before) fs.writeFileSync(file, before, { mode: 0o600 });
      const args = [script, file, before?.toString() ?? "", NEW.toString(), String(call), way];
      const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      expect({ call, stderr, signal }).toEqual({
        call,
        stderr: "",
        signal: call ? "SIGKILL" : null,
      });
      return { machine, file, stdout };
    }

    const whole = runWriter(0);
    const calls = JSON.parse(whole.stdout) as string[];
    mendAfter(whole, 0);
    const sample = new Set(chooseCases(way, calls.length, 8));
    for (let call = 1; call <= calls.length; call++) {
      if (sample.has(call) || decisive.test(calls[call - 1]!)) mendAfter(runWriter(call), call);
    }
    tellCount(`${way}: ${calls.length} kills`);
    const inPlace = way !== "in place" ? [] : ["copy put back", "cut off"];
    expect([...states].sort()).toEqual(["new", "old", "written", ...inPlace].sort());

    function mendAfter({ machine, file }: ReturnType<typeof runWriter>, call: number): void {
      const lock = acquireLock(file, machine);
      const found = fs.existsSync(file) ? fs.readFileSync(file) : null;
      const isOld = before ? found?.equals(before) : found === null;
      states.add(isOld ? "old" : found?.equals(NEW) ? "new" : "cut off");
      states.add(fix(file, found, before));
      lock.release();
      expect(fs.readFileSync(file), `call ${call}`).toEqual(NEW);
      expect(fs.readdirSync(path.dirname(file)), `call ${call}`).toEqual([".env"]);
    }

    /** Writes the new bytes; where a write was cut off, by way of the old ones, as it says to. */
    function fix(file: string, found: Buffer | null, before: Buffer | null): string {
      const machine = testMachine({ home: path.dirname(file) });
      try {
        writeFileSafely(file, { before: found, after: NEW }, machine, () => true);
        return "written";
      } catch (error) {
        if (!before || !(error instanceof Error && / was cut off; /u.test(error.message)))
          throw error;
        writeFileSafely(file, { before: found, after: before }, machine, () => true);
        writeFileSafely(file, { before, after: NEW }, machine, () => true);
        return "copy put back";
      }
    }
  },
  120_000,
);
