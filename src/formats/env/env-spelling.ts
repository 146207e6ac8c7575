import { KeywardError } from "../../core/errors.js";
import type { DialectName } from "./dialects/dialect.js";
import { valueOf, type Dialect } from "./dialects/dialect.js";

/**
 * How a value is written so that every reader gets it: plainly where that works, else in quotes.
 *
 * Blanks at the ends, quotes and control characters are refused even where one reader would take
 * some spelling of them: the next reader of the same file, or the next version, would not.
 *
 * @throws KeywardError `unspeakable`; its message never holds the value
 */
export function spellValue(variable: string, value: string, dialects: readonly Dialect[]): string {
  const names = [...new Set(dialects.map(({ name }) => name))];
  const what = findUnspeakable(value, names);
  if (what !== null) throw unspeakable(names, what);
  const spellings = [value, `'${value}'`, `"${value}"`];
  // Other readers than those that are named here expand a bare $ too.
  if (value.includes("$")) spellings.unshift(`'${value}'`);
  const spelling = spellings.find((text) =>
    dialects.every((dialect) =>
      readsAs(dialect, Buffer.from(`${variable}=${text}\n`), variable, value),
    ),
  );
  if (spelling === undefined) {
    throw unspeakable(names, "has characters that mean something to the reader of the file");
  }
  return spelling;
}

/** Whether the reader takes this line for one that sets the variable. */
export function setsVariable(dialect: Dialect, line: string, variable: string): boolean {
  return readLine(dialect, Buffer.from(`${line}\n`), variable) !== null;
}

/** Whether the reader gets exactly this value for the variable from a line. */
export function readsAs(dialect: Dialect, line: Buffer, variable: string, value: string): boolean {
  return readLine(dialect, line, variable) === value;
}

function readLine(dialect: Dialect, line: Buffer, variable: string): string | null {
  try {
    const assignments = dialect.scan(line, variable);
    return assignments.length === 1 ? valueOf(dialect, assignments, variable, {}) : null;
  } catch (error) {
    if (error instanceof KeywardError) return null;
    throw error;
  }
}

function findUnspeakable(value: string, names: readonly DialectName[]): string | null {
  if (value.trim() !== value) return "has blanks at its ends";
  if (/[\p{Cc}\u2028\u2029]/u.test(value)) return "has a line break or another control character";
  if (/['"`]/.test(value)) return "has quotes";
  // The next edit, and most readers, would take what follows for a comment.
  if (/[ \t]#/.test(value)) return "has a # behind a blank";
  if (names.includes("compose") && value.includes("$")) return "has a $";
  return null;
}

function unspeakable(names: readonly DialectName[], what: string): KeywardError {
  const readers = names.join(" and ");
  return new KeywardError(
    "unspeakable",
    `the value ${what}, so ${readers} would not read it back`,
    {
      hint: "use a key of letters, digits, - and _ only",
    },
  );
}
