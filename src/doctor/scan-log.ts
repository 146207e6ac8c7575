import { constants } from "node:fs";

import { systemErrorCode } from "../core/errors.js";
import { keysEqual } from "../keys/compare.js";
import { isGarbage } from "../keys/garbage.js";
import type { Machine } from "../core/machine.js";
import { fileError } from "../files/file-errors.js";

/** Where credentials stand in a log. No value leaves the scan. */
export interface LogScan {
  /** The lines with the key that is asked about, from 1: the first few. */
  readonly lines: readonly number[];
  /** How many lines have that key. */
  readonly count: number;
  /** How many lines have another `token=`; what a probe of keyward's made up is not one. */
  readonly others: number;
  /** Whether the log goes on after what was looked at. */
  readonly cutOff: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A log may have any length: this much of its beginning is looked at. */
export const mostLogBytes = 256 * 1024 * 1024;
const mostLines = 5;
const chunkSize = 1 << 20;
/** More than this without a line break is taken for a line. */
const longestLine = 4 * chunkSize;

/**
 * Looks for `?token=` in a log, a chunk at a time; null when there is no such file.
 *
 * @param key compared by value, percent-encoded or not; null for none
 * @param limit bytes to look at
 * @throws KeywardError `unreadable`
 */
export function scanLog(
  path: string,
  key: string | null,
  { fs }: Pick<Machine, "fs">,
  limit = mostLogBytes,
): LogScan | null {
  try {
    // Should a pipe stand there, it is not waited for.
    const fd = fs.openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fs.fstatSync(fd);
      if (!stats.isFile()) return null;
      const { mode, uid, gid, size } = stats;
      const counter = new TokenCounter(key);
      feed(counter, fd, fs, limit);
      const { lines, count, others } = counter;
      return { lines, count, others, cutOff: size > limit, mode: mode & 0o7777, uid, gid };
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw fileError(error, "read", path);
  }
}

function feed(counter: TokenCounter, fd: number, fs: Machine["fs"], limit: number): void {
  const chunk = Buffer.alloc(Math.min(chunkSize, limit));
  let rest = "";
  for (let done = 0; done < limit;) {
    const length = fs.readSync(fd, chunk, 0, Math.min(chunk.length, limit - done), null);
    if (length === 0) break;
    done += length;
    const text = rest + chunk.toString("latin1", 0, length);
    const end = text.lastIndexOf("\n") + 1 || (text.length > longestLine ? text.length : 0);
    counter.read(text.slice(0, end));
    rest = text.slice(end);
  }
  counter.read(rest);
}

/** Takes a log in pieces of whole lines. */
class TokenCounter {
  readonly lines: number[] = [];
  count = 0;
  others = 0;
  #line = 1;
  /** The line that was counted last, on each of the two accounts. */
  #lastOwn = 0;
  #lastOther = 0;

  constructor(private readonly key: string | null) {}

  read(text: string): void {
    let at = 0;
    for (const { 1: value = "", index } of text.matchAll(/[?&]token=([^\s&"'<>]+)/g)) {
      this.#line += countBreaks(text, at, index);
      at = index;
      if (this.key !== null && isSpelling(value, this.key)) this.#countOwn();
      else if (!isGarbage(value)) this.#countOther();
    }
    this.#line += countBreaks(text, at, text.length);
  }

  #countOwn(): void {
    if (this.#lastOwn === this.#line) return;
    this.#lastOwn = this.#line;
    this.count += 1;
    if (this.lines.length < mostLines) this.lines.push(this.#line);
  }

  #countOther(): void {
    if (this.#lastOther === this.#line) return;
    this.#lastOther = this.#line;
    this.others += 1;
  }
}

function isSpelling(value: string, key: string): boolean {
  if (keysEqual(value, key)) return true;
  try {
    return keysEqual(decodeURIComponent(value), key);
  } catch {
    return false;
  }
}

function countBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) {
    count += 1;
  }
  return count;
}
