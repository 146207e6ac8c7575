import type { ServerProgram, Word } from "../contract/command-line.js";
import type {
  EnvFileLocation,
  Location,
  UnitLocation,
  UnseenLocation,
} from "../contract/system.js";
import { expandCommand, readUnitCommand } from "./command.js";
import { listEnvironmentFiles } from "./environment-files.js";
import { inheritedLocations, pamLocations } from "./manager/inherited.js";
import { adviseRewriting } from "./ignored-lines.js";
import { adviseNaming } from "./name-file.js";
import { refuseUnit } from "./refuse.js";
import type { UnitPlace, Unit, UnitCommand } from "./unit.js";

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
  readonly program: ServerProgram;
  /**
   * The env file that this system's installer writes. Keyward writes it where the unit names it,
   * and where it names others only, the one that wins.
   */
  readonly file: EnvFileLocation;
}

/**
 * The places that a unit's process gets a variable from, by systemd's precedence: an argument of
 * the command, the last `EnvironmentFile=` that sets it, `Environment=`, what the service manager
 * hands to all its units. What `UnsetEnvironment=` takes away never arrives, wherever it is set.
 *
 * @throws KeywardError `malformed` where the value cannot be told from the unit, `unreadable`
 */
export function unitLocations(unit: Unit, question: UnitQuestion): Location[] {
  const { variable, file } = question;
  const removed = findRemoval(unit, variable);
  const listed = listEnvironmentFiles(unit);
  const paths = listed.flatMap(({ path }) => (path === null ? [] : [path]));
  const ours = paths.includes(file.path) ? file.path : paths[0];
  const files = listed.map(({ path, untold }): Location => {
    if (path === null) return { ...hideFile(untold, variable), ...removed };
    return { ...file, path, ...removed, ...(path !== ours && { writable: false }) };
  });
  const inline = unit.environment.get(variable);
  const unnamed = {
    ignored: `${unit.unit} does not name it as an EnvironmentFile=`,
    remedy: adviseRewriting(unit, file.path) ?? adviseNaming(unit, file.path),
  };
  const inherited = inheritedLocations(unit, variable);
  return [
    ...findArguments(unit, question),
    ...pamLocations(unit, variable).map((each) => ({ ...each, ...removed })),
    ...files,
    ...(inline === undefined ? [] : [{ ...place(inline, variable, "Environment"), ...removed }]),
    ...inherited.map((each) => ({ ...each, ...removed })),
    ...(paths.includes(file.path) ? [] : [{ ...file, ...unnamed }]),
  ];
}

function hideFile({ path, line }: UnitPlace, variable: string): UnseenLocation {
  const why = "which file the EnvironmentFile= names is put together with a %";
  const hint = `write the full path on line ${line} of ${path}`;
  return { kind: "unseen", path, line, variable, why, named: false, hint };
}

function place(
  { path, line, value }: { path: string; line: number; value: string },
  variable: string | undefined,
  directive: UnitLocation["directive"],
): UnitLocation {
  return { kind: "unit", path, line, variable: variable ?? "", directive, read: () => value };
}

/** Where the command of the unit gives an option that no variable stands for. */
export function flagLocations(unit: Unit, program: ServerProgram, flag: Flag): Location[] {
  return findArguments(unit, { program, flag });
}

function findRemoval({ unset }: Unit, variable: string): { ignored?: string } {
  const whole = unset.get(variable);
  if (whole !== undefined) {
    return { ignored: `UnsetEnvironment= in ${whole.path} takes the variable away` };
  }
  const partial = [...unset].find(([name]) => name.startsWith(`${variable}=`))?.[1];
  if (partial === undefined) return {};
  // It depends on the value whether the variable arrives: too odd to guess about.
  throw refuseUnit(partial, `UnsetEnvironment= takes away one value of ${variable}`);
}

/** The words of the command that carry the value, or what hides them. */
function findArguments(
  unit: Unit,
  question: Pick<UnitQuestion, "program" | "flag"> & { readonly variable?: string },
): Location[] {
  const { variable, flag, program } = question;
  const { command } = unit;
  const reading = readUnitCommand(unit, program);
  if (command === null || reading === null) return [];
  if (reading.why !== null) return [hide(unit, command, question, reading.why)];
  const assigned = variable === undefined ? undefined : reading.environment.get(variable);
  const found: Location[] = [];
  for (const word of [
    flag === undefined ? undefined : findFlag(reading.args, flag, variable),
    assigned,
  ]) {
    if (word === undefined || (word.variable !== null && word.variable === variable)) continue;
    if (word.text === null) {
      const hidden = hide(
        unit,
        command,
        question,
        `a word of the command ${describeWord(word.raw)}`,
      );
      found.push({ ...hidden, hint: adviseWord(command, variable) });
    } else {
      found.push(place({ ...command, value: word.text }, variable ?? flag?.name, "ExecStart"));
    }
  }
  return found;
}

/** Beside a variable the word may hold a part of a key, which is not shown. */
function describeWord(raw: string): string {
  const variable = /\$\{[^}]*\}|\$\w+/.exec(raw)?.[0] ?? raw;
  return variable === raw ? `is ${raw}` : `has ${variable} in it`;
}

function adviseWord({ path, line }: UnitCommand, variable: string | undefined): string {
  return variable === undefined
    ? `write that word out in ${path}:${line}`
    : `set ${variable} in an EnvironmentFile= of the unit, and take that word out of ${path}:${line}`;
}

function hide(
  unit: Unit,
  command: UnitCommand,
  { variable, flag }: { readonly variable?: string; readonly flag?: Flag },
  why: string,
): UnseenLocation {
  const { path, line } = command;
  const names = [variable, flag?.name].filter((name) => name !== undefined);
  const text = expandCommand(unit, command).map((word) => `${word.raw} ${word.text ?? ""}`);
  const named = names.some((name) => text.some((word) => holdsName(word, name)));
  return { kind: "unseen", path, line, variable, why, named };
}

function holdsName(text: string, name: string): boolean {
  const at = text.indexOf(name);
  if (at === -1) return false;
  const around = `${text[at - 1] ?? " "}${text[at + name.length] ?? " "}`;
  return !/[\w-]/.test(around) || holdsName(text.slice(at + name.length), name);
}

/** Options that take the next word, whatever that is. */
const valueFlags = new Set(["--host", "--port", "--token"]);

/**
 * The word that carries the value of the option; undefined without it. A word of unknown text counts
 * as the option, unless it is the value of another.
 */
function findFlag(
  args: readonly Word[],
  { name, takes }: Flag,
  variable: string | undefined,
): Word | undefined {
  const end = args.findIndex(({ text }) => text === "--");
  const words = end === -1 ? args : args.slice(0, end);
  let found: Word | undefined;
  for (const [at, word] of words.entries()) {
    const before = words[at - 1]?.text ?? null;
    const isValue = before !== null && valueFlags.has(before);
    const isOwn = word.variable !== null && word.variable === variable && isValue;
    if (word.text === null) {
      if ((word.many === true || !isValue) && !isOwn) return word;
    } else if (word.text === name) {
      if (takes === "nothing") found = { text: "1", variable: null, raw: word.raw };
      else found = words[at + 1] ?? found;
    } else if (takes === "word-or-equals" && word.text.startsWith(`${name}=`)) {
      found = { ...word, text: word.text.slice(name.length + 1), variable: null };
    }
  }
  return found;
}
