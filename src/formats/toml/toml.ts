import type { AST } from "toml-eslint-parser";

import { KeywardError } from "../../core/errors.js";
import type { Edit } from "../../files/edit.js";
import {
  malformedLine,
  parseDocument,
  startsPath,
  type TomlDocument,
  type TomlPair,
  type TomlPath,
} from "./toml-document.js";
import { insertPair, quoteToml, removePair, type Splice } from "./toml-splice.js";

/** Table names, then the name of the value. */
type KeyPath = readonly [string, ...string[]];

/** What a TOML file says at one path. */
export interface TomlReading {
  /** The value; null when it is not there. */
  readonly value: string | null;
  /** The line that the value begins on, from 1; null when it is not there. */
  readonly line: number | null;
}

/**
 * Reads one value as OpenJarvis does, which takes the file through Python's `tomllib`: headers,
 * dotted keys, inline tables and every kind of string lead to the same value.
 *
 * @param type what the value must be; an integer comes back in decimal digits
 * @throws KeywardError `malformed` when the server cannot read the file, or when the value, or a
 *   table on the way to it, is of another type; the message has the line, but not the file's path
 *
 * @example
 * readToml(Buffer.from('[server.auth]\napi_key = "k"\n'), ["server", "auth", "api_key"]);
 * // { value: "k", line: 2 }
 */
export function readToml(
  bytes: Buffer,
  keyPath: KeyPath,
  type: "string" | "integer" = "string",
): TomlReading {
  const pair = findPair(parseDocument(bytes), keyPath);
  if (pair === null) return { value: null, line: null };
  const { line } = pair.node.loc.start;
  const text = textOf(pair.node.value, type);
  // OpenJarvis starts with a number as its key, then fails on every request that brings one.
  if (text === null) throw malformedLine(line, `${keyPath.join(".")} is not of type ${type}`);
  return { value: text, line };
}

/**
 * Works out the change that sets one value, or with null removes it with its line. Every other byte
 * stays; a table that is missing is added at the end.
 *
 * @param bytes the file as it is; null where there is none
 * @throws KeywardError `malformed` as {@link readToml}, `unspeakable` when the value is not Unicode,
 *   `internal` when the result would not read back
 */
export function editToml(bytes: Buffer | null, keyPath: KeyPath, value: string | null): Edit {
  if (value !== null && /\p{Surrogate}/u.test(value)) {
    throw new KeywardError("unspeakable", "the value holds half a character, which TOML cannot", {
      hint: "choose a value of ordinary characters",
    });
  }
  const document = parseDocument(bytes ?? Buffer.alloc(0));
  const { text } = document;
  const splice = planSplice(document, keyPath, value);
  if (splice === null) return { before: bytes, after: bytes ?? Buffer.alloc(0), notes: [] };
  const after = Buffer.from(text.slice(0, splice.start) + splice.text + text.slice(splice.end));
  verify(document, after, keyPath, value);
  return { before: bytes, after, notes: splice.note === undefined ? [] : [splice.note] };
}

function planSplice(document: TomlDocument, keyPath: KeyPath, value: string | null): Splice | null {
  const pair = findPair(document, keyPath);
  if (pair === null) return value === null ? null : insertPair(document, keyPath, value);
  if (value === null) return removePair(document.text, pair);
  // The same value in other quotes is left as its owner wrote it.
  if (textOf(pair.node.value, "string") === value) return null;
  const [start, end] = pair.node.value.range;
  return { start, end, text: quoteToml(value) };
}

/** The pair at the path, or null where one could be put. */
function findPair({ tables, pairs }: TomlDocument, keyPath: KeyPath): TomlPair | null {
  for (const { path, node } of tables) {
    const { line } = node.loc.start;
    if (startsPath(keyPath, path)) throw malformedLine(line, `${keyPath.join(".")} is a table`);
    const index = path.findIndex((name) => typeof name === "number");
    const array = path.slice(0, Math.max(index, 0));
    if (array.length > 0 && startsPath(array, keyPath)) {
      throw malformedLine(line, `${array.join(".")} is an array of tables`);
    }
  }
  let found: TomlPair | null = null;
  for (const pair of pairs) {
    const { path, node } = pair;
    const { line } = node.loc.start;
    const isTable = node.value.type === "TOMLInlineTable";
    if (startsPath(path, keyPath)) {
      if (path.length === keyPath.length) found = pair;
      else if (!isTable) throw malformedLine(line, `${path.join(".")} is not a table`);
    } else if (startsPath(keyPath, path)) {
      throw malformedLine(line, `${keyPath.join(".")} is a table`);
    }
  }
  return found;
}

function textOf(value: AST.TOMLContentNode, type: "string" | "integer"): string | null {
  if (value.type !== "TOMLValue" || value.kind !== type) return null;
  return value.kind === "string" ? value.value : String(value.bigint);
}

/** Reads the result back: the value is there, and nothing else of the document has changed. */
function verify(before: TomlDocument, bytes: Buffer, keyPath: KeyPath, value: string | null): void {
  const after = parseDocument(bytes);
  const read = findPair(after, keyPath)?.node.value ?? null;
  const same =
    (read === null ? null : textOf(read, "string")) === value &&
    others(before, keyPath).join("\n") === others(after, keyPath).join("\n");
  if (!same) {
    throw new KeywardError("internal", "the edited file would not read back as it should", {
      hint: "nothing was written: edit the file by hand",
    });
  }
}

/** All that is said beside the value and the tables on the way to it, in its own spelling. */
function others({ text, tables, pairs }: TomlDocument, keyPath: KeyPath): readonly string[] {
  const kept = <T extends { path: TomlPath }>(all: readonly T[]) =>
    all.filter(({ path }) => !startsPath(path, keyPath));
  return [
    ...kept(tables).map(({ path }) => JSON.stringify(path)),
    ...kept(pairs).map(({ path, node }) => JSON.stringify([path, text.slice(...node.value.range)])),
  ];
}
