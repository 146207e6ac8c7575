import { KeywardError } from "../../core/errors.js";
import { mayHideKey } from "../../keys/looks-like-key.js";
import type { Machine } from "../../core/machine.js";
import { findUnit, unreadable } from "./find-unit.js";
import {
  expandSpecifiers,
  hasBadSpecifier,
  type SpecifierContext,
  type UnitScope,
} from "./specifiers.js";
import { readUnitLines, type UnitLine } from "./unit-lines.js";
import { splitUnitWords } from "./unit-words.js";

/** Where in a unit file or drop-in something stands. */
export interface UnitPlace {
  readonly path: string;
  /** From 1. */
  readonly line: number;
}

/** A variable that the unit sets itself. */
export interface UnitVariable extends UnitPlace {
  readonly value: string;
}

/** A file that the unit has systemd read variables from. */
export interface UnitEnvironmentFile extends UnitPlace {
  /** The file; its last part may hold `*`, `?` and `[…]`. Null where a `%` keeps it from being told. */
  readonly file: string | null;
  /** `-` before it: the service starts without it. */
  readonly optional: boolean;
}

/** The command that the unit starts. */
export interface UnitCommand extends UnitPlace {
  /** As it is written, without the marks before it. */
  readonly program: string;
  /**
   * What the program gets, without its own name, before systemd replaces any `$`; null for a word whose
   * `%` keeps it from being told.
   */
  readonly args: readonly (string | null)[];
  /** `:` before the command: systemd replaces no `$` in it. */
  readonly literal: boolean;
  /** `|` before the command: a shell reads it. */
  readonly byShell: boolean;
  /** Whether it is one of several, which systemd takes of no service that goes on running. */
  readonly several: boolean;
}

/** What an installed unit and its drop-ins make of a service, as far as a key is concerned. */
export interface Unit extends SpecifierContext {
  /** The unit file. */
  readonly path: string;
  readonly dropIns: readonly string[];
  /** `User=`; null where it is not set. */
  readonly user: string | null;
  readonly environment: ReadonlyMap<string, UnitVariable>;
  /** In the order in which systemd reads them: a later one wins. */
  readonly environmentFiles: readonly UnitEnvironmentFile[];
  /** Where `EnvironmentFile=` names what holds a key itself, so that no path of it may be shown. */
  readonly swallowedFiles: readonly UnitPlace[];
  /** What `PassEnvironment=` takes from the environment of the service manager itself. */
  readonly passed: ReadonlyMap<string, UnitPlace>;
  /** `PAMName=`: PAM sets variables over all that the unit sets; null without it. */
  readonly pam: UnitPlace | null;
  /** What `UnsetEnvironment=` takes away: a name, or `NAME=value` for that value alone. */
  readonly unset: ReadonlyMap<string, UnitPlace>;
  /** The last command; null where there is none. */
  readonly command: UnitCommand | null;
  /** Every assignment of the unit file and its drop-ins, also what systemd ignores. */
  readonly lines: readonly (UnitLine & UnitPlace)[];
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads an installed unit with its drop-ins by systemd's rules; null when there is none, or when it
 * is masked. What the running manager has loaded may be older: it reads them at `daemon-reload`.
 *
 * @throws KeywardError `unreadable`, or `malformed` where systemd would not load the unit
 */
export function readUnit(machine: Machine, scope: UnitScope, unit: string): Unit | null {
  const files = findUnit(machine, scope, unit);
  if (files === null) return null;
  const state: State = {
    context: { machine, scope, unit },
    user: null,
    environment: new Map(),
    environmentFiles: [],
    swallowedFiles: [],
    passed: new Map(),
    pam: null,
    unset: new Map(),
    command: null,
    lines: [],
  };
  for (const path of [files.path, ...files.dropIns]) readInto(state, path);
  const { context, ...rest } = state;
  return { ...context, ...files, ...rest };
}

interface State {
  readonly context: SpecifierContext;
  user: string | null;
  readonly environment: Map<string, UnitVariable>;
  readonly environmentFiles: UnitEnvironmentFile[];
  readonly swallowedFiles: UnitPlace[];
  readonly passed: Map<string, UnitPlace>;
  pam: UnitPlace | null;
  readonly unset: Map<string, UnitPlace>;
  command: UnitCommand | null;
  readonly lines: (UnitLine & UnitPlace)[];
}

function readInto(state: State, path: string): void {
  for (const each of readLines(path, state.context.machine)) {
    const { section, name, value, line } = each;
    state.lines.push({ ...each, path });
    if (section === "Service") directives[name]?.(state, value, { path, line });
  }
}

/**
 * Every assignment of a file in the syntax of units.
 *
 * @throws KeywardError `unreadable`, or `malformed` where systemd would not load it
 */
export function readLines(path: string, { fs }: Machine): readonly UnitLine[] {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return readUnitLines(bytes);
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    const hint = error.hint?.replace("FILE", path);
    throw new KeywardError(error.code, `${path}: ${error.message}`, {
      ...(hint !== undefined && { hint }),
    });
  }
}

