import type { Machine } from "../core/machine.js";

/** A running process, by what it was started with. Its words may hold keys: never print them. */
export interface RunningProcess {
  readonly pid: number;
  /** The last part of the program's path. */
  readonly program: string;
  readonly args: readonly string[];
}

/** Every process that the kernel shows this user; null where it shows none, as on macOS. */
export function listRunning({ fs, platform }: Machine): readonly RunningProcess[] | null {
  if (platform !== "linux") return null;
  let names: string[];
  try {
    names = fs.readdirSync("/proc");
  } catch {
    return null;
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(fs, Number(name)));
}

/** What a script runs by: the script's own name says more. */
const interpreters = /^(?:node|bun|python[\d.]*|sh|bash|dash)$/;

function nameProgram(path: string): string {
  return /^(?:.*\/)?([^/\s:]+)/.exec(path)?.[1] ?? "";
}

function readProcess(fs: Machine["fs"], pid: number): RunningProcess[] {
  try {
    const [path = "", ...args] = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    // A server that renames its processes, as nginx does, puts a sentence in the place of its words.
    const words = args.filter((word) => word !== "");
    const program = nameProgram(path);
    const script = words[0];
    if (interpreters.test(program) && script !== undefined && script.includes("/")) {
      return [{ pid, program: nameProgram(script), args: words.slice(1) }];
    }
    return program === "" ? [] : [{ pid, program, args: words }];
  } catch {
    // It has ended meanwhile, or is another user's to look at.
    return [];
  }
}
