import { constants } from "node:fs";
import * as nodePath from "node:path";

import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import type { WritableFile } from "./file-checks.js";
import { changedMeanwhile, describeFailure } from "./file-errors.js";
import { createFile, readAll, removeQuietly, syncFolder, writeAll } from "./file-steps.js";
import { nameBeside } from "./leftovers.js";
import { quoteForShell } from "../core/shell-quote.js";

/**
 * Writes over the bytes of a file that is there: for a file that is a mount point, as a container's
 * bind-mounted `.env` is. It is not whole while it is written, so a 0600 copy of the old bytes
 * stands beside it until it is whole again.
 *
 * @param check throws when the bytes in the file are not as they should be; they are then put back
 * @throws KeywardError `changed-meanwhile`, `write-failed`; and what the file system threw, after
 *   which the file has its old bytes
 */
export function writeInPlace(
  file: WritableFile,
  after: Buffer,
  machine: Machine,
  check: (bytes: Buffer) => void,
): void {
  const { fs } = machine;
  const { target, bytes: before, facts } = file;
  if (!before || !facts) throw new TypeError(`there is nothing to write over: ${target}`);
  const backup = nameBeside(target, "bak");
  const fd = fs.openSync(target, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const now = fs.fstatSync(fd);
    const same = now.dev === facts.dev && now.ino === facts.ino;
    if (!same || !readAll(fd, machine).equals(before)) {
      throw changedMeanwhile(target);
    }
    createCopy(backup, target, before, machine);
    try {
      syncFolder(nodePath.dirname(target), machine);
      overwrite(fd, after, file.nextMode, machine);
      check(readAll(fd, machine));
      fs.unlinkSync(backup);
    } catch (error) {
      putBack(fd, before, facts.mode, error);
      throw error;
    }
  } finally {
    // Everything is synced by now, so that closing has nothing left to tell.
    closeQuietly(fd);
  }

  function putBack(fd: number, bytes: Buffer, mode: number, why: unknown): void {
    try {
      overwrite(fd, bytes, mode, machine);
    } catch (error) {
      throw new KeywardError(
        "write-failed",
        `${target} is damaged: ${describeFailure(why)}, then ${describeFailure(error)}; ` +
          `its old bytes are in ${backup}`,
        {
          hint: `put them back: ${quoteForShell(["cp", backup, target])} && ${quoteForShell(["rm", backup])}`,
          cause: why,
        },
      );
    }
    removeQuietly(backup, machine);
  }

  function closeQuietly(fd: number): void {
    try {
      fs.closeSync(fd);
    } catch {
      // See above.
    }
  }
}

/** A copy under that name is whole: a process that is killed while it copies leaves another name. */
function createCopy(backup: string, target: string, bytes: Buffer, machine: Machine): void {
  const draft = nameBeside(target, "tmp");
  createFile(draft, bytes, machine);
  try {
    machine.fs.renameSync(draft, backup);
  } catch (error) {
    removeQuietly(draft, machine);
    throw error;
  }
}

function overwrite(fd: number, bytes: Buffer, mode: number, machine: Machine): void {
  machine.fs.fchmodSync(fd, mode);
  writeAll(fd, bytes, machine);
  machine.fs.ftruncateSync(fd, bytes.length);
  machine.fs.fsyncSync(fd);
}
