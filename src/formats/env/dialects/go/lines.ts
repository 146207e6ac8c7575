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
  const lines = bytes.toString(whole ? "utf8" : "latin1").split("\n");
  return lines.map((raw, index) => {
    const latin1 = whole ? null : Buffer.from(raw, "latin1");
    const text = latin1?.toString("utf8") ?? raw;
    return {
      text: text.endsWith("\r") ? text.slice(0, -1) : text,
      line: index + 1,
      tooLong:
        raw.length > longestLine / 3 && (latin1?.length ?? Buffer.byteLength(raw)) > longestLine,
      valid: latin1 === null || isUtf8(latin1),
    };
  });
}
