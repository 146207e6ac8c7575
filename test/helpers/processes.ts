import * as fs from "node:fs";

/** A process as /proc tells of it. */
export interface LiveProcess {
  readonly pid: number;
  /** The session that it belongs to: the process id of that session's first process. */
  readonly session: number;
  readonly command: string;
  /** Where its work folder, its arguments or its environment are read, for a search of a path. */
  readonly surroundings: string;
}

/** The live processes of this machine that may be looked at; none where there is no /proc. */
export function listProcesses(): readonly LiveProcess[] {
  if (process.platform !== "linux") return [];
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [readProcess(Number(name))];
      } catch {
        // It has ended meanwhile, or is somebody else's.
        return [];
      }
    });
}

function readProcess(pid: number): LiveProcess {
  const read = (name: string) => fs.readFileSync(`/proc/${pid}/${name}`, "utf8");
  const stat = read("stat");
  // Behind the name, which may hold anything: state, parent, group, session.
  const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z") throw new Error("it has ended");
  const command = read("cmdline").replaceAll("\0", " ").trim();
  return {
    pid,
    session: Number(session),
    command,
    surroundings: [fs.readlinkSync(`/proc/${pid}/cwd`), command, read("environ")].join("\n"),
  };
}

/** Kills a process that a test has started; one that has ended already is as good. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Kills whatever runs in a session that a test has started, jobs in the background included. */
export function killSession(session: number): void {
  for (const each of listProcesses()) if (each.session === session) killProcess(each.pid);
}
