import { KeywardError } from "../../core/errors.js";

const bom = "\xEF\xBB\xBF";

/**
 * The lines of a file, byte for byte: each character is one byte, and a line keeps the carriage
 * returns at its end. Changing one leaves the others as they are.
 */
export interface Lines {
  /** The byte order mark that the file starts with, or nothing; it is in no line. */
  readonly mark: string;
  /** Split at line feeds; after a final line feed the last one is empty. */
  readonly raw: readonly string[];
  /** What a line that is added ends with before its line feed: the file's own habit. */
  readonly carriage: "\r" | "";
}

/**
 * Refuses what no reader of text files takes.
 *
 * @throws KeywardError `malformed` for a file that is not text in bytes: UTF-16, or with NULs
 */
export function refuseBinary(bytes: Buffer): void {
  const utf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16 || bytes.includes(0)) {
    throw new KeywardError("malformed", "the file is UTF-16 or binary, and no reader takes that", {
      hint: "convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8",
    });
  }
}

/** @throws KeywardError as {@link refuseBinary} */
export function splitLines(bytes: Buffer): Lines {
  refuseBinary(bytes);
  const text = bytes.toString("latin1");
  const mark = text.startsWith(bom) ? bom : "";
  const raw = text.slice(mark.length).split("\n");
  const crlf = text.split("\r\n").length - 1;
  return { mark, raw, carriage: crlf * 2 > raw.length - 1 ? "\r" : "" };
}

/** A line without the carriage returns at its end, and those. */
export function takeApart(line: string): { body: string; end: string } {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end -= 1;
  return { body: line.slice(0, end), end: line.slice(end) };
}

/** Text as the bytes that {@link Lines} has for it. */
export function toLineText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
