import { KeywardError } from "../../core/errors.js";
import {
  findWinner,
  valueOf,
  type Assignment,
  type Dialect,
  type Environment,
} from "./dialects/dialect.js";

/**
 * What stands in the environment of the reader is unknown here, so every name counts as set: a `$`
 * that the file cannot resolve is no reason to refuse it, and a name alone does set the variable.
 */
const unknownEnvironment: Environment = new Proxy({}, { get: () => "unknown" });

/** A file as one reader sees it. */
export interface View {
  readonly reader: Dialect;
  readonly value: string | null;
  /** The assignments of the variable, failed attempts included. */
  readonly mine: readonly Assignment[];
  readonly others: readonly Assignment[];
}

/** @throws KeywardError `malformed` when the reader refuses the file */
export function viewFile(reader: Dialect, bytes: Buffer, variable: string): View {
  const all = reader.scan(bytes, variable);
  const value = valueOf(reader, all, variable, unknownEnvironment);
  const mine = all.filter(({ name }) => isAbout(name, variable));
  const others = all.filter(({ name }) => !isAbout(name, variable));
  return { reader, value, mine, others };
}

/** Some readers take `export KEY`, or `KEY `, for a strange name: still the user's attempt to set KEY. */
function isAbout(name: string, variable: string): boolean {
  if (name === variable) return true;
  const own = name.replace(/[ \t]+$/, "");
  if (!own.endsWith(variable)) return false;
  return own === variable || /^export[^\S\n]+$/.test(own.slice(0, -variable.length));
}

/** The line to replace: what the first reader takes, else what another takes, else a failed attempt. */
export function findTarget(views: readonly View[], variable: string): number | null {
  for (const { reader, mine } of views) {
    const winner = findWinner(reader, mine, variable, unknownEnvironment);
    if (winner !== undefined) return winner.first;
  }
  return views.find(({ mine }) => mine.length > 0)?.mine[0]?.first ?? null;
}

/**
 * Makes sure that the reader gets the new value from one line, and everything else as before.
 *
 * @param line the line to blame
 * @throws KeywardError `malformed`
 */
export function verifyView(before: View, now: View, value: string | null, line: number): void {
  const { reader } = before;
  const right = now.value === value && now.mine.length === (value === null ? 0 : 1);
  // A line above that begins an assignment, as a lone "export" does, must not become part of it.
  const alone = now.mine.every(({ first, last }) => first === last);
  if (right && alone && sameAssignments(before.others, now.others)) return;
  const what =
    right && alone
      ? `${reader.name} reads other variables from the same lines`
      : `${reader.name} would take a line there as part of the line above`;
  throw malformed(line, what);
}

function sameAssignments(a: readonly Assignment[], b: readonly Assignment[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, value }, at) => name === b[at]?.name && value === b[at]?.value)
  );
}

/** An error for lines that cannot be edited without guessing. */
export function malformed(line: number, what: string): KeywardError {
  return new KeywardError("malformed", `line ${line}: ${what}`, {
    hint: `put the variable on a line of its own, near line ${line}, then try again`,
  });
}
