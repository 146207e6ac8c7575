import { ParseError, parseTOML, type AST } from "toml-eslint-parser";

import { KeywardError } from "../../core/errors.js";
import { refuseBinary } from "../env/env-lines.js";

/** Names from the root of a document; a number is the index of an array of tables. */
export type TomlPath = readonly (string | number)[];

/** A table that holds pairs: the root, one with a `[header]`, or an inline `{ }`. */
export interface TomlTable {
  readonly path: TomlPath;
  readonly node: AST.TOMLTopLevelTable | AST.TOMLTable | AST.TOMLInlineTable;
}

/** One `key = value`, with the full path of its key. */
export interface TomlPair {
  readonly path: TomlPath;
  readonly table: TomlTable;
  readonly node: AST.TOMLKeyValue;
}

/** A document with every table and pair of it in order, except what is inside arrays. */
export interface TomlDocument {
  readonly text: string;
  readonly tables: readonly TomlTable[];
  readonly pairs: readonly TomlPair[];
}

const hint = "fix the file by hand: its server cannot read it either";

/**
 * Parses a document as Python's `tomllib` does: TOML 1.0, UTF-8 without a byte order mark.
 *
 * @throws KeywardError `malformed`, with line and column but without the file's path and never
 *   with a word of the file, since the text at fault may be the key
 */
export function parseDocument(bytes: Buffer): TomlDocument {
  const text = decode(bytes);
  const root = parse(text).body[0];
  const tables: TomlTable[] = [];
  const pairs: TomlPair[] = [];

  const addTable = (table: TomlTable): void => {
    tables.push(table);
    for (const node of table.node.body) {
      if (node.type === "TOMLTable") addTable({ path: node.resolvedKey, node });
      else {
        const path = [...table.path, ...node.key.keys.map(nameOf)];
        pairs.push({ path, table, node });
        if (node.value.type === "TOMLInlineTable") addTable({ path, node: node.value });
      }
    }
  };
  addTable({ path: [], node: root });
  return { text, tables, pairs };
}

/** Whether the first path is the beginning of the second, or all of it. */
export function startsPath(start: TomlPath, path: TomlPath): boolean {
  return start.length <= path.length && start.every((name, index) => name === path[index]);
}

/** `malformed` on a line of the file. */
export function malformedLine(line: number, problem: string): KeywardError {
  return new KeywardError("malformed", `line ${line}: ${problem}`, { hint });
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}

function decode(bytes: Buffer): string {
  refuseBinary(bytes);
  if (bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) {
    throw new KeywardError("malformed", "line 1: a byte order mark, which TOML does not have", {
      hint: "write the file again without the mark, for example with: tail -c +4",
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new KeywardError("malformed", "not valid UTF-8", { hint });
  }
}

function parse(text: string): AST.TOMLProgram {
  // The parser takes three things that tomllib does not: a carriage return without its line feed,
  // the year 0 and the second 60.
  const loneReturn = text.search(/\r(?!\n)/);
  if (loneReturn !== -1) {
    throw malformedLine(text.slice(0, loneReturn).split("\n").length, "a lone carriage return");
  }
  const program = parseToml10(text);
  for (const { type, value, loc } of program.tokens) {
    if (/Date|Time/.test(type) && /^0000-|:60/.test(value)) {
      throw malformedLine(loc.start.line, "a date or time that Python cannot hold");
    }
  }
  return program;
}

function parseToml10(text: string): AST.TOMLProgram {
  try {
    return parseTOML(text, { tomlVersion: "1.0.0" });
  } catch (error) {
    // The parser's own words are not passed on: one of its messages quotes the file.
    if (error instanceof ParseError) {
      const { lineNumber, column } = error;
      if (error.message.startsWith("Defining a key multiple times")) {
        throw malformedLine(lineNumber, "the same key or table is defined a second time");
      }
      throw malformedLine(lineNumber, `not valid TOML at column ${column + 1}`);
    }
    // The parser overflows the stack on strings of some 100,000 characters and on nesting as deep.
    if (!(error instanceof RangeError)) throw error;
    throw new KeywardError("malformed", "a value is too long or nested too deeply", {
      hint: "move that value out of the file",
    });
  }
}
