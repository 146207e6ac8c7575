import type { DialectName } from "./dialects/dialect.js";
import { findWinner, valueOf, type Environment } from "./dialects/dialect.js";
import { dialectTable } from "./dialects/index.js";

/** What one program gets for one variable from an env file. */
export interface EnvReading {
  /** The value as the program gets it; `""` is set but empty, null is not set. */
  readonly value: string | null;
  /** The line that the value stands on, from 1; the first of them when it spans several. */
  readonly line: number | null;
  /** Other lines that set the variable too, and lose. */
  readonly duplicates: readonly number[];
}

/**
 * Reads a variable by the rules of the program that reads the file.
 *
 * @param environment what the program finds in its environment, for dialects that expand `$NAME`
 * @throws KeywardError `malformed` when that program refuses the file as a whole
 * @example
 * readEnv(Buffer.from("KEY='abc' # mine\n"), "KEY", "dotenv").value; // "abc"
 */
export function readEnv(
  bytes: Buffer,
  variable: string,
  dialect: DialectName,
  environment: Environment = {},
): EnvReading {
  const reader = dialectTable[dialect][0];
  const assignments = reader.scan(bytes, variable);
  const winner = findWinner(reader, assignments, variable, environment);
  const value = valueOf(reader, assignments, variable, environment);
  const others = assignments.filter((other) => other.name === variable && other !== winner);
  return { value, line: winner?.first ?? null, duplicates: others.map((other) => other.first) };
}

export { editEnv } from "./env-editor.js";
