import {
  createLineCounter,
  findLineEnd,
  refuseLine,
  type Assignment,
  type Dialect,
} from "../dialect.js";
import { fillTemplate } from "./compose-template.js";
import { isGoSpace } from "./space.js";

/**
 * The `.env` of `docker compose`: `export`, `KEY: value`, ` #` comments behind unquoted values,
 * quotes over several lines, escapes in double quotes, and `$` expanded except in single quotes. A
 * quote that is not closed, or a strange character in a name, makes compose refuse the file.
 */
export const compose: Dialect = {
  name: "compose",
  takes: "last",
  scan(bytes) {
    let text = bytes.toString("utf8");
    if (text.startsWith("\uFEFF")) text = text.slice(1);
    const lineAt = createLineCounter(text);
    const found: Assignment[] = [];
    let at = 0;
    while ((at = skipToStatement(text, at)) < text.length) {
      const first = lineAt(at);
      const key = readKey(text, at, first);
      if (key.alone) {
        found.push({ name: key.name, value: null, first, last: first });
        at = key.end;
        continue;
      }
      const { value, literal, end } = readValue(text, key.end, first);
      found.push({
        name: key.name,
        value,
        first,
        last: lineAt(Math.max(end - 1, at)),
        literal,
      });
      at = end;
    }
    return found;
  },
  expand(assignments, variable, environment) {
    const values = new Map<string, string>();
    for (const { name, value, literal, first } of assignments) {
      if (value === null) {
        const inherited = environment[name];
        if (inherited !== undefined) values.set(name, inherited);
        continue;
      }
      const filled = literal
        ? value
        : fillTemplate(value, (other) => environment[other] ?? values.get(other));
      if (filled === null)
        throw refuseLine("compose", first, "a $ in the value cannot be expanded");
      values.set(name, filled);
    }
    return values.get(variable) ?? null;
  },
};

/** A blank that does not end a line. */
const isInnerSpace = (char: string | undefined) =>
  char !== undefined && "\t\v\f\r \u0085\u00a0".includes(char);

function isNameChar(char: string): boolean {
  return /^[\w.[\]-]$/.test(char) || (char > "\x7f" && /^[\p{L}\p{N}]$/u.test(char));
}

function skipInnerSpace(text: string, from: number): number {
  let at = from;
  while (isInnerSpace(text[at])) at += 1;
  return at;
}

function skipToStatement(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < text.length && isGoSpace(text.charCodeAt(at))) at += 1;
    if (text[at] !== "#") return at;
    at = findLineEnd(text, at);
  }
}

function readKey(
  text: string,
  from: number,
  line: number,
): { name: string; alone: boolean; end: number } {
  const start = /^export[\t\n\f\r ]/.test(text.slice(from, from + 7))
    ? skipInnerSpace(text, from + 6)
    : from;
  for (let at = start; at < text.length;) {
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (char === "=" || char === ":" || char === "\n") {
      const name = trimSpaceAtEnd(text.slice(start, at));
      if (name.includes(" ")) throw refuseLine("compose", line, "the name holds a blank");
      return { name, alone: char === "\n", end: skipInnerSpace(text, at + 1) };
    }
    if (!isNameChar(char) && !isInnerSpace(char)) {
      throw refuseLine("compose", line, "the name holds a character that names cannot have");
    }
    at += char.length;
  }
  if (start === text.length) throw refuseLine("compose", line, "a name is missing");
  // A name that the file ends with, without a line break, is taken as the value of nothing.
  return { name: "", alone: false, end: skipInnerSpace(text, start) };
}

function readValue(
  text: string,
  from: number,
  line: number,
): { value: string; literal: boolean; end: number } {
  const quote = text[from];
  if (quote !== '"' && quote !== "'") {
    const end = findLineEnd(text, from);
    const raw = text.slice(from, end);
    const comment = raw.indexOf(" #");
    const value = trimSpaceAtEnd(comment === -1 ? raw : raw.slice(0, comment));
    return { value, literal: false, end: Math.min(end + 1, text.length) };
  }
  let close = from + 1;
  while (close < text.length && text[close] !== quote) close += text[close] === "\\" ? 2 : 1;
  if (close >= text.length) throw refuseLine("compose", line, "a quote is not closed");
  const inner = text.slice(from + 1, close).replaceAll(`\\${quote}`, quote);
  const literal = quote === "'";
  return { value: literal ? inner : unescape(inner), literal, end: close + 1 };
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  '"': '"',
  "\\": "\\",
  // The expansion that follows turns it into one.
  $: "$$",
};

function unescape(inner: string): string {
  return inner.replace(/\\(?:([abcfnrtv$"\\])|0(\d{0,3}))/g, (match, letter, digits) => {
    if (typeof letter === "string") return escapes[letter] ?? match;
    const code = /^[0-7]{3}$/.test(String(digits)) ? Number.parseInt(String(digits), 8) : 256;
    return code < 256 ? String.fromCharCode(code) : `\\${String(digits)}`;
  });
}

function trimSpaceAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isGoSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
