import { KeywardError } from "../../core/errors.js";
import {
  type Dialect,
  type DialectName,
  type Environment,
  findWinner,
  valueOf,
} from "./dialects/dialect.js";
import { dialectTable } from "./dialects/index.js";
import { titleOf } from "./dialects/names.js";
import { findContinuedComment } from "./dialects/systemd.js";

/** That versions of one program read a variable differently, so that its value cannot be told. */
export interface Doubt {
  /** The line to blame, from 1. */
  readonly line: number;
  /** In words, to stand after a colon. */
  readonly why: string;
  /** What to change in the file. */
  readonly hint: string;
}

/** Finds out whether all versions of a program read the same value; null where they do. */
export function findDoubt(
  bytes: Buffer,
  variable: string,
  dialect: DialectName,
  environment: Environment,
): Doubt | null {
  const [newest, ...others] = dialectTable[dialect];
  if (others.length === 0) return null;
  const now = read(newest, bytes, variable, environment);
  for (const older of others) {
    const then = read(older, bytes, variable, environment);
    if (then.value === now.value) continue;
    return explain(bytes, now.line ?? then.line ?? 1, `${titleOf(dialect)} ${older.versions}`);
  }
  return null;
}

function read(reader: Dialect, bytes: Buffer, variable: string, environment: Environment) {
  try {
    const all = reader.scan(bytes, variable);
    const line = findWinner(reader, all, variable, environment)?.first ?? null;
    return { value: valueOf(reader, all, variable, environment), line };
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    return { value: undefined, line: null };
  }
}

function explain(bytes: Buffer, line: number, versions: string): Doubt {
  const comment = findContinuedComment(bytes, line);
  if (comment === null) {
    const hint = `write line ${line} without quotes, escapes and marks`;
    return { line, why: `${versions} reads line ${line} differently`, hint };
  }
  return { line: comment, ...explainComment(comment, line, versions) };
}

/** What a comment that ends in a backslash does, and what to do about it. */
export function explainComment(
  comment: number,
  line: number,
  versions: string,
): { readonly why: string; readonly hint: string } {
  return {
    why: `the comment on line ${comment} ends in a backslash, so ${versions} takes line ${line} as part of it`,
    hint: `remove the backslash at the end of line ${comment}`,
  };
}
