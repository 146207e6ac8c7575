import { readPid } from "../../systems/describe/pid-file.js";
import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { parseTarget } from "../../net/target.js";
import { findHolders, listListenersOf, listSocketsOf } from "../../processes/holders.js";
import { readParent, readUnitName } from "../../processes/process.js";
import { listListeners } from "../../processes/socket-table.js";
import type { ForeseenRestart } from "./foreseen-restart.js";

/** The server that a restart is to replace, as the kernel has it. */
export interface RunningServer {
  /** The process that listens; null where it cannot be looked into. */
  readonly pid: number | null;
  readonly addresses: readonly string[];
  readonly port: number;
  /** It is asked over TLS. */
  readonly secure: boolean;
}

/**
 * The server that listens where it is asked; null for none, for another machine's, and where the
 * kernel does not tell.
 *
 * @throws KeywardError `unprovable` where it surely is another one than the restart replaces
 */
export function findRunning(restart: ForeseenRestart): RunningServer | null {
  const { url, machine } = restart;
  const { loopback, port, secure } = parseTarget(url);
  if (!loopback || url.startsWith("unix:")) return null;
  const listeners = listListeners(machine, port) ?? [];
  if (listeners.length === 0) return null;
  const holders = findHolders(new Set(listeners.map(({ socket }) => socket)), machine);
  const [first] = holders?.pids ?? [];
  const known = findKnown(restart);
  if (known === null) return null;
  const pid = holders?.pids.find((each) => known.isIt(each));
  const addresses = (found: typeof listeners) => [...new Set(found.map(({ address }) => address))];
  if (pid !== undefined) {
    const own = listListenersOf(pid, machine)?.filter((each) => each.port === port);
    return { pid, addresses: addresses(own ?? listeners), port, secure };
  }
  // Of another user's process it cannot be seen what it holds.
  if (first === undefined || !known.isSeen) {
    return { pid: null, addresses: addresses(listeners), port, secure };
  }
  throw new KeywardError(
    "unprovable",
    `process ${first}, which listens on port ${port}, is not ${known.name}: a restart would replace that one`,
    { hint: "restart it as it was started, or say with --launch or --restart-command how" },
  );
}

/** What the restart replaces; null where it knows of nothing that runs. */
function findKnown({ plan: { knows }, machine, system }: ForeseenRestart): {
  readonly name: string;
  readonly isIt: (pid: number) => boolean;
  readonly isSeen: boolean;
} | null {
  if (knows === undefined) return { name: system.title, isIt: () => true, isSeen: true };
  if ("unit" in knows) {
    const { unit } = knows;
    // Where nothing belongs to a unit, as in a container, nothing is told by that.
    const isIt = (pid: number) => (readUnitName(pid, machine) ?? unit) === unit;
    return { name: `the one of ${unit}`, isIt, isSeen: true };
  }
  const pid = readPid(knows.pidFile, machine);
  if (pid === null || !machine.isRunning(pid)) return null;
  return {
    name: `process ${pid} of ${knows.pidFile}`,
    isIt: (other) => descendsFrom(other, pid, machine),
    isSeen: listSocketsOf(pid, machine) !== null,
  };
}

/** A program that started the server may stand in the pid file in its place. */
function descendsFrom(pid: number, ancestor: number, machine: Machine): boolean {
  for (let each: number | null = pid; each !== null; each = readParent(each, machine)) {
    if (each === ancestor) return true;
  }
  return false;
}
