import { constants } from "node:fs";

import { sudoUser, userName } from "../core/accounts.js";
import { KeywardError, systemErrorCode } from "../core/errors.js";
import type { FileSystem, Machine } from "../core/machine.js";
import { fileError } from "./file-errors.js";
import type { FoundFile } from "./file-checks.js";

/** Nobody's settings are longer. */
const mostBytes = 1 << 20;

/**
 * Reads a file for root that lies in the folder of another user, who may put there what they please:
 * only a regular file of that user's, up to 1 MiB, and reached without a link. Works on Linux.
 *
 * @param path absolute
 * @returns nulls where there is no such file
 * @throws KeywardError `foreign-folder` for anything else that is there, `unreadable`
 */
export function readOwnedFile(
  path: string,
  uid: number,
  machine: Machine,
): Pick<FoundFile, "bytes" | "facts"> {
  const { fs } = machine;
  let fd: number | null = null;
  try {
    fd = openWithoutLinks(path, fs);
    const stats = fs.fstatSync(fd);
    const why = !stats.isFile()
      ? "is no regular file"
      : stats.uid !== uid
        ? `belongs to ${userName(stats.uid, machine)}`
        : stats.size > mostBytes
          ? "is over 1 MiB"
          : null;
    if (why !== null) throw refuse(path, why, uid, machine);
    const { gid, nlink, dev, ino, mtimeMs } = stats;
    const facts = { mode: stats.mode & 0o7777, uid, gid, nlink, dev, ino, mtimeMs };
    return { bytes: readUpTo(fd, stats.size, fs), facts };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") return { bytes: null, facts: null };
    // The two that a link gives: the file itself, and a folder on the way.
    if (code === "ELOOP" || code === "ENOTDIR") {
      throw refuse(path, "is reached by a link, or is not there at all", uid, machine);
    }
    throw fileError(error, "read", path);
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}

/** Folder by folder, each from the one before: node has no openat, and the kernel has a path for it. */
function openWithoutLinks(path: string, fs: FileSystem): number {
  const names = path.split("/").filter((name) => name !== "");
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
  let fd = fs.openSync("/", O_RDONLY | O_DIRECTORY);
  for (const [at, name] of names.entries()) {
    const isLast = at === names.length - 1;
    const kind = isLast ? O_NONBLOCK : O_DIRECTORY;
    try {
      const next = fs.openSync(`/proc/self/fd/${fd}/${name}`, O_RDONLY | O_NOFOLLOW | kind);
      fs.closeSync(fd);
      fd = next;
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }
  return fd;
}

/** Not what was written to it since it was looked at. */
function readUpTo(fd: number, size: number, fs: FileSystem): Buffer {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const read = fs.readSync(fd, bytes, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function refuse(path: string, why: string, uid: number, machine: Machine): KeywardError {
  const owner = userName(uid, machine);
  return new KeywardError(
    "foreign-folder",
    `${path} ${why}: root reads only plain files of ${owner}'s there`,
    { hint: `run it as the owner: sudo -u ${sudoUser(uid, machine)} …` },
  );
}
