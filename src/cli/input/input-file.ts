import { constants } from "node:fs";

import { KeywardError, systemErrorCode } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { describeFailure } from "../../files/file-errors.js";

/** What a person names on the command line: a key, a secret, a certificate. None is longer. */
const longest = 1 << 20;

/**
 * Reads a file that an option names. It may be a pipe, as `<(pass show agent)` is one.
 *
 * @param what for the message: `the key file`
 * @throws KeywardError `not-found`; `unreadable` for what cannot be read or is over 1 MiB
 */
export function readInputFile(path: string, what: string, machine: Pick<Machine, "fs">): Buffer {
  const bytes = readInputStart(path, what, longest + 1, machine);
  if (bytes.length <= longest) return bytes;
  throw new KeywardError("unreadable", `cannot read ${what} ${path}: it is over 1 MiB`);
}

/** Milliseconds. */
const longestWait = 5000;
const step = 5;

function pause(): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, step);
  return step;
}

/** Reads no more than that from its start: a file may be of any size, and a device without an end. */
export function readInputStart(
  path: string,
  what: string,
  most: number,
  { fs }: Pick<Machine, "fs">,
): Buffer {
  const start = Buffer.alloc(most);
  let at = 0;
  try {
    // A named pipe that nobody writes to would be waited for without an end.
    const fd = fs.openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (fs.fstatSync(fd).isDirectory()) throw new KeywardError("unreadable", "it is a folder");
      let patience = fs.fstatSync(fd).isFIFO() ? longestWait : 0;
      for (let read = 1; (read > 0 || patience > 0) && at < most; at += read) {
        read = readSome(fd, start, at, fs);
        // Whoever writes to a named pipe may not have opened it yet.
        if (at > 0 || read > 0) patience = 0;
        else patience -= pause();
      }
      if (at === 0 && patience <= 0 && fs.fstatSync(fd).isFIFO()) {
        const seconds = longestWait / 1000;
        throw new KeywardError(
          "unreadable",
          `it is a pipe, and nobody wrote to it within ${seconds} s`,
        );
      }
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    const call = systemErrorCode(cause);
    const why = call === "ENOENT" ? "there is no such file" : describeFailure(cause);
    const hint =
      call === "EACCES" || call === "EPERM"
        ? { hint: "run it as a user who may read it, or with sudo" }
        : {};
    const code = call === "ENOENT" ? "not-found" : "unreadable";
    throw new KeywardError(code, `cannot read ${what} ${path}: ${why}`, { ...hint, cause });
  }
  return start.subarray(0, at);
}

/** A pipe with a writer that has written nothing yet says so: it is asked again. */
function readSome(fd: number, buffer: Buffer, at: number, fs: Machine["fs"]): number {
  for (;;) {
    try {
      return fs.readSync(fd, buffer, at, buffer.length - at, null);
    } catch (error) {
      if (systemErrorCode(error) !== "EAGAIN") throw error;
      pause();
    }
  }
}
