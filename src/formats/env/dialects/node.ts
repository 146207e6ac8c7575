import { createLineCounter, type Assignment, type Dialect } from "./dialect.js";

/**
 * `node --env-file` of Node 20. A line without `=`, an indented comment too, becomes the beginning of
 * the next line's name; a name that is missing ends the reading. The last line counts.
 */
export const node20: Dialect = {
  name: "node20",
  takes: "last",
  scan(bytes) {
    const { text, start } = prepare(bytes, " ");
    const found = createCollector(text);
    let at = start;
    while (at < text.length) {
      const feed = text.indexOf("\n", at);
      if ((text[at] === "\n" || text[at] === "#") && feed !== -1) {
        at = feed + 1;
        continue;
      }
      const equals = text.indexOf("=", at);
      if (equals === -1) break;
      if (equals === at) break;
      // Trimming nothing but spaces steps out of the name, onto the line break before it.
      const name = trim(text.slice(at, equals), " ") || "\n";
      const value = readValue(text, skipBlanks(text, equals + 1, " "), " ", findFirstQuote);
      // A quote that nothing closes on the last line: the rest is looked through for a name again.
      if (value.kind === "open" && value.end === text.length) {
        at = equals + 1;
        continue;
      }
      found.add(name.replace(/^export /, ""), value, at);
      at = value.end;
    }
    return found.list.map(cutAtNul);
  },
};

/**
 * `node --env-file` since Node 22: 22, 24 and 26 read alike. An empty value with a blank behind its
 * `=` takes the next line that holds anything for the value. A quote that is closed on a later line
 * takes all between. A line without `=` is passed over. The last line counts.
 */
export const node22: Dialect = {
  name: "node22",
  takes: "last",
  scan: (bytes) => scanAsNode22(bytes, findFirstQuote).map(cutAtNul),
};

/** What Node 22 makes of a file; Deno's reader is a port of it, but for where quotes end. */
export function scanAsNode22(bytes: Buffer, findQuote: FindQuote): Assignment[] {
  const { text, start: top } = prepare(bytes, blanks);
  const found = createCollector(text);
  let at = top;
  while (at < text.length) {
    const feed = findBreak(text, at);
    if (text[at] === "\n" || text[at] === "#") {
      at = feed + 1;
      continue;
    }
    const equals = text.slice(at, feed).indexOf("=");
    if (equals === -1) {
      at = skipBlanks(text, feed + 1);
      continue;
    }
    const name = trim(text.slice(at, at + equals), blanks);
    const behind = at + equals + 1;
    if (behind >= text.length || text[behind] === "\n") {
      // Such a line is kept before "export" is taken off its name.
      found.add(name, { value: "", kind: "single", end: behind }, at);
      at = behind;
      continue;
    }
    const start = skipBlanks(text, behind);
    if (name === "") {
      // What stands behind a missing name is read as a line of its own.
      at = start;
      continue;
    }
    const value = readValue(text, start, blanks, findQuote);
    found.add(trim(name.replace(/^export /, ""), blanks), value, at);
    at = value.end + 1;
    if (value.kind === "plain" || value.kind === "open") at = skipBlanks(text, at);
  }
  return found.list;
}

/** Where the quote that closes a value stands; -1 for nowhere. */
export type FindQuote = (text: string, quote: string, from: number) => number;

const findFirstQuote: FindQuote = (text, quote, from) => text.indexOf(quote, from);

/** The environment that node puts its values into ends them at a NUL byte. */
function cutAtNul(found: Assignment): Assignment {
  const cut = (text: string) => text.split("\0", 1)[0] ?? "";
  return { ...found, name: cut(found.name), value: cut(found.value ?? "") };
}

interface Value {
  readonly value: string;
  /** By its quotes; `open` has one that nothing closes. */
  readonly kind: "plain" | "single" | "double" | "open";
  /** The line break behind it, or the length of the text. */
  readonly end: number;
}

/** What Node 22 trims; Node 20 takes off spaces alone. */
const blanks = " \t\n";

/** Carriage returns are dropped wherever they stand, and the file is trimmed. A BOM stays. */
function prepare(bytes: Buffer, trimmed: string): { text: string; start: number } {
  const text = bytes.toString("utf8").replaceAll("\r", "");
  // What is trimmed at the top is kept in the text, so that lines are counted from there.
  return { text: trimEnd(text, trimmed), start: skipBlanks(text, 0, trimmed) };
}

function readValue(text: string, from: number, trimmed: string, findQuote: FindQuote): Value {
  const quote = text[from];
  const feed = findBreak(text, from);
  if (quote !== '"' && quote !== "'" && quote !== "`") {
    const line = text.slice(from, feed);
    return { value: trim(line.replace(/#.*$/s, ""), trimmed), kind: "plain", end: feed };
  }
  const close = findQuote(text, quote, from + 1);
  if (close === -1) return { value: text.slice(from, feed), kind: "open", end: feed };
  const inner = text.slice(from + 1, close);
  const end = findBreak(text, close);
  if (quote !== '"') return { value: inner, kind: "single", end };
  return { value: inner.replaceAll("\\n", "\n"), kind: "double", end };
}

/** Keeps what is found, with the lines that it stands on. */
function createCollector(text: string): {
  readonly list: Assignment[];
  add(name: string, value: Value, from: number): void;
} {
  const list: Assignment[] = [];
  const lineAt = createLineCounter(text);
  return {
    list,
    add(name, { value, kind, end }, from) {
      const first = lineAt(skipBlanks(text, from));
      const literal = kind === "single" || kind === "open";
      list.push({ name, value, first, last: lineAt(Math.max(end - 1, from)), literal });
    },
  };
}

function findBreak(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  return feed === -1 ? text.length : feed;
}

function skipBlanks(text: string, from: number, skipped = blanks): number {
  let at = from;
  while (at < text.length && skipped.includes(text.charAt(at))) at += 1;
  return at;
}

function trim(text: string, trimmed: string): string {
  return trimEnd(text, trimmed).slice(skipBlanks(text, 0, trimmed));
}

function trimEnd(text: string, trimmed: string): string {
  let end = text.length;
  while (end > 0 && trimmed.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
