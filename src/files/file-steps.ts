import { constants } from "node:fs";
import * as nodePath from "node:path";

import { systemErrorCode } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { fileError } from "./file-errors.js";

/**
 * Creates a file that was not there, 0600 from its first byte, with all its bytes safe on the disk.
 * On a failure it is gone again.
 *
 * @param finish called with the open file before it is synced: owner, mode, reading back
 * @throws what the file system threw, `EEXIST` included
 */
export function createFile(
  path: string,
  bytes: Buffer,
  machine: Machine,
  finish?: (fd: number) => void,
): void {
  const { fs } = machine;
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = fs.openSync(path, flags, 0o600);
  try {
    try {
      writeAll(fd, bytes, machine);
      finish?.(fd);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    removeQuietly(path, machine);
    throw error;
  }
}

/** Writes from the start of an open file; the system may take fewer bytes at a time than it is given. */
export function writeAll(fd: number, bytes: Buffer, machine: Machine): void {
  for (let done = 0; done < bytes.length;) {
    done += machine.fs.writeSync(fd, bytes, done, bytes.length - done, done);
  }
}

/** Reads an open file from its start to its end, wherever it was read or written before. */
export function readAll(fd: number, machine: Machine): Buffer {
  const bytes = Buffer.alloc(machine.fs.fstatSync(fd).size);
  let done = 0;
  while (done < bytes.length) {
    const count = machine.fs.readSync(fd, bytes, done, bytes.length - done, done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/** Makes a folder's names survive a power cut, where its file system knows how. */
export function syncFolder(folder: string, machine: Machine): void {
  let fd: number;
  try {
    fd = machine.fs.openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    // A folder may be writable without being readable.
    if (systemErrorCode(error) === "EACCES") return;
    throw error;
  }
  try {
    machine.fs.fsyncSync(fd);
  } catch (error) {
    // Some network and shared file systems cannot sync a folder.
    if (!["EINVAL", "ENOTSUP", "EBADF"].includes(systemErrorCode(error) ?? "")) throw error;
  } finally {
    machine.fs.closeSync(fd);
  }
}

/**
 * Creates folders, 0700, outermost first, and returns those that it created; on a failure none.
 *
 * @throws KeywardError `unwritable`, `write-failed`
 */
export function createFolders(folders: readonly string[], machine: Machine): string[] {
  const created: string[] = [];
  try {
    for (const folder of folders) {
      try {
        machine.fs.mkdirSync(folder, { mode: 0o700 });
      } catch (error) {
        // Somebody else, perhaps another keyward, was faster: then it is theirs.
        if (systemErrorCode(error) === "EEXIST") continue;
        throw fileError(error, "write", folder);
      }
      created.push(folder);
      syncFolder(nodePath.dirname(folder), machine);
    }
  } catch (error) {
    removeFolders(created, machine);
    throw error;
  }
  return created;
}

/** Removes what {@link createFolders} created, as far as it is empty. */
export function removeFolders(created: readonly string[], machine: Machine): void {
  for (const folder of [...created].reverse()) {
    try {
      machine.fs.rmdirSync(folder);
    } catch {
      return;
    }
  }
}

/** Removes a file on the way out of a failure, which is the one to be told. False when it stays. */
export function removeQuietly(path: string, machine: Machine): boolean {
  try {
    machine.fs.unlinkSync(path);
    return true;
  } catch (error) {
    return systemErrorCode(error) === "ENOENT";
  }
}
