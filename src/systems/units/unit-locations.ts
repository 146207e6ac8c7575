import { basename, dirname, join } from "node:path";

import { KeywardError } from "../../errors.js";
import type { EnvFileLocation, Location, UnitLocation } from "../system.js";
import type { Unit, UnitCommand, UnitEnvironmentFile } from "./unit.js";
import { unreadable } from "./find-unit.js";

/** An option of the server's program that beats the variable. */
export interface Flag {
  readonly name: string;
  /** Whether the value is the next word, that or behind a `=`, or none: the flag alone means `1`. */
  readonly takes: "word" | "word-or-equals" | "nothing";
}

/** What is looked for in a unit. */
export interface UnitQuestion {
  readonly variable: string;
  readonly flag?: Flag;
  /**
   * The env file that this system's installer writes. Keyward writes it where the unit names it,
   * and where it names others only, the one that wins.
   */
  readonly file: EnvFileLocation;
}

/**
 * The places that a unit's process gets a variable from, by systemd's precedence: an argument of
 * the command, the last `EnvironmentFile=` that sets it, `Environment=`. What `UnsetEnvironment=`
 * takes away never arrives, wherever it is set.
 *
 * @throws KeywardError `malformed` where the value cannot be told from the unit, `unreadable`
 */
export function unitLocations(unit: Unit, question: UnitQuestion): Location[] {
  const { variable, file } = question;
  const removed = findRemoval(unit, variable);
  const paths = [
    ...new Set(unit.environmentFiles.flatMap((each) => listFiles(unit, each)).reverse()),
  ];
  const ours = paths.includes(file.path) ? file.path : paths[0];
  const files = paths.map((path): Location => ({
    ...file,
    path,
    ...removed,
    ...(path !== ours && { writable: false }),
  }));
  const inline = unit.environment.get(variable);
  const unnamed = `${unit.unit} does not name it as an EnvironmentFile=`;
  return [
    ...findArguments(unit, question),
    ...files,
    ...(inline === undefined ? [] : [{ ...place(inline, variable, "Environment"), ...removed }]),
    ...(paths.includes(file.path) ? [] : [{ ...file, ignored: unnamed }]),
  ];
}

function place(
  { path, line, value }: { path: string; line: number; value: string },
  variable: string,
  directive: UnitLocation["directive"],
): UnitLocation {
  return { kind: "unit", path, line, variable, directive, read: () => value };
}

/** Where the command of the unit gives an option that no variable stands for. */
export function flagLocations(unit: Unit, flag: Flag): Location[] {
  const { command } = unit;
  const word = command === null ? undefined : findFlag(command.args, flag);
  return command === null || word === undefined ? [] : argument(command, word, flag.name);
}

function findRemoval({ unset }: Unit, variable: string): { ignored?: string } {
  const whole = unset.get(variable);
  if (whole !== undefined) {
    return { ignored: `UnsetEnvironment= in ${whole.path} takes the variable away` };
  }
  const partial = [...unset].find(([name]) => name.startsWith(`${variable}=`))?.[1];
  if (partial === undefined) return {};
  // It depends on the value whether the variable arrives: too odd to guess about.
  throw refuse(partial, `UnsetEnvironment= takes away one value of ${variable}`);
}

/** The words of the command that carry the value: the flag's, and before it `env`'s. */
function findArguments(unit: Unit, { variable, flag }: UnitQuestion): UnitLocation[] {
  const { command } = unit;
  if (command === null) return [];
  const { args } = command;
  // With a blank behind it, it is a line for a shell.
  const hidden = new RegExp(`[^A-Za-z0-9_]${variable}=|^${variable}=.*\\s`, "s");
  if (args.some((word) => hidden.test(word))) {
    throw refuse(command, `ExecStart= sets ${variable} inside another word`);
  }
  const assigned = args.findLast((word) => word.startsWith(`${variable}=`));
  return [
    flag === undefined ? undefined : findFlag(args, flag),
    assigned?.slice(variable.length + 1),
  ].flatMap((word) => (word === undefined ? [] : argument(command, word, variable)));
}

function argument(command: UnitCommand, word: string, variable: string): UnitLocation[] {
  const value = command.literal ? word : expandVariables(word, variable);
  if (value === undefined) {
    throw refuse(command, `ExecStart= puts the value of ${variable} together from variables`);
  }
  return value === null ? [] : [place({ ...command, value }, variable, "ExecStart")];
}

function findFlag(args: readonly string[], { name, takes }: Flag): string | undefined {
  if (takes === "nothing") return args.includes(name) ? "1" : undefined;
  const at = args.findLastIndex(
    (word) => word === name || (takes === "word-or-equals" && word.startsWith(`${name}=`)),
  );
  if (at === -1) return undefined;
  return args[at] === name ? args[at + 1] : args[at]?.slice(name.length + 1);
}

/** The value that the program gets; null when it is the variable itself, undefined when unknown. */
function expandVariables(word: string, variable: string): string | null | undefined {
  if (word === `\${${variable}}` || word === `$${variable}`) return null;
  return /\$(?!\$)/.test(word.replaceAll("$$", "")) ? undefined : word.replaceAll("$$", "$");
}

/** The files that an `EnvironmentFile=` stands for, in the order in which they are read. */
function listFiles({ machine }: Unit, { file, ...at }: UnitEnvironmentFile): string[] {
  if (!/[*?[]/.test(file)) return [file];
  const folder = dirname(file);
  if (/[*?[]/.test(folder)) throw refuse(at, "EnvironmentFile= has * or ? in a folder's name");
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

function refuse({ path, line }: { path: string; line: number }, what: string): KeywardError {
  return new KeywardError("malformed", `${path}: line ${line}: ${what}`, {
    hint: "let the unit read it from an EnvironmentFile= alone",
  });
}
