import type { Machine } from "../core/machine.js";
import { keysEqual } from "../keys/compare.js";
import { readProc } from "./process.js";

/**
 * How a variable that a process was started with stands to a value.
 *
 * - `same`, `different` it holds that value, or another one
 * - `empty` it is set to nothing
 * - `absent` it is not set. That proves nothing: the process may have set it later, or removed it
 * - `unseen` the kernel does not tell
 */
export type VariableState = "same" | "different" | "empty" | "absent" | "unseen";

/**
 * Compares one variable that a process was started with, in memory: the value goes nowhere.
 *
 * @param trimmed whether the process itself cuts blanks off both ends
 */
export function compareVariable(
  pid: number,
  name: string,
  value: string | null,
  machine: Machine,
  trimmed = false,
): VariableState {
  const found = readVariable(pid, name, machine);
  if (found === undefined) return "unseen";
  if (found === null) return "absent";
  return compareValue(found, value, trimmed);
}

/** The same of a value that is at hand. */
export function compareValue(
  found: string,
  value: string | null,
  trimmed = false,
): "same" | "different" | "empty" {
  const held = trimmed ? found.trim() : found;
  if (held === "") return "empty";
  return value !== null && keysEqual(held, trimmed ? value.trim() : value) ? "same" : "different";
}

/** The names of the variables that a process was started with; null where the kernel does not tell. */
export function listVariables(pid: number, machine: Machine): readonly string[] | null {
  const environment = readProc(`${pid}/environ`, machine);
  if (environment === null) return null;
  return environment.split("\0").flatMap((each) => /^([^=]+)=/.exec(each)?.[1] ?? []);
}

/**
 * One variable that a process was started with; null where it is not set, undefined where the kernel
 * does not tell. It may be a key.
 */
export function readVariable(
  pid: number,
  name: string,
  machine: Machine,
): string | null | undefined {
  const environment = readProc(`${pid}/environ`, machine);
  // A process that has ended has an empty one, as has one that was given nothing.
  if (environment === null) return undefined;
  const found = environment.split("\0").find((each) => each.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}
