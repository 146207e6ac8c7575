import type { Assignment, Dialect } from "../../formats/env/dialects/dialect.js";
import { dialectTable } from "../../formats/env/dialects/index.js";
import { findAttempts, type Attempt } from "../../formats/env/env-attempts.js";
import { splitLines } from "../../formats/env/env-lines.js";
import type { EnvFileLocation } from "../../systems/contract/system.js";

/** An attempt that one of the file's readers passes over. */
export interface UnreadAttempt extends Attempt {
  readonly reader: Dialect;
  /** The line above whose assignment goes on into this one; null where there is none. */
  readonly above: number | null;
}

/** The attempts that do not reach every program that reads the file, in all its versions. */
export function findUnread(bytes: Buffer, location: EnvFileLocation): readonly UnreadAttempt[] {
  const { variable } = location;
  const attempts = findAttempts(bytes, variable);
  if (attempts.length === 0) return [];
  const read = listReaders(location).map((reader) => ({
    reader,
    all: reader.scan(bytes, variable),
  }));
  return attempts.flatMap((attempt) => {
    const { line } = attempt;
    const holds = ({ first, last }: Assignment) => first <= line && line <= last;
    const blind = read.find(({ all }) => !all.some((one) => one.name === variable && holds(one)));
    if (blind === undefined) return [];
    const above = blind.all.find((one) => one.first < line && holds(one))?.first ?? null;
    return [{ ...attempt, reader: blind.reader, above }];
  });
}

/** Every program that reads a file, in every version that is about; the one that decides comes first. */
export function listReaders({ dialects, heirs = [] }: EnvFileLocation): readonly Dialect[] {
  return [...dialects, ...heirs].flatMap((name): readonly Dialect[] => dialectTable[name]);
}

/**
 * The file with these attempts as the editor of env files knows them: `=` in the place of `:`, and no
 * byte order mark before them.
 */
export function respellAttempts(bytes: Buffer, attempts: readonly Attempt[]): Buffer {
  const { raw, mark } = splitLines(bytes);
  const lines = [...raw];
  for (const { line } of attempts) {
    const text = lines[line - 1] ?? "";
    lines[line - 1] = text.replace(/^(\s*(?:export\s+)?\w+)\s*:[ \t]*/, "$1=");
  }
  const keepsMark = !attempts.some(({ marked }) => marked);
  return Buffer.from((keepsMark ? mark : "") + lines.join("\n"), "latin1");
}
