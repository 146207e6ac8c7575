import { parseDocument, type TomlPath } from "./toml-document.js";

/** A value that is meant for a path, and that its reader does not look for there. */
export interface Misplaced {
  /** From 1. */
  readonly line: number;
  /** The table that it stands in, `[server]`; null above every one. */
  readonly table: string | null;
  /** The name as it is written. */
  readonly name: string;
}

/**
 * Finds a value that stands in the wrong table, or is called almost as the one that is looked for. Only
 * the tables on the way to the right one count: others have values of their own that are called so.
 *
 * @throws KeywardError `malformed`
 */
export function findMisplaced(bytes: Buffer, keyPath: readonly string[]): Misplaced | null {
  const wanted = keyPath.map(simplify);
  for (const { path, node } of parseDocument(bytes).pairs) {
    const parts = toNames(path);
    if (parts === null || node.value.type !== "TOMLValue" || isSame(parts, keyPath)) continue;
    const [name = "", ...above] = parts.toReversed();
    if (simplify(name) !== wanted.at(-1)) continue;
    if (!above.every((part) => wanted.slice(0, -1).includes(simplify(part)))) continue;
    const table = above.length === 0 ? null : `[${above.toReversed().join(".")}]`;
    return { line: node.loc.start.line, table, name };
  }
  return null;
}

function toNames(path: TomlPath): readonly string[] | null {
  const names = path.filter((part) => typeof part === "string");
  return names.length === path.length ? names : null;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, "");
}
