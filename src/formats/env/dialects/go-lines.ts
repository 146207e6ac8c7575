import { isUtf8 } from "node:buffer";

/** A line as Go's bufio.Scanner hands it out: without its line feed and one carriage return. */
export interface GoLine {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** The scanner gives up here: no reader gets this line, or one below it. */
  readonly tooLong: boolean;
  readonly valid: boolean;
}

/** In bytes; with its line feed, such a line still fits into the scanner's buffer. */
const longestLine = 65_535;

/** The lines of a file, for the readers that take them from Go's scanner. */
export function splitGoLines(bytes: Buffer): readonly GoLine[] {
  const whole = isUtf8(bytes);
  // Where the bytes are not UTF-8, a character a byte lets the line be found that is to blame.
  const encoding = whole ? "utf8" : "latin1";
  return bytes
    .toString(encoding)
    .split("\n")
    .map((raw, index) => ({
      text: raw.endsWith("\r") ? raw.slice(0, -1) : raw,
      line: index + 1,
      tooLong: raw.length > longestLine / 3 && Buffer.byteLength(raw, encoding) > longestLine,
      valid: whole || isUtf8(Buffer.from(raw, "latin1")),
    }));
}
