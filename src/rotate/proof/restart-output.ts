import { randomBytes } from "node:crypto";
import * as nodePath from "node:path";

import { systemErrorCode } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { createFolders, readAll, removeQuietly } from "../../files/file-steps.js";
import { walkPath } from "../../files/walk-path.js";
import { stateFolder } from "../journal/history.js";

/** A file that takes what a restart command prints. */
export interface RestartOutput {
  readonly path: string;
  readonly fd: number;
}

const nameForm = /^restart-output-[0-9a-f]{12}\.log$/;

/**
 * Opens the file, readable by this user alone; null where there can be none.
 *
 * A file rather than a pipe: a server that goes on writing to a pipe which nobody reads any more is
 * killed by it. And one with a name: what cannot be seen would grow until the disk is full.
 */
export function openOutput(machine: Machine): RestartOutput | null {
  const folder = stateFolder(machine);
  const path = nodePath.join(folder, `restart-output-${randomBytes(6).toString("hex")}.log`);
  try {
    createFolders(walkPath(path, machine).missingFolders, machine);
    removeSpent(folder, machine);
    return { path, fd: machine.fs.openSync(path, "ax+", 0o600) };
  } catch {
    // It is only to be shown.
    return null;
  }
}

/**
 * Reads what was printed, and removes the file unless another process may still write to it: then
 * it is emptied, since what a server says as it starts may be its key.
 *
 * @returns `keptAt` is the file's path where it is still there
 */
export function closeOutput(
  { path, fd }: RestartOutput,
  machine: Machine,
): { readonly text: string; readonly keptAt: string | null } {
  const { fs } = machine;
  try {
    const text = readAll(fd, machine).toString("utf8");
    const keeps = isHeld(fd, machine);
    if (keeps) fs.ftruncateSync(fd, 0);
    else removeQuietly(path, machine);
    return { text, keptAt: keeps ? path : null };
  } catch {
    return { text: "", keptAt: path };
  } finally {
    fs.closeSync(fd);
  }
}

/** Files of earlier restarts, once nobody writes to them any more. */
function removeSpent(folder: string, machine: Machine): void {
  const { fs } = machine;
  for (const name of fs.readdirSync(folder).filter((each) => nameForm.test(each))) {
    const path = nodePath.join(folder, name);
    const fd = fs.openSync(path, "r");
    const isSpent = !isHeld(fd, machine);
    fs.closeSync(fd);
    if (isSpent) removeQuietly(path, machine);
  }
}

/**
 * Whether a process other than this one has the file open, or may have: one of another user, as
 * `sudo` starts it, does not show, so that its time must do.
 */
function isHeld(fd: number, machine: Machine): boolean {
  const { fs, platform, pid } = machine;
  const booted = platform === "linux" ? findBoot(machine) : null;
  if (booted === null) return true;
  const { dev, ino, birthtimeMs } = fs.fstatSync(fd);
  const others = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return others.some((name) => {
    if (Number(name) === pid) return false;
    try {
      return fs.readdirSync(`/proc/${name}/fd`).some((each) => {
        const stats = fs.statSync(`/proc/${name}/fd/${each}`, { throwIfNoEntry: false });
        return stats?.ino === ino && stats.dev === dev;
      });
    } catch (error) {
      if (systemErrorCode(error) !== "EACCES") return false;
      const age = booted + findStart(name, machine) - birthtimeMs;
      return age > -roundingMs && age < longestRestartMs;
    }
  });
}

/** The kernel tells its own start in whole seconds. */
const roundingMs = 2000;
const longestRestartMs = 3_600_000;

/** When the machine was started, in milliseconds since 1970; null where the kernel does not tell. */
function findBoot({ fs }: Machine): number | null {
  try {
    const [, seconds] = /^btime (\d+)$/m.exec(fs.readFileSync("/proc/stat", "latin1")) ?? [];
    return seconds === undefined ? null : Number(seconds) * 1000;
  } catch {
    return null;
  }
}

/** When a process began, in milliseconds since the machine did; 0 for one that is gone. */
function findStart(pid: string, { fs }: Machine): number {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name, in brackets, may itself hold blanks and brackets. A tick is 10 ms.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) * 10;
  } catch {
    return 0;
  }
}
