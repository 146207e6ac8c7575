import { startsPath, type TomlDocument, type TomlPair } from "./toml-document.js";

/** One replacement in a text. */
export interface Splice {
  /** Where it begins and ends, in UTF-16 units of the old text. */
  readonly start: number;
  readonly end: number;
  /** What stands there afterwards. */
  readonly text: string;
  /** What else goes with it, in words. */
  readonly note?: string;
}

/**
 * Adds a pair that is not there yet, in the form that its table already has: TOML lets a table be
 * defined once, so a `[server.auth]` beside `server = {}` would keep OpenJarvis from starting.
 */
export function insertPair(
  { text, tables, pairs }: TomlDocument,
  keyPath: readonly string[],
  value: string,
): Splice {
  const parents = keyPath.slice(0, -1);
  const spell = (depth: number) => `${spellKey(keyPath.slice(depth))} = ${quoteToml(value)}`;

  const inline = tables.findLast(
    ({ path, node }) => node.type === "TOMLInlineTable" && startsPath(path, parents),
  );
  if (inline) {
    const last = inline.node.body.at(-1);
    if (last) return insertAt(last.range[1], `, ${spell(inline.path.length)}`);
    return insertAt(inline.node.range[0] + 1, spell(inline.path.length));
  }

  // A pair of the table itself, or one whose dotted key defines the table from further up.
  const sibling = pairs.findLast(
    ({ path, table }) => startsPath(table.path, parents) && startsPath(parents, path),
  );
  if (sibling) {
    return insertLineAfter(text, sibling.node.range, spell(sibling.table.path.length));
  }

  if (parents.length === 0) return insertAt(0, spell(0) + dominantNewline(text));
  const header = tables.find(
    ({ path }) => path.length === parents.length && startsPath(path, parents),
  );
  if (header) return insertLineAfter(text, header.node.range, spell(parents.length));
  return appendTable(text, spellKey(parents), spell(parents.length));
}

/** Takes a pair away, with its line or, in an inline table, with one comma. */
export function removePair(text: string, { table, node }: TomlPair): Splice {
  const [start, end] = node.range;
  if (table.node.type === "TOMLInlineTable") {
    const at = table.node.body.indexOf(node);
    const previous = table.node.body[at - 1];
    const next = table.node.body[at + 1];
    if (previous) return { start: previous.range[1], end, text: "" };
    return { start, end: next ? next.range[0] : end, text: "" };
  }
  const after = nextLine(text, end);
  const cut = { start: text.lastIndexOf("\n", start) + 1, end: after, text: "" };
  return text.slice(end, after).includes("#")
    ? { ...cut, note: `line ${node.loc.end.line}: the comment behind the value goes with it` }
    : cut;
}

/** A basic string, `"…"`, with only the escapes that TOML 1.0 asks for. */
export function quoteToml(value: string): string {
  const escaped = value.replace(/["\\]/g, "\\$&").replace(
    // oxlint-disable-next-line no-control-regex -- these are what has to be escaped
    /[\u0000-\u001f\u007f]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

function spellKey(names: readonly string[]): string {
  return names.map((name) => (/^[\w-]+$/.test(name) ? name : quoteToml(name))).join(".");
}

function insertAt(start: number, text: string): Splice {
  return { start, end: start, text };
}

/** A line of its own after what stands at the range, indented like it and ended like it. */
function insertLineAfter(
  text: string,
  [from, to]: readonly [number, number],
  line: string,
): Splice {
  const lineStart = text.lastIndexOf("\n", from) + 1;
  const indented = text.slice(lineStart, from) + line;
  const at = nextLine(text, to);
  if (text[at - 1] !== "\n") {
    const newline = dominantNewline(text);
    return insertAt(at, newline + indented + newline);
  }
  return insertAt(at, indented + (text[at - 2] === "\r" ? "\r\n" : "\n"));
}

function appendTable(text: string, header: string, line: string): Splice {
  const newline = dominantNewline(text);
  const finish = text === "" || text.endsWith("\n") ? "" : newline;
  const blank = /^$|(?:^|\n)[ \t]*\r?\n$/.test(text) ? "" : newline;
  return insertAt(text.length, `${finish}${blank}[${header}]${newline}${line}${newline}`);
}

/** Where the line after an offset begins; the end of the text when there is none. */
function nextLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

function dominantNewline(text: string): string {
  const all = text.split("\n").length - 1;
  const returns = text.split("\r\n").length - 1;
  return returns * 2 > all ? "\r\n" : "\n";
}
