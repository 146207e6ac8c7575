import { spawn } from "node:child_process";
import { once } from "node:events";
import { text as readText } from "node:stream/consumers";

import { onTestFinished } from "vitest";

import { bundleScript } from "./bundle.js";

/** What a rotation that may be killed is to do. */
export interface MortalRun {
  readonly home: string;
  readonly url: string;
  readonly command: readonly string[];
  readonly how: "rotate" | "resume" | "undo";
  /** The file cannot be renamed over, as a bind mount cannot. */
  readonly inPlace: boolean;
  /** The effect before which it kills itself, from 1: a change of the disk, or a child's start; 0 for none. */
  readonly last: number;
}

/** The script that {@link runMortal} runs. */
export function buildMortal(folder: string): Promise<string> {
  return bundleScript(folder, "mortal", source);
}

/** Runs a rotation in a process of its own; how many effects it had, or null when it killed itself. */
export async function runMortal(script: string, run: MortalRun): Promise<number | null> {
  const child = spawn(process.execPath, [script, JSON.stringify(run)], {
    cwd: "/",
    env: { HOME: run.home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit") as Promise<[number | null, string | null]>;
  const said = await readText(child.stdout);
  const [code, signal] = await ended;
  if (signal === "SIGKILL") return null;
  if (code !== 0) throw new Error(`the rotation ended with status ${code}`);
  return Number(said);
}

const source = `
import * as childProcess from "node:child_process";
import * as fs from "node:fs";
import { createMachine } from "keyward:core/machine.js";
import { recoverRotation } from "keyward:rotate/recover.js";
import { rotateKey } from "keyward:rotate/rotate.js";
import { jean2 } from "keyward:systems/jean2/jean2.js";

const { home, url, command, how, inPlace, last } = JSON.parse(process.argv[2]);
const file = home + "/.jean2/.env";
const changing = /^(?:close|fchmod|fchown|fsync|ftruncate|link|mkdir|open|rename|rmdir|unlink|write)Sync$/;
let effects = 0;
const live = () => {
  if (++effects === last) process.kill(process.pid, "SIGKILL");
};
const written = new Set();
const mortal = new Proxy(fs, {
  get: (target, name) => (...args) => {
    // What is opened to be read changes nothing; how many such files there are is the machine's affair.
    const opensToRead = name === "openSync" && (typeof args[1] !== "number" || (args[1] & 3) === 0);
    const reads = opensToRead || (name === "closeSync" && !written.delete(args[0]));
    if (changing.test(name) && !reads) live();
    // It matters after a power cut only, and takes most of the time.
    if (name === "fsyncSync") return;
    if (inPlace && name === "renameSync" && args[1] === file) {
      throw Object.assign(new Error("busy"), { code: "EBUSY" });
    }
    const result = target[name](...args);
    if (name === "openSync" && !reads) written.add(result);
    return result;
  },
});
const machine = {
  ...createMachine({ process, date: Date, fs: mortal }),
  cwd: "/",
  childProcess: () => ({ ...childProcess, spawn: (...args) => (live(), childProcess.spawn(...args)) }),
};
const restart = { command, url, timeoutMs: 10000 };
if (how === "rotate") {
  const { report } = await rotateKey({ system: jean2, machine, restart });
  if (report.status !== "rotated") throw new Error(JSON.stringify(report));
} else await recoverRotation({ system: jean2, machine, how, restart });
fs.writeSync(1, String(effects));
`;
