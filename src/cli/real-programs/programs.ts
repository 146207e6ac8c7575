import * as path from "node:path";

import { KeywardError } from "../../core/errors.js";
import { type Machine } from "../../core/machine.js";
import { readForPath } from "../../files/home-folder.js";
import type { ProgramName } from "../output.js";

/** The names that belong to somebody else's program: ours stands before it. */
export type SharedName = Exclude<ProgramName, "keyward">;

/** Which program a name reaches on this machine. */
export interface ProgramListing {
  readonly name: ProgramName;
  /** What the shell starts for this name; null when it finds nothing. */
  readonly path: string | null;
  /** Whether that is keyward. */
  readonly ours: boolean;
  /** What keyward hands on to under this name; null when there is nothing, and for its own name. */
  readonly next: string | null;
  /** Why the variable that names the next program is not obeyed, in words; null when all is well. */
  readonly problem: string | null;
}

/**
 * Stands in the first bytes of each of our bins, and nowhere else: by it one copy of keyward knows
 * another, wherever and under whatever name it is installed.
 */
export const PROGRAM_MARKER = "keyward-stands-before-the-real-program";

/** Enough for a bin's first lines, and for the whole of a shell shim with long paths. */
const HEAD_LENGTH = 8192;
const MARKER_WITHIN = 256;

/**
 * Finds the program that a command is handed on to: the one that `KEYWARD_JEAN2` or
 * `KEYWARD_JARVIS` names, else the first of that name on the PATH that is not keyward.
 *
 * @returns its absolute path, or null when there is none
 * @throws KeywardError `program-missing` when the variable names nothing that can be handed on to
 */
export function findProgram(name: SharedName, machine: Machine): string | null {
  const variable = variableOf(name);
  const named = readForPath(machine.env, variable);
  if (named !== undefined && named !== "") {
    const problem = findProblem(named, machine);
    if (problem === null) return named;
    throw new KeywardError("program-missing", `${variable} is ${named}, which ${problem}`, {
      hint: `set ${variable} to the absolute path of the real ${name}, or unset it`,
    });
  }
  for (const candidate of candidatesOf(name, machine, absoluteFolders(machine))) {
    if (!isKeyward(candidate, machine)) return candidate;
  }
  return null;
}

/** What each of keyward's names reaches, for `auth status` and `doctor`. */
export function listPrograms(machine: Machine): readonly ProgramListing[] {
  return (["keyward", "jarvis", "jean2"] as const).map((name) => {
    // A shell does look into relative and empty entries of the PATH; only handing on skips them.
    const reached = candidatesOf(name, machine, shellFolders(machine)).next().value ?? null;
    const ours = reached !== null && isKeyward(reached, machine);
    if (name === "keyward") return { name, path: reached, ours, next: null, problem: null };
    try {
      return { name, path: reached, ours, next: findProgram(name, machine), problem: null };
    } catch (error) {
      if (!(error instanceof KeywardError)) throw error;
      return { name, path: reached, ours, next: null, problem: error.message };
    }
  });
}

/** Whether a shell that is given one of our names starts another program. */
export function isTaken(name: SharedName, machine: Machine): boolean {
  const reached = candidatesOf(name, machine, shellFolders(machine)).next().value;
  return reached !== undefined && !isKeyward(reached, machine);
}

/** The first keyward of that name on the PATH, wherever the name itself leads; null when there is none. */
export function findOwn(name: SharedName, machine: Machine): string | null {
  for (const candidate of candidatesOf(name, machine, shellFolders(machine))) {
    if (isKeyward(candidate, machine)) return candidate;
  }
  return null;
}

/** The variable that names the real program, so that the PATH is not asked. */
export function variableOf(name: SharedName): "KEYWARD_JARVIS" | "KEYWARD_JEAN2" {
  return name === "jean2" ? "KEYWARD_JEAN2" : "KEYWARD_JARVIS";
}

/**
 * Whether a file is a copy of keyward: by the marker in it, whatever links lead there, or because
 * it is one of the shell scripts that pnpm and yarn put in the place of a link.
 */
export function isKeyward(file: string, machine: Machine): boolean {
  const head = readHead(file, machine);
  if (hasMarker(head)) return true;
  if (!head.startsWith("#!")) return false;
  // `exec node "$basedir/../keyward/bin/jean2.cjs" "$@"`, where basedir is the script's own folder.
  for (const [, target = ""] of head.matchAll(/"([^"\n]+\.cjs)"/gu)) {
    const resolved = path.resolve(
      path.dirname(file),
      target.replace(/^\$basedir\//u, () => ""),
    );
    if (hasMarker(readHead(resolved, machine))) return true;
  }
  return false;
}

function* candidatesOf(
  name: ProgramName,
  machine: Machine,
  folders: readonly string[],
): Generator<string, undefined> {
  for (const folder of folders) {
    const candidate = path.join(folder, name);
    if (isExecutable(candidate, machine)) yield candidate;
  }
}

function shellFolders(machine: Machine): readonly string[] {
  const search = machine.env["PATH"];
  if (search === undefined) return [];
  return search.split(":").map((folder) => path.resolve(machine.cwd, folder));
}

/** Only these are handed on to: what a relative entry means changes with the folder one stands in. */
function absoluteFolders(machine: Machine): readonly string[] {
  return (machine.env["PATH"] ?? "").split(":").filter((folder) => path.isAbsolute(folder));
}

function findProblem(file: string, machine: Machine): string | null {
  if (!path.isAbsolute(file)) return "is not an absolute path";
  if (!machine.fs.existsSync(file)) return "is not there";
  if (!isExecutable(file, machine)) return "is not a program";
  if (isKeyward(file, machine)) return "is keyward itself";
  return null;
}

/** Whether a path is a file that this process may run. */
export function isExecutable(file: string, machine: Machine): boolean {
  try {
    if (!machine.fs.statSync(file).isFile()) return false;
    machine.fs.accessSync(file, EXECUTE);
    return true;
  } catch {
    return false;
  }
}

/** X_OK of access(2), the same everywhere. */
const EXECUTE = 1;

function hasMarker(head: string): boolean {
  return head.slice(0, MARKER_WITHIN).includes(PROGRAM_MARKER);
}

/** The first bytes as text; nothing of a file that may be run but not read, which ours never are. */
function readHead(file: string, machine: Machine): string {
  const { fs } = machine;
  let fd: number;
  try {
    fd = fs.openSync(file, "r");
  } catch {
    return "";
  }
  try {
    const head = Buffer.alloc(HEAD_LENGTH);
    return head.toString("latin1", 0, fs.readSync(fd, head, 0, HEAD_LENGTH, 0));
  } catch {
    return "";
  } finally {
    fs.closeSync(fd);
  }
}
