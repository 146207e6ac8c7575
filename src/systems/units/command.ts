import { KeywardError } from "../../core/errors.js";
import { findFile } from "../../files/file-checks.js";
import { systemd } from "../../formats/env/dialects/systemd.js";
import {
  type CommandReading,
  readCommand,
  type ServerProgram,
  type Word,
} from "../contract/command-line.js";
import { listEnvironmentFiles } from "./environment-files.js";
import { inheritedLocations, pamLocations } from "./manager/inherited.js";
import { splitUnitWords } from "./unit-words.js";
import type { Unit, UnitCommand } from "./unit.js";

/** The command that the unit starts, as its server gets it; null where it starts none. */
export function readUnitCommand(unit: Unit, program: ServerProgram): CommandReading | null {
  const { command } = unit;
  if (command === null) return null;
  if (command.several) return { why: "it is one command of several" };
  if (command.byShell) return { why: "the user's shell puts the command together" };
  const known = { isShellScript: (path: string) => isShellScript(path, unit), ...program };
  return readCommand(expandCommand(unit, command), known);
}

/** The words of the command after systemd has replaced the variables in them. */
export function expandCommand(unit: Unit, { program, args, literal }: UnitCommand): Word[] {
  // systemd replaces nothing in the name of the program.
  const words: Word[] = [{ text: program, variable: null, raw: program }];
  for (const raw of args) {
    if (raw === null) words.push({ text: null, variable: null, raw: "put together with a %" });
    else if (literal) words.push({ text: raw, variable: null, raw });
    else words.push(...expandWord(raw, unit));
  }
  return words;
}

/** `$NAME` alone becomes as many words as its value has; `${NAME}` stays in its word. */
function expandWord(raw: string, unit: Unit): Word[] {
  if (/^\$[^${]/.test(raw)) {
    const name = raw.slice(1);
    const value = lookUp(name, unit);
    if (value === null) return [{ text: null, variable: name, raw, many: true }];
    const { words } = splitUnitWords(value, true);
    const variable = words.length === 1 ? name : null;
    return words.map((text) => ({ text, variable, raw }));
  }
  let known = true;
  const text = raw.replaceAll(/\$\$|\$\{([^}]*)\}/g, (part, name: string | undefined) => {
    if (name === undefined) return "$";
    const value = lookUp(name, unit);
    known &&= value !== null;
    return value ?? part;
  });
  const variable = /^\$\{([^}]*)\}$/.exec(raw)?.[1] ?? null;
  return [{ text: known ? text : null, variable, raw }];
}

/**
 * What the unit sets a variable to; null where neither the unit nor a file of the manager sets it: the
 * manager may have a value that it hands on.
 */
export function lookUp(name: string, unit: Unit): string | null {
  if (unit.unset.has(name)) return "";
  if (pamLocations(unit, name).length > 0) return null;
  for (const { path } of listEnvironmentFiles(unit)) {
    if (path === null) return null;
    const value = readVariable(path, name, unit);
    if (value === undefined) return null;
    if (value !== null) return value;
  }
  const inline = unit.environment.get(name);
  return inline === undefined ? lookUpInherited(name, unit) : inline.value;
}

function lookUpInherited(name: string, unit: Unit): string | null {
  const [place] = inheritedLocations(unit, name);
  if (place?.kind === "unit") return place.read();
  return place?.kind === "env-file" ? (readVariable(place.path, name, unit) ?? null) : null;
}

/** Null where the file does not set it, undefined where the file cannot be read. */
function readVariable(path: string, name: string, { machine }: Unit): string | null | undefined {
  try {
    const { bytes } = findFile(path, machine);
    if (bytes === null) return null;
    return systemd.scan(bytes, name).findLast((each) => each.name === name)?.value ?? null;
  } catch (error) {
    if (error instanceof KeywardError) return undefined;
    throw error;
  }
}

/** By its first line; what pip writes for a long path to Python is not meant for the shell. */
function isShellScript(path: string, { machine: { fs } }: Unit): boolean {
  if (!path.startsWith("/")) return false;
  let head: string;
  try {
    const fd = fs.openSync(path, "r");
    try {
      const bytes = Buffer.alloc(256);
      head = bytes.toString("latin1", 0, fs.readSync(fd, bytes, 0, bytes.length, 0));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return false;
  }
  const isShell = /^#![ \t]*(?:\S*\/env[ \t]+(?:-S[ \t]*)?)?(?:\S*\/)?[a-z]*sh(?:[ \t\n]|$)/.test(
    head,
  );
  return isShell && !/^[^\n]*\n'''exec' /.test(head);
}
