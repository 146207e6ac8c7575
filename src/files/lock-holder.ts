import { createHash, randomBytes } from "node:crypto";

import type { Machine } from "../core/machine.js";
import { readProcess } from "../processes/process.js";

/** Who holds a lock, as it stands in the lock file. */
export interface Holder {
  /** Never the same twice. */
  readonly id: string;
  readonly pid: number;
  /** When the process started, in the system's own words; null where it does not say. */
  readonly started: string | null;
  /** Which start of the kernel the process belongs to; null outside Linux. */
  readonly boot: string | null;
  /** Where its process number means anything: a container counts its own; null outside Linux. */
  readonly namespace: string | null;
  readonly host: string;
  /** Tells two machines of one name apart; a hash, since machine ids are to be kept. */
  readonly machine: string | null;
  /** When the lock was taken, in milliseconds since 1970. */
  readonly since: number;
}

/** This process, as the holder of a lock taken now. */
export function describeSelf(machine: Machine): Holder {
  return {
    id: randomBytes(16).toString("hex"),
    pid: machine.pid,
    started: readProcess(machine.pid, machine)?.started ?? null,
    boot: readText("/proc/sys/kernel/random/boot_id", machine),
    namespace: readNamespace(machine),
    host: machine.hostname.replace(/[^\x20-\x7e]/gu, "?").slice(0, 255) || "?",
    machine: readMachineId(machine),
    since: machine.clock.now(),
  };
}

/**
 * Whether a holder is dead beyond doubt: on this very machine, either from before its last start,
 * or of this process namespace and gone, or its number now another process's. Any doubt is no.
 */
export function isProvablyDead(holder: Holder, self: Holder, machine: Machine): boolean {
  if (holder.host !== self.host || holder.machine !== self.machine) return false;
  if (holder.boot !== self.boot) return holder.boot !== null && self.boot !== null;
  if (holder.namespace !== self.namespace) return false;
  // On Linux without /proc nothing says that the number is one of ours.
  if (machine.platform === "linux" && holder.namespace === null) return false;
  if (!machine.isRunning(holder.pid)) return true;
  const now = readProcess(holder.pid, machine);
  if (now === null) return false;
  return now.isZombie || (holder.started !== null && now.started !== holder.started);
}

/** Reads a lock file's text; null for anything that keyward does not write. */
export function parseHolder(text: string): Holder | null {
  let found: Partial<Record<keyof Holder, unknown>> | null;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== "object" || found === null) return null;
  const { id, pid, started, boot, namespace, host, machine, since } = found;
  // The id becomes part of a file name, the host of a message.
  if (typeof id !== "string" || !/^[0-9a-f]{32}$/u.test(id)) return null;
  if (typeof host !== "string" || !/^[\x20-\x7e]{1,255}$/u.test(host)) return null;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid < 1) return null;
  if (typeof since !== "number" || Math.abs(since) > 8.64e15) return null;
  if (!isTextOrNull(started) || !isTextOrNull(boot)) return null;
  if (!isTextOrNull(namespace) || !isTextOrNull(machine)) return null;
  return { id, pid, started, boot, namespace, host, machine, since };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function readNamespace(machine: Machine): string | null {
  try {
    return machine.fs.readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

function readMachineId(machine: Machine): string | null {
  const id = readText("/etc/machine-id", machine);
  if (!id) return null;
  return createHash("sha256").update(`keyward ${id}`).digest("hex").slice(0, 12);
}

function readText(path: string, machine: Machine): string | null {
  try {
    return machine.fs.readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
