import { isUtf8 } from "node:buffer";

import { KeywardError } from "../../../core/errors.js";
import type { DialectName } from "./names.js";

export type { DialectName } from "./names.js";

/** Variables that stand in the environment of the program that reads the file. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One place in a file where a program sees a variable set. */
export interface Assignment {
  /** The name as that program takes it: for one that knows no `export`, this may be `export KEY`. */
  readonly name: string;
  /** Without quotes and escapes, before anything is expanded; null for a name alone. */
  readonly value: string | null;
  /** The lines that it stands on, from 1; they differ for a value of several lines. */
  readonly first: number;
  readonly last: number;
  /** True where the program expands no `$` in it. */
  readonly literal?: boolean;
}

/** How one program reads env files. */
export interface Dialect {
  readonly name: DialectName;
  /** Which versions read so, where newer ones do not: `before 254`; absent for the newest. */
  readonly versions?: string;
  /** Which one counts when several lines set a variable. */
  readonly takes: "first" | "last";
  /**
   * Every assignment, in the order of the file. A reader whose lines do not depend on each other
   * may leave out those that the variable does not occur in.
   *
   * @throws KeywardError `malformed` when the program refuses the whole file
   */
  scan(bytes: Buffer, variable: string): readonly Assignment[];
  /** The value after expansion; absent where the program expands nothing. */
  expand?(
    assignments: readonly Assignment[],
    variable: string,
    environment: Environment,
  ): string | null;
}

/** The assignment that counts, or undefined when the variable is not set. */
export function findWinner(
  dialect: Dialect,
  assignments: readonly Assignment[],
  variable: string,
  environment: Environment,
): Assignment | undefined {
  // A name alone that the environment does not have leaves what an earlier line set.
  const sets = ({ name, value }: Assignment) =>
    name === variable && (value !== null || environment[variable] !== undefined);
  return dialect.takes === "first" ? assignments.find(sets) : assignments.findLast(sets);
}

/** What the program gets for the variable from these assignments; null when it is not set. */
export function valueOf(
  dialect: Dialect,
  assignments: readonly Assignment[],
  variable: string,
  environment: Environment,
): string | null {
  if (dialect.expand !== undefined) return dialect.expand(assignments, variable, environment);
  const winner = findWinner(dialect, assignments, variable, environment);
  return winner === undefined ? null : (winner.value ?? environment[variable] ?? null);
}

/** Counts lines for offsets that never go back, so that a whole file costs one pass. */
export function createLineCounter(text: string): (offset: number) => number {
  let line = 1;
  let next = text.indexOf("\n");
  return (offset) => {
    while (next !== -1 && next < offset) {
      line += 1;
      next = text.indexOf("\n", next + 1);
    }
    return line;
  };
}

/** The end of the line that holds `offset`: the index of its line break, or the length of the text. */
export function findLineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end;
}

/** An error for a file that a program refuses as a whole. Say what is wrong, never what stands there. */
export function refuseLine(dialect: DialectName, line: number, what: string): KeywardError {
  return new KeywardError("malformed", `line ${line}: ${dialect} refuses the file, ${what}`, {
    hint: `fix line ${line}, then try again`,
  });
}

/** @throws KeywardError `malformed` with the line that is to blame, for a reader that takes UTF-8 only */
export function refuseUnlessUtf8(dialect: DialectName, bytes: Buffer): void {
  if (isUtf8(bytes)) return;
  const lines = bytes.toString("latin1").split("\n");
  const bad = lines.findIndex((line) => !isUtf8(Buffer.from(line, "latin1")));
  throw refuseLine(dialect, bad + 1, "it is not UTF-8");
}
