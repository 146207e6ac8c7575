import type { Machine } from "../core/machine.js";
import { readProc } from "./process.js";

/** A running process, by what it was started with. Its words may hold keys: never print them. */
export interface RunningProcess {
  readonly pid: number;
  /** The last part of the program's path. */
  readonly program: string;
  readonly args: readonly string[];
}

/** Every process that the kernel shows this user; null where it shows none, as on macOS. */
export function listRunning(machine: Machine): readonly RunningProcess[] | null {
  const pids = listPids(machine);
  return pids === null ? null : pids.flatMap((pid) => readRunning(pid, machine) ?? []);
}

/** The numbers of the processes that the kernel shows this user; null where it shows none. */
export function listPids({ fs, platform }: Machine): readonly number[] | null {
  if (platform !== "linux") return null;
  try {
    return fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return null;
  }
}

/** What a script runs by: the script's own name says more. */
const interpreters = /^(?:node|bun|python[\d.]*|sh|bash|dash)$/;

/** One process; null for one that has ended meanwhile, or is another user's to look at. */
export function readRunning(pid: number, machine: Machine): RunningProcess | null {
  const [path = "", ...args] = readProc(`${pid}/cmdline`, machine)?.split("\0") ?? [];
  // A server that renames its processes, as nginx does, puts a sentence in the place of its words.
  const words = args.filter((word) => word !== "");
  const program = nameProgram(path);
  const script = words[0];
  if (interpreters.test(program) && script !== undefined && script.includes("/")) {
    return { pid, program: nameProgram(script), args: words.slice(1) };
  }
  return program === "" ? null : { pid, program, args: words };
}

function nameProgram(path: string): string {
  return /^(?:.*\/)?([^/\s:]+)/.exec(path)?.[1] ?? "";
}
