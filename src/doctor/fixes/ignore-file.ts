import { constants } from "node:fs";
import * as nodePath from "node:path";

import type { Machine } from "../../core/machine.js";
import { refuseForRoot } from "../../files/file-checks.js";
import { fileError } from "../../files/file-errors.js";
import { gitStatusOf } from "../../files/git.js";
import { walkPath } from "../../files/walk-path.js";

/** A line for the `.gitignore` of a work tree. */
export interface IgnoreLine {
  /** The `.gitignore`. */
  readonly path: string;
  readonly line: string;
}

/** The line that makes git pass over a file; null where the line alone would not do it, or stands there already. */
export function planIgnoreLine(file: string, machine: Machine): IgnoreLine | null {
  const { state, root, ignoreLine } = gitStatusOf(file, machine);
  if (state !== "exposed" || root === null || ignoreLine === null) return null;
  const path = nodePath.join(root, ".gitignore");
  const lines = readText(path, machine).split(/\r?\n/);
  // A rule further down, or in a folder further in, takes it back: that is its owner's to fix.
  return lines.includes(ignoreLine) ? null : { path, line: ignoreLine };
}

/**
 * Adds the line at the end; every byte before it stays.
 *
 * @throws KeywardError `foreign-folder` for root in another user's work tree, `unwritable`
 */
export function addIgnoreLine({ path, line }: IgnoreLine, machine: Machine): void {
  const { fs, user } = machine;
  if (user.uid === 0) refuseForRoot(walkPath(path, machine), machine);
  const text = readText(path, machine);
  const lead = text === "" || text.endsWith("\n") ? "" : "\n";
  try {
    // Git itself does not follow a link there.
    const flags =
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
    const fd = fs.openSync(path, flags, 0o644);
    try {
      fs.writeSync(fd, `${lead}${line}\n`);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, "write", path);
  }
}

function readText(path: string, { fs }: Machine): string {
  if (!fs.existsSync(path)) return "";
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    throw fileError(error, "read", path);
  }
}
