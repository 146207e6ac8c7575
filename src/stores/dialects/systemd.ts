import { isUtf8 } from "node:buffer";

import { createLineCounter, refuseLine, type Assignment, type Dialect } from "./dialect.js";

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
  takes: "last",
  scan: (bytes) => scan(bytes, true),
};

function scan(bytes: Buffer, commentsContinue: boolean): Assignment[] {
  // Every character that matters is ASCII, and only names and values must be UTF-8, not comments.
  const text = bytes.toString("latin1");
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
      const first = lineAt(at);
      const equals = findEquals(text, at);
      if (equals === -1) {
        at = findBreak(text, at);
        continue;
      }
      const { value, end } = readValue(text, equals + 1);
      const last = lineAt(Math.max(end - 1, equals));
      const name = trimBlanksAtEnd(text.slice(at, equals));
      found.push({ name: decode(name, first), value: decode(value, first), first, last });
      at = end;
    }
  }
  return found;
}

const isBlank = (char: string | undefined) => char === " " || char === "\t";
const isBreak = (char: string | undefined) => char === "\n" || char === "\r";

function findBreak(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isBreak(text[at])) at += 1;
  return at;
}

function skipComment(text: string, from: number, continues: boolean): number {
  let at = from;
  while (at < text.length && !isBreak(text[at])) at += continues && text[at] === "\\" ? 2 : 1;
  return at;
}

/** The `=` of a line, or -1; one that starts the line is part of the name. */
function findEquals(text: string, from: number): number {
  for (let at = from + 1; at < text.length && !isBreak(text[at]); at += 1) {
    if (text[at] === "=") return at;
  }
  return -1;
}

/** Reads quoted parts, then whatever else is on the line; `end` is the line break or the end of the file. */
function readValue(text: string, from: number): { value: string; end: number } {
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

function trimBlanksAtEnd(name: string): string {
  let end = name.length;
  while (end > 0 && isBlank(name[end - 1])) end -= 1;
  return name.slice(0, end);
}

function decode(latin1: string, line: number): string {
  const bytes = Buffer.from(latin1, "latin1");
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes) || /\p{Noncharacter_Code_Point}/u.test(text)) {
    throw refuseLine("systemd", line, "it is not UTF-8");
  }
  return text;
}
