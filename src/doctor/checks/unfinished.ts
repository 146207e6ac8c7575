import { aboutServer } from "../../core/hint.js";
import type { RawFinding } from "../../core/finding.js";
import type { Machine } from "../../core/machine.js";
import { findJournal } from "../../rotate/journal/journal.js";
import { copyPathOf } from "../../rotate/journal/old-copy.js";
import { describeInterrupted } from "../../rotate/journal/unfinished.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { findFile } from "../../files/file-checks.js";
import { findLeftBehind } from "./leftovers.js";
import type { Subject } from "../subject.js";

/** A rotation that was cut off, so that nobody knows which key the server has. */
export function findUnfinished({ system, machine, resolution }: Subject): RawFinding[] {
  const found = findJournal(system, machine);
  if (found !== null) {
    const { location, journal } = found;
    if (isLocked(location, machine)) return [];
    const message = describeInterrupted(journal);
    const fix = aboutServer("token rotate --resume");
    return [{ id: "unfinished-rotation", severity: "error", message, fix, location }];
  }
  return resolution.states.flatMap(({ location }): RawFinding[] => {
    if (!("writable" in location) || !location.writable || isLocked(location.path, machine)) {
      return [];
    }
    const copy = copyPathOf(location.path, machine);
    if (findFile(copy, machine).bytes === null) return [];
    const message = `${copy} holds the old bytes, and perhaps the old key, of a rotation whose journal is not here`;
    const fix = quoteForShell(["rm", copy]);
    return [{ id: "stray-copy", severity: "warning", message, fix, location: location.path }];
  });
}

/** Whether it is under way rather than cut off. */
function isLocked(path: string, machine: Machine): boolean {
  return findLeftBehind(path, machine).some(({ id }) => id === "locked");
}