/** An empty value forgets what was said before; what systemd ignores with a warning is passed over. */
const directives: Readonly<
  Record<string, (state: State, value: string, place: UnitPlace) => void>
> = {
  Environment(state, value, place) {
    setVariables(state.environment, value, place, state.context);
  },

  EnvironmentFile(state, value, place) {
    if (value === "") {
      state.environmentFiles.length = 0;
      state.swallowedFiles.length = 0;
      return;
    }
    // Quotes mean nothing here, and blanks are part of the path.
    const expanded = expandSpecifiers(value, state.context);
    if (expanded === null) {
      if (hasBadSpecifier(value)) return;
      state.environmentFiles.push({ ...place, file: null, optional: value.startsWith("-") });
      return;
    }
    const file = tidyPath(expanded.replace(/^-/, ""));
    if (file !== null && mayHideKey(file)) state.swallowedFiles.push(place);
    else if (file !== null) {
      state.environmentFiles.push({ ...place, file, optional: expanded.startsWith("-") });
    }
  },

  PassEnvironment(state, value, place) {
    if (value === "") return state.passed.clear();
    for (const word of splitUnitWords(value).words) {
      const name = expandSpecifiers(word, state.context);
      if (name !== null && variableName.test(name)) state.passed.set(name, place);
    }
  },

  PAMName(state, value, place) {
    state.pam = value === "" ? null : place;
  },

  UnsetEnvironment(state, value, place) {
    if (value === "") return state.unset.clear();
    for (const word of splitUnitWords(value).words) {
      const expanded = expandSpecifiers(word, state.context);
      if (expanded !== null && variableName.test(expanded.split("=", 1)[0] ?? "")) {
        state.unset.set(expanded, place);
      }
    }
  },

  User(state, value) {
    state.user = expandSpecifiers(value, state.context) || null;
  },

  ExecStart(state, value, place) {
    if (value === "") {
      state.command = null;
      return;
    }
    const { words, broken } = splitUnitWords(value, true);
    const expanded = words.map((word) => expandSpecifiers(word, state.context));
    const prefix = /^[-@:+!|]*/.exec(expanded[0] ?? "")?.[0] ?? "";
    const [program = null] = expanded;
    if (broken || program === null || words.some(hasBadSpecifier)) throw untold(place);
    const names = prefix.includes("@") ? 2 : 1;
    state.command = {
      ...place,
      program: program.slice(prefix.length),
      args: expanded.slice(names),
      literal: prefix.includes(":"),
      byShell: prefix.includes("|"),
      several: state.command !== null || expanded.includes(";"),
    };
  },
};

/** Sets the variables of an `Environment=` line, or of the like; an empty one takes all away. */
export function setVariables(
  variables: Map<string, UnitVariable>,
  value: string,
  place: UnitPlace,
  context: SpecifierContext,
): void {
  if (value === "") variables.clear();
  for (const word of splitUnitWords(value).words) {
    const assignment = expandSpecifiers(word, context);
    const equals = assignment?.indexOf("=") ?? -1;
    if (assignment === null || equals === -1) continue;
    const name = assignment.slice(0, equals);
    if (!variableName.test(name)) continue;
    variables.set(name, { ...place, value: assignment.slice(equals + 1) });
  }
}

/** As systemd writes it: no `.`, no doubled slashes; null for a path that it ignores. */
function tidyPath(path: string): string | null {
  const parts = path.split("/");
  if (!path.startsWith("/") || parts.includes("..")) return null;
  return `/${parts.filter((part) => part !== "" && part !== ".").join("/")}`;
}

function untold({ path, line }: UnitPlace): KeywardError {
  return new KeywardError("malformed", `${path}: line ${line}: ExecStart= cannot be told`, {
    hint: "write it without % and open quotes",
  });
}
