import { constants } from "node:fs";

import { systemErrorCode } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";

/** Where a value stands in a text. */
export interface Hits {
  /** The first lines that hold it, from 1. */
  readonly lines: readonly number[];
  /** How many lines hold it. */
  readonly count: number;
}

const mostLines = 10;
const chunkSize = 1 << 16;
/** More than this without a line break is taken for a line. */
const longestLine = 1 << 22;

/** Every way in which a value is written where people and servers put it: as it is, and in URLs. */
export function listSpellings(value: string): readonly string[] {
  const percent = encodeURIComponent(value);
  const lower = percent.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  // Files are searched byte by byte.
  const spellings = [value, percent, lower].map((text) => Buffer.from(text).toString("latin1"));
  return [...new Set(spellings)];
}

/** Looks for a value in a text that comes in pieces, a line at a time. */
export class TextSearch {
  readonly #spellings: readonly string[];
  #rest = "";
  #line = 0;

  /** @param onLine gets each line that holds the value, and its number; nothing of it may be kept */
  constructor(
    value: string,
    private readonly onLine: (line: string, number: number) => void,
    /** Gets every line before it is searched. */
    private readonly onEvery: (line: string) => void = () => {},
  ) {
    this.#spellings = listSpellings(value);
  }

  feed(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#judge(line);
    if (this.#rest.length > longestLine) this.end();
  }

  end(): void {
    if (this.#rest !== "") this.#judge(this.#rest);
    this.#rest = "";
  }

  #judge(line: string): void {
    this.#line += 1;
    this.onEvery(line);
    if (this.#spellings.some((spelling) => line.includes(spelling))) this.onLine(line, this.#line);
  }
}

/** Looks for a value in a file; null where there is none, or none that may be read. */
export function searchFile(path: string, value: string, { fs }: Pick<Machine, "fs">): Hits | null {
  const lines: number[] = [];
  let count = 0;
  const search = new TextSearch(value, (_line, number) => {
    count += 1;
    if (lines.length < mostLines) lines.push(number);
  });
  try {
    // Should a pipe stand there, it is not waited for.
    const fd = fs.openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fs.fstatSync(fd).isFile()) return null;
      const chunk = Buffer.alloc(chunkSize);
      for (let length; (length = fs.readSync(fd, chunk, 0, chunkSize, null)) > 0;) {
        search.feed(chunk.subarray(0, length));
      }
      search.end();
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return null;
  }
  return { lines, count };
}
