import {
  createLineCounter,
  findLineEnd,
  type Assignment,
  type Dialect,
  type Environment,
} from "./dialect.js";

/**
 * The runtime inside Jean2, which reads `.env` of the working folder before Jean2's own loader
 * runs: `export`, `KEY: value`, comments behind values, three kinds of quotes over several lines,
 * and `$NAME` expanded even in single quotes. The last line counts.
 */
export const bun: Dialect = {
  name: "bun",
  takes: "last",
  scan(bytes) {
    let text = bytes.toString("utf8");
    if (text.startsWith("\uFEFF")) text = text.slice(1);
    const lineAt = createLineCounter(text);
    const found: Assignment[] = [];
    let at = 0;
    while (at < text.length) {
      at = skipBlanks(text, at);
      const key = readKey(text, at);
      if (key === null) {
        at = skipLine(text, at);
        continue;
      }
      const first = lineAt(at);
      const { value, end } = readValue(text, key.end);
      found.push({ name: key.name, value, first, last: lineAt(Math.max(end - 1, at)) });
      at = end;
      // Whatever stands behind the value, on its line, is not looked at.
      if (at < text.length && !isBreak(text[at])) at = skipLine(text, at);
    }
    return found;
  },
  expand(assignments, variable, environment) {
    const values = new Map<string, string>();
    for (const { name, value } of assignments) values.set(name, value ?? "");
    // Each name is expanded once, in the order of first appearance, with what the others hold then.
    for (const [name, value] of values) {
      if (value.includes("$")) values.set(name, expand(value, values, environment));
    }
    return values.get(variable) ?? null;
  },
};

const isBlank = (char: string | undefined) =>
  char === " " || char === "\n" || char === "\t" || char === "\r" || char === "\v" || char === "\f";
const isBreak = (char: string | undefined) => char === "\n" || char === "\r";

function isNameChar(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f
  );
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text[at])) at += 1;
  return at;
}

function skipLine(text: string, from: number): number {
  const feed = findLineEnd(text, from);
  const carriage = text.slice(from, feed).indexOf("\r");
  return (carriage === -1 ? feed : from + carriage) + 1;
}

function readKey(
  text: string,
  from: number,
  exported = false,
): { name: string; end: number } | null {
  let at = from;
  while (isNameChar(text.charCodeAt(at)) || text[at] === "-" || text[at] === ".") at += 1;
  if (at === from) return null;
  const name = text.slice(from, at);
  const next = skipBlanks(text, at);
  if (!exported && name === "export" && next > at) {
    const key = readKey(text, next, true);
    if (key !== null) return key;
  }
  if (text[next] === "=") return { name, end: next + 1 };
  if (text[next] === ":" && isBlank(text[next + 1])) return { name, end: next + 2 };
  return null;
}

function readValue(text: string, from: number): { value: string; end: number } {
  const start = skipBlanks(text, from);
  const quote = text[start];
  if (quote === '"' || quote === "'" || quote === "`") {
    let close = start + 1;
    while (close < text.length && text[close] !== quote) close += text[close] === "\\" ? 2 : 1;
    if (close < text.length) {
      return { value: unescape(text.slice(start + 1, close), quote === '"'), end: close + 1 };
    }
  }
  const feed = findLineEnd(text, from);
  const stop = text.slice(from, feed).search(/[#\r]/);
  const end = stop === -1 ? feed : from + stop;
  let last = end;
  while (last > from && isBlank(text[last - 1])) last -= 1;
  return { value: text.slice(Math.min(skipBlanks(text, from), last), last), end };
}

/** Line breaks become `\n`; in double quotes `\n` and `\r` are escapes, and a backslash guards any other. */
function unescape(inner: string, double: boolean): string {
  return inner.replace(/\\[^]|\r\n?/g, (match) => {
    if (match[0] === "\r") return "\n";
    if (double) return match === "\\n" ? "\n" : match === "\\r" ? "\r" : match;
    return match === "\\\r" ? "\\\n" : match;
  });
}

function expand(value: string, values: ReadonlyMap<string, string>, env: Environment): string {
  let out = "";
  let at = 0;
  while (at < value.length) {
    if (value.startsWith("\\$", at)) {
      out += "$";
      at += 2;
    } else if (value[at] === "$") {
      const { name, fallback, end } = readReference(value, at);
      const held = name === null ? value.slice(at, end) : (env[name] ?? values.get(name));
      out += held ?? expand(fallback, values, env);
      at = end;
    } else {
      out += value[at];
      at += 1;
    }
  }
  return out;
}

/** `$NAME`, `${NAME}` or `${NAME:-fallback}`; without a name it is text, up to `end`. */
function readReference(
  value: string,
  from: number,
): { name: string | null; fallback: string; end: number } {
  const braced = value[from + 1] === "{";
  const start = from + (braced ? 2 : 1);
  let at = start;
  while (isNameChar(value.charCodeAt(at))) at += 1;
  const name = value.slice(start, at);
  if (!braced) return { name: name === "" ? null : name, fallback: "", end: at };
  const close = findClosingBrace(value, start);
  if (close === -1) return { name: null, fallback: "", end: value.length };
  if (at === close) return { name, fallback: "", end: close + 1 };
  if (!value.startsWith(":-", at)) return { name: null, fallback: "", end: close + 1 };
  return { name, fallback: value.slice(at + 2, close), end: close + 1 };
}

function findClosingBrace(value: string, from: number): number {
  let open = 0;
  for (let at = from; at < value.length; at += 1) {
    if (value[at] === "\\") at += 1;
    else if (value.startsWith("${", at)) open += 1;
    else if (value[at] === "}" && open-- === 0) return at;
  }
  return -1;
}
