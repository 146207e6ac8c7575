import { systemErrorCode } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { listListeners, type Socket } from "./socket-table.js";
import { readOwner } from "./process.js";
import { listPids } from "./words.js";

/** Which processes hold sockets. Several may share one: the workers of a server. */
export interface Holders {
  /** In the kernel's order, the oldest number first. */
  readonly pids: readonly number[];
  /** Processes that this user may not look into: any of them may hold one, too. */
  readonly hidden: readonly number[];
}

/** Finds who holds any of these sockets, among all processes that the kernel shows; null for none shown. */
export function findHolders(sockets: ReadonlySet<number>, machine: Machine): Holders | null {
  const all = listPids(machine);
  if (all === null) return null;
  const pids: number[] = [];
  const hidden: number[] = [];
  for (const pid of all) {
    const held = listSocketsOf(pid, machine);
    if (held === null) hidden.push(pid);
    else if ([...held].some((socket) => sockets.has(socket))) pids.push(pid);
  }
  return { pids: pids.sort((one, other) => one - other), hidden };
}

/** The kernel's numbers of the sockets that a process holds; null where that is not told. */
export function listSocketsOf(pid: number, { fs }: Machine): ReadonlySet<number> | null {
  const folder = `/proc/${pid}/fd`;
  let names: string[];
  try {
    names = fs.readdirSync(folder);
  } catch {
    return null;
  }
  const sockets = new Set<number>();
  for (const name of names) {
    try {
      const number = /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`${folder}/${name}`))?.[1];
      if (number !== undefined) sockets.add(Number(number));
    } catch (error) {
      // Otherwise it was closed meanwhile.
      if (systemErrorCode(error) !== "ENOENT") return null;
    }
  }
  return sockets;
}

/**
 * The sockets that a process listens with; null where that is not told: elsewhere than on Linux, and
 * of another user's process.
 */
export function listListenersOf(pid: number, machine: Machine): readonly Socket[] | null {
  const listeners = listListeners(machine);
  const held = listeners === null ? null : listSocketsOf(pid, machine);
  if (listeners === null || held === null) return null;
  return listeners.filter(({ socket }) => held.has(socket));
}

/**
 * Whether a process listens on a port; null where that is not told. Of another user's process it is
 * told only that nobody, or only users other than its own, listen there.
 */
export function listensOn(pid: number, port: number, machine: Machine): boolean | null {
  const listeners = listListeners(machine, port);
  if (listeners === null) return null;
  const held = listSocketsOf(pid, machine);
  if (held !== null) return listeners.some(({ socket }) => held.has(socket));
  const owner = readOwner(pid, machine);
  return owner !== null && listeners.some(({ uid }) => uid === owner) ? null : false;
}
