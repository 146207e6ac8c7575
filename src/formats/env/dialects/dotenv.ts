import { parse } from "dotenv";

import { createLineCounter, type Assignment, type Dialect } from "./dialect.js";

/**
 * npm's dotenv. Values are those of its own `parse`; where they stand, which it does not tell, is
 * found by reading the same grammar: `export`, `KEY: value`, comments behind values, three kinds of
 * quotes over several lines. The last line counts.
 */
export const dotenv: Dialect = {
  name: "dotenv",
  takes: "last",
  scan(bytes) {
    const values = parse(bytes);
    const found: Assignment[] = [];
    for (const { name, first, last } of findDotenvLines(bytes.toString("utf8"))) {
      // Only the last of several has a value of its own; parse keeps no other.
      if (Object.hasOwn(values, name)) {
        found.push({ name, value: values[name] ?? "", first, last });
      }
    }
    return found;
  },
};

/** Where dotenv sees assignments, and over how many lines: also who else may hold a line as his own. */
export function findDotenvLines(text: string): { name: string; first: number; last: number }[] {
  const lineAt = createLineCounter(text);
  const found: { name: string; first: number; last: number }[] = [];
  let at = 0;
  while (at < text.length) {
    at = skipBlanks(text, at);
    const start = at;
    const key = readKey(text, at);
    if (key !== null) {
      const first = lineAt(start);
      at = findValueEnd(text, key.end);
      found.push({ name: key.name, first, last: lineAt(Math.max(at - 1, start)) });
    }
    while (at < text.length && !isBreak(text.charCodeAt(at))) at += 1;
  }
  return found;
}

const isBreak = (code: number) =>
  code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029;

/** What `\s` matches. */
function isBlank(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code >= 0xa0 && /\s/.test(String.fromCharCode(code));
}

function isNameChar(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2e ||
    code === 0x2d
  );
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

function readKey(text: string, from: number): { name: string; end: number } | null {
  if (text.startsWith("export", from) && isBlank(text.charCodeAt(from + 6))) {
    const exported = readName(text, skipBlanks(text, from + 6));
    if (exported !== null) return exported;
  }
  return readName(text, from);
}

function readName(text: string, from: number): { name: string; end: number } | null {
  let at = from;
  while (isNameChar(text.charCodeAt(at))) at += 1;
  if (at === from) return null;
  const name = text.slice(from, at);
  if (text[at] === ":" && isBlank(text.charCodeAt(at + 1))) return { name, end: at + 2 };
  const equals = skipBlanks(text, at);
  return text[equals] === "=" ? { name, end: equals + 1 } : null;
}

function findValueEnd(text: string, from: number): number {
  const start = skipBlanks(text, from);
  const quote = text[start];
  if (quote === '"' || quote === "'" || quote === "`") {
    const close = findClosingQuote(text, start, quote);
    if (close !== -1) return close + 1;
  }
  let end = from;
  while (end < text.length && text[end] !== "#" && !isLineBreak(text[end])) end += 1;
  return end;
}

const isLineBreak = (char: string | undefined) => char === "\n" || char === "\r";

/** The first quote without a backslash if it ends its line, else the last one before it that does. */
function findClosingQuote(text: string, open: number, quote: string): number {
  let best = -1;
  for (let at = text.indexOf(quote, open + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (endsLine(text, at + 1)) best = at;
    if (text[at - 1] !== "\\" || at - 1 === open) break;
  }
  return best;
}

function endsLine(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && !isBreak(text.charCodeAt(at)) && isBlank(text.charCodeAt(at))) at += 1;
  return at >= text.length || text[at] === "#" || isBreak(text.charCodeAt(at));
}
