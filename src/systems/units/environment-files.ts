import { basename, dirname, join } from "node:path";

import type { Machine } from "../../core/machine.js";
import { unreadable } from "./find-unit.js";
import { refuseUnit } from "./refuse.js";
import type { UnitPlace, Unit, UnitEnvironmentFile } from "./unit.js";

/** A file that systemd reads variables from, or the line that keeps it from being told. */
export type EnvironmentFile =
  | { readonly path: string; readonly untold: null }
  | { readonly path: null; readonly untold: UnitPlace };

/** The files that systemd reads variables from, each once, the one that wins first. */
export function listEnvironmentFiles(unit: Unit): readonly EnvironmentFile[] {
  const seen = new Set<string>();
  return unit.environmentFiles
    .flatMap((each) => listOne(unit, each))
    .reverse()
    .filter(({ path }) => {
      if (path === null) return true;
      if (seen.has(path)) return false;
      seen.add(path);
      return true;
    });
}

function listOne(unit: Unit, each: UnitEnvironmentFile): readonly EnvironmentFile[] {
  const { path, line, file } = each;
  if (file === null) return [{ path: null, untold: { path, line } }];
  if (isSlip(file, unit.machine)) return [];
  return listFiles(unit, { path, line, file }).map((one) => ({ path: one, untold: null }));
}

/**
 * Whether a name is one by mistake, with a comment or a second path behind the first: nobody is to
 * make a file of that name.
 */
export function isSlip(file: string, machine: Machine): boolean {
  return /\s(?:#|-?\/)/.test(file) && isMissing(file, machine);
}

/** Whether a file is not there; what cannot be told counts as there. */
export function isMissing(file: string, { fs }: Machine): boolean {
  try {
    return fs.statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** The files that an `EnvironmentFile=` stands for, in the order in which they are read. */
export function listFiles(
  { machine }: Unit,
  { file, ...at }: UnitPlace & { readonly file: string },
): string[] {
  if (!/[*?[]/.test(file)) return [file];
  const folder = dirname(file);
  if (/[*?[]/.test(folder)) throw refuseUnit(at, "EnvironmentFile= has * or ? in a folder's name");
  const pattern = toPattern(basename(file));
  let names: string[];
  try {
    names = machine.fs.existsSync(folder) ? machine.fs.readdirSync(folder) : [];
  } catch (error) {
    throw unreadable(folder, error);
  }
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function toPattern(glob: string): RegExp {
  const parts = glob.replaceAll(/\[!?\]?[^\]]*\]|[\\^$.*+?()[\]{}|]/g, (part) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (part.length > 1) return part.replace("[!", "[^").replaceAll("\\", "\\\\");
    return `\\${part}`;
  });
  // As in a shell, a pattern does not take hidden files unless it begins with the dot itself.
  return new RegExp(`^${glob.startsWith(".") ? "" : "(?!\\.)"}${parts}$`, "s");
}
