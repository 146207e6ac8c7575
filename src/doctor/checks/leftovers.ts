import type { Finding } from "../../core/finding.js";
import type { Machine } from "../../core/machine.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { findFile } from "../../files/file-checks.js";
import { findLeftovers, sameBytes } from "../../files/leftovers.js";
import { describeSelf, isProvablyDead, parseHolder } from "../../files/lock-holder.js";
import { lockPathOf } from "../../files/lock.js";
import { walkPath } from "../../files/walk-path.js";
import type { Subject } from "../subject.js";

/** As {@link findLeftBehind}, beside every file that keyward writes for a server. */
export function findServerLeftovers({ resolution, machine }: Subject): readonly Finding[] {
  return resolution.states.flatMap(({ location }) =>
    "writable" in location && location.writable ? findLeftBehind(location.path, machine) : [],
  );
}

/** What a keyward that was killed left beside a file: its lock, half a new file, the old bytes. */
export function findLeftBehind(path: string, machine: Machine): Finding[] {
  const { target, missingFolders } = walkPath(path, machine);
  if (missingFolders.length > 0) return [];
  const lock = judgeLock(target, machine);
  // Beside the lock of a process that lives, the rest is its work.
  const rest = lock?.id === "locked" ? [] : judgeFiles(target, machine);
  return [...(lock === null ? [] : [lock]), ...rest].map((each) => ({ ...each, location: path }));
}

function judgeLock(target: string, machine: Machine): Finding | null {
  const path = lockPathOf(target);
  const { bytes } = findFile(path, machine);
  if (bytes === null) return null;
  const remove = quoteForShell(["rm", path]);
  const holder = parseHolder(bytes.toString());
  if (holder === null) {
    const message = `${path} keeps ${target} from being changed, and is not a lock file of keyward`;
    return { id: "strange-lock", severity: "warning", message, fix: remove };
  }
  if (isProvablyDead(holder, describeSelf(machine), machine)) {
    const message = `${path} is the lock of process ${holder.pid}, which is dead`;
    return { id: "stale-lock", severity: "warning", message, fix: remove };
  }
  const since = new Date(holder.since).toISOString();
  const message = `${target} is being changed by process ${holder.pid} on ${holder.host} since ${since}`;
  return { id: "locked", severity: "info", message, fix: null };
}

function judgeFiles(target: string, machine: Machine): Finding[] {
  const { bytes } = findFile(target, machine);
  const temporary = findLeftovers(target, "tmp", machine);
  const copies = findLeftovers(target, "bak", machine);
  const spent = copies.filter((copy) => sameBytes(findFile(copy, machine).bytes, bytes));
  return [
    ...[...temporary, ...spent].map((path): Finding => ({
      id: "leftover",
      severity: "warning",
      message: `${path} was left by a keyward that was killed, and may hold a key`,
      fix: quoteForShell(["rm", path]),
    })),
    ...copies
      .filter((copy) => !spent.includes(copy))
      .map((copy): Finding => ({
        id: "cut-off-write",
        severity: "error",
        message: `a write to ${target} was cut off; ${copy} holds what was there before`,
        fix: `${quoteForShell(["cp", copy, target])} && ${quoteForShell(["rm", copy])}`,
      })),
  ];
}
