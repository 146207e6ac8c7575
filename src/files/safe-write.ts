import * as nodePath from "node:path";

import { KeywardError, systemErrorCode } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { findFile, inspectFile, type FileFacts, type WritableFile } from "./file-checks.js";
import { formatMode } from "./file-mode.js";
import { changedMeanwhile, describeFailure, fileError } from "./file-errors.js";
import {
  createFile,
  createFolders,
  readAll,
  removeFolders,
  removeQuietly,
  syncFolder,
} from "./file-steps.js";
import { findSpentBackups, nameBeside, sameBytes } from "./leftovers.js";
import type { Edit, Written } from "./edit.js";
import { writeInPlace } from "./write-in-place.js";

/**
 * Replaces a file by way of a temporary file and a rename, so that at every moment, a power cut
 * included, it has either all its old bytes or all the new ones. Owner and group stay; the mode is
 * tightened. New files are 0600, in folders 0700. A file that cannot be renamed over (a bind mount)
 * is written in place, with a copy of the old bytes beside it meanwhile.
 *
 * The caller holds the file's lock. Another program that ignores the lock is noticed up to the
 * moment of the rename; there is no way to close that last gap.
 *
 * @param path absolute; a symbolic link is followed
 * @param edit `before` is what the file held when the edit was worked out
 * @param verify reads the new bytes back by the rules of the file's reader; false (or a throw) means
 *   that they do not say what they should. Called before the file itself is touched
 * @returns what else happened: `mode 0644 became 0600`
 * @throws KeywardError as `inspectFile`, and `changed-meanwhile`, `verify-failed`, `write-failed`,
 *   `unwritable`; the file then has its old bytes unless the message says otherwise
 * @example
 * writeFileSafely(path, { before, after }, machine, (bytes) => readValue(bytes) === key);
 */
export function writeFileSafely(
  path: string,
  edit: Pick<Edit, "before" | "after">,
  machine: Machine,
  verify: (bytes: Buffer) => boolean,
): Written {
  const file = inspectFile(path, machine);
  if (!sameBytes(file.bytes, edit.before)) throw changedMeanwhile(file.target);
  const check = (bytes: Buffer): void => checkBytes(bytes, edit.after, verify, file.target);
  let created: readonly string[] = [];
  try {
    const spent = findSpentBackups(file, edit.after, machine);
    created = createFolders(file.missingFolders, machine);
    if (!replaceByRename(file, edit.after, machine, check)) {
      writeInPlace(file, edit.after, machine, check);
    }
    for (const backup of spent) removeQuietly(backup, machine);
  } catch (error) {
    removeFolders(created, machine);
    throw fileError(error, "write", file.target);
  }
  return { created: file.bytes === null, notes: describeWrite(file) };
}

/** False when this file has to be written in place; nothing has happened then. */
function replaceByRename(
  file: WritableFile,
  after: Buffer,
  machine: Machine,
  check: (bytes: Buffer) => void,
): boolean {
  const temporary = nameBeside(file.target, "tmp");
  try {
    createFile(temporary, after, machine, (fd) => {
      setOwnerAndMode(fd, file.facts, file.nextMode, machine);
      check(readAll(fd, machine));
    });
    refuseIfChanged(file, machine);
    machine.fs.renameSync(temporary, file.target);
  } catch (error) {
    const isGone = removeQuietly(temporary, machine) || removeQuietly(temporary, machine);
    if (isGone && file.facts && mustBeInPlace(error)) return false;
    throw error;
  }
  try {
    syncFolder(nodePath.dirname(file.target), machine);
    if (!sameBytes(findFile(file.target, machine).bytes, after)) throw overwritten(file.target);
  } catch (error) {
    // Another program's bytes are not ours to take away.
    if (error instanceof KeywardError && error.code === "changed-meanwhile") throw error;
    putBack(file, machine, error);
    throw new KeywardError(
      "write-failed",
      `cannot write ${file.target}: ${describeFailure(error)}; its old bytes were put back`,
      { cause: error },
    );
  }
  return true;
}

/** A mount point refuses the rename; a group that the user is not in cannot be given to a new file. */
function mustBeInPlace(error: unknown): boolean {
  const code = systemErrorCode(error);
  if (code === "EBUSY" || code === "EXDEV") return true;
  return (
    code === "EPERM" && error instanceof Error && "syscall" in error && error.syscall === "fchown"
  );
}

function setOwnerAndMode(
  fd: number,
  facts: FileFacts | null,
  mode: number,
  machine: Machine,
): void {
  const now = machine.fs.fstatSync(fd);
  if (facts && (facts.uid !== now.uid || facts.gid !== now.gid)) {
    machine.fs.fchownSync(fd, facts.uid, facts.gid);
  }
  machine.fs.fchmodSync(fd, mode);
}

function refuseIfChanged(file: WritableFile, machine: Machine): void {
  const now = findFile(file.path, machine);
  const same =
    now.target === file.target &&
    now.facts?.dev === file.facts?.dev &&
    now.facts?.ino === file.facts?.ino &&
    sameBytes(now.bytes, file.bytes);
  if (!same) throw changedMeanwhile(file.target);
}

/** Gives the file its old bytes, owner and mode again after the rename; gone again if it was not there. */
function putBack(file: WritableFile, machine: Machine, why: unknown): void {
  const { target, bytes, facts } = file;
  const temporary = nameBeside(target, "tmp");
  try {
    if (!bytes || !facts) {
      machine.fs.unlinkSync(target);
    } else {
      createFile(temporary, bytes, machine, (fd) =>
        setOwnerAndMode(fd, facts, facts.mode, machine),
      );
      machine.fs.renameSync(temporary, target);
    }
  } catch (error) {
    removeQuietly(temporary, machine);
    throw new KeywardError(
      "write-failed",
      `${target} has its new bytes, but ${describeFailure(why)}; ` +
        `its old bytes could not be put back: ${describeFailure(error)}`,
      { hint: "look at the disk before you rely on that file", cause: why },
    );
  }
}

function checkBytes(
  bytes: Buffer,
  expected: Buffer,
  verify: (bytes: Buffer) => boolean,
  target: string,
): void {
  const fail = (why: string, cause?: unknown): never => {
    throw new KeywardError("verify-failed", `${target} was not changed: ${why}`, { cause });
  };
  if (!bytes.equals(expected)) fail("the disk returns other bytes than it was given");
  let says = false;
  try {
    says = verify(bytes);
  } catch (error) {
    fail("its reader could not read the new bytes", error);
  }
  if (!says) fail("its reader would not get the new value from the new bytes");
}

function describeWrite({ facts, nextMode, notes }: WritableFile): string[] {
  const said = notes.map(({ message }) => message);
  if (facts && facts.mode !== nextMode) {
    said.unshift(`mode ${formatMode(facts.mode)} became ${formatMode(nextMode)}`);
  }
  return said;
}

function overwritten(target: string): KeywardError {
  return new KeywardError(
    "changed-meanwhile",
    `${target} was changed by another program right after it was written; it was left alone`,
    { hint: "see what it holds now, then try again" },
  );
}
