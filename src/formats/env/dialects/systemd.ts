import { isUtf8 } from "node:buffer";

import {
  createLineCounter,
  findLineEnd,
  refuseLine,
  type Assignment,
  type Dialect,
} from "./dialect.js";

/**
 * systemd's `EnvironmentFile=`: comments start a line with `#` or `;`, quotes may span lines, a
 * backslash takes the next character or joins the next line, a carriage return ends a line, and
 * nothing behind a value is a comment. No `export`, no `$`.
 */
export const systemd: Dialect = {
  name: "systemd",
  takes: "last",
  scan: (bytes) => scan(bytes, false),
};

/** The same before systemd 254, where a backslash at the end of a comment continued the comment. */
export const systemdBefore254: Dialect = {
  name: "systemd",
  versions: "before 254",
  takes: "last",
  scan: (bytes) => scan(bytes, true),
};

/**
 * The line of the comment that goes on over a line for systemd before 254, by a backslash at its end;
 * null where none does.
 */
export function findContinuedComment(bytes: Buffer, line: number): number | null {
  const lines = bytes.toString("latin1").split(/\r\n|[\n\r]/);
  let first = line - 1;
  while (first > 0 && /(?<!\\)(?:\\\\)*\\$/.test(lines[first - 1] ?? "")) first -= 1;
  const comment = lines.findIndex(
    (text, index) => index >= first && index < line - 1 && /^[ \t]*[#;]/.test(text),
  );
  return comment === -1 ? null : comment + 1;
}

function scan(bytes: Buffer, commentsContinue: boolean): Assignment[] {
  // Names and values must be UTF-8, comments need not: such a file is read byte by byte.
  const whole = isUtf8(bytes);
  const text = bytes.toString(whole ? "utf8" : "latin1");
  const clean = whole && !nonCharacter.test(text);
  const lineAt = createLineCounter(text);
  const nul = text.indexOf("\0");
  if (nul !== -1) throw refuseLine("systemd", lineAt(nul), "it holds a NUL byte");
  const found: Assignment[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (isBlank(char) || isBreak(char)) {
      at += 1;
    } else if (char === "#" || char === ";") {
      at = skipComment(text, at, commentsContinue);
    } else {
      const lineEnd = findBreak(text, at);
      // One that starts the line is part of the name.
      const equals = text.slice(at, lineEnd).indexOf("=", 1);
      if (equals === -1) {
        at = lineEnd;
        continue;
      }
      const first = lineAt(at);
      const { value, end } = readValue(text, at + equals + 1, lineEnd);
      const name = trimBlanksAtEnd(text.slice(at, at + equals));
      if (!clean) refuseUnlessUtf8(name + value, whole, first);
      found.push({ name, value, first, last: lineAt(Math.max(end - 1, at)) });
      at = end;
    }
  }
  return whole ? found : found.map(decode);
}

const nonCharacter = /\p{Noncharacter_Code_Point}/u;
const isBlank = (char: string | undefined) => char === " " || char === "\t";
const isBreak = (char: string | undefined) => char === "\n" || char === "\r";

function findBreak(text: string, from: number): number {
  const feed = findLineEnd(text, from);
  const carriage = text.slice(from, feed).indexOf("\r");
  return carriage === -1 ? feed : from + carriage;
}

function skipComment(text: string, from: number, continues: boolean): number {
  let at = from;
  while (at < text.length && !isBreak(text[at])) at += continues && text[at] === "\\" ? 2 : 1;
  return at;
}

/** Reads quoted parts, then whatever else is on the line; `end` is the line break or the end of the file. */
function readValue(text: string, from: number, lineEnd: number): { value: string; end: number } {
  const line = text.slice(from, lineEnd);
  if (!/["'\\]/.test(line)) return { value: trimBlanks(line), end: lineEnd };
  let value = "";
  let at = from;
  for (;;) {
    while (isBlank(text[at])) at += 1;
    const quote = text[at];
    if (quote !== '"' && quote !== "'") break;
    at += 1;
    while (at < text.length && text[at] !== quote) {
      if (quote === '"' && text[at] === "\\") {
        const next = text[at + 1] ?? "";
        if (next !== "\n") value += '"\\`$'.includes(next) ? next : `\\${next}`;
        at += 2;
      } else {
        value += text[at];
        at += 1;
      }
    }
    if (at >= text.length) return { value, end: text.length };
    at += 1;
  }
  // From here on quotes are ordinary, and only blanks that no backslash protects are trimmed.
  let keep = value.length;
  while (at < text.length && !isBreak(text[at])) {
    if (text[at] === "\\") {
      if (at + 1 < text.length && !isBreak(text[at + 1])) value += text[at + 1];
      at += 2;
      keep = value.length;
    } else {
      value += text[at];
      if (!isBlank(text[at])) keep = value.length;
      at += 1;
    }
  }
  return { value: value.slice(0, keep), end: Math.min(at, text.length) };
}

function trimBlanks(text: string): string {
  let start = 0;
  while (isBlank(text[start])) start += 1;
  return trimBlanksAtEnd(text.slice(start));
}

function trimBlanksAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

function refuseUnlessUtf8(text: string, decoded: boolean, line: number): void {
  const bytes = Buffer.from(text, decoded ? "utf8" : "latin1");
  if (isUtf8(bytes) && !nonCharacter.test(bytes.toString("utf8"))) return;
  throw refuseLine("systemd", line, "it is not UTF-8");
}

function decode(found: Assignment): Assignment {
  const toUtf8 = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");
  return { ...found, name: toUtf8(found.name), value: toUtf8(found.value ?? "") };
}
