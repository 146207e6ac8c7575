import * as nodePath from "node:path";

import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { findFile } from "../../files/file-checks.js";
import { fileError } from "../../files/file-errors.js";
import { createFile, removeQuietly, syncFolder } from "../../files/file-steps.js";
import { sameBytes } from "../../files/leftovers.js";
import { walkPath } from "../../files/walk-path.js";

/** Where the old bytes of a file are kept during a rotation: beside it, symbolic links followed. */
export function copyPathOf(location: string, machine: Machine): string {
  const { dir, base } = nodePath.parse(walkPath(location, machine).target);
  return nodePath.join(dir, `.${base}.keyward-old`);
}

/**
 * Refuses to begin beside the copy of a rotation whose journal is not here: another user's, or from
 * a state folder that was deleted. One that holds what the file holds is of no use to anybody.
 *
 * @throws KeywardError `interrupted`
 */
export function refuseStrayCopy(location: string, machine: Machine): void {
  const path = copyPathOf(location, machine);
  const { bytes } = findFile(path, machine);
  if (bytes === null) return;
  if (sameBytes(bytes, findFile(location, machine).bytes) && removeQuietly(path, machine)) return;
  throw new KeywardError(
    "interrupted",
    `${path} holds the old bytes of a rotation whose journal is not here`,
    {
      hint: `if another user began it, that user finishes it; else: ${quoteForShell(["rm", path])}`,
    },
  );
}

/**
 * Copies bytes beside their file, 0600.
 *
 * @throws KeywardError `unwritable`, `write-failed`
 */
export function makeCopy(path: string, bytes: Buffer, machine: Machine): void {
  try {
    createFile(path, bytes, machine);
    syncFolder(nodePath.dirname(path), machine);
  } catch (error) {
    throw fileError(error, "write", path);
  }
}

/** Takes the copy away for good. False when it stays. */
export function removeCopy(path: string | null, machine: Machine): boolean {
  if (path === null) return true;
  const gone = removeQuietly(path, machine);
  try {
    // The journal goes next: after a power cut there must not be the copy alone.
    syncFolder(nodePath.dirname(path), machine);
  } catch {
    return gone;
  }
  return gone;
}
