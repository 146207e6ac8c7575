import { mayHideKey } from "../../keys/looks-like-key.js";
import type { Machine } from "../../core/machine.js";
import { listensOn } from "../../processes/holders.js";
import type { LiveServer } from "../contract/system.js";

/**
 * Reads Jean2's `server.pid`: JSON with pid, port, host and startedAt. A file that is missing, is
 * not of that form, names a process that is gone, or one that does not hold that port tells of no
 * live server: its number may be another process's by now.
 */
export function readPidFile(path: string, machine: Machine): LiveServer | null {
  const content = parseFile(path, machine);
  if (content === null || typeof content === "number") return null;
  const { pid, port, host } = content;
  if (typeof host !== "string" || !isWithin(port, 1, 65_535) || !isWithin(pid, 1, 2 ** 31)) {
    return null;
  }
  // It is shown, and becomes a part of a URL.
  if (mayHideKey(host)) return null;
  if (!machine.isRunning(pid) || listensOn(pid, port, machine) === false) return null;
  return { pid, port, host, source: path };
}

/** The process in a pid file, JSON with `pid` or the number alone; null for none. */
export function readPid(path: string, machine: Machine): number | null {
  const content = parseFile(path, machine);
  const pid = typeof content === "number" ? content : content?.["pid"];
  return isWithin(pid, 1, 2 ** 31) ? pid : null;
}

/** Whether it is the file of a server that is gone, which `jean2 restart` refuses to restart. */
export function isStalePidFile(path: string, machine: Machine): boolean {
  const pid = readPid(path, machine);
  return pid !== null && !machine.isRunning(pid);
}

function parseFile(path: string, machine: Machine): Record<string, unknown> | number | null {
  try {
    const content: unknown = JSON.parse(machine.fs.readFileSync(path, "utf8"));
    if (typeof content === "number") return content;
    return typeof content === "object" && content !== null ? { ...content } : null;
  } catch {
    return null;
  }
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}
