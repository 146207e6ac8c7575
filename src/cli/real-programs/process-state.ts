import { spawnSync } from "node:child_process";

import type { Machine } from "../../core/machine.js";

/** What job control has done with a process. */
export interface ProcessState {
  /** Stopped by Ctrl-Z or a signal, and not yet continued. */
  readonly stopped: boolean;
  /** Its group is the one that the terminal sends its keys' signals to. */
  readonly foreground: boolean;
}

/** Asks the system about a process; one that is gone is neither stopped nor in the foreground. */
export function readProcessState(pid: number, machine: Machine): ProcessState {
  const [state, group, terminalGroup] = readProc(pid, machine) ?? askPs(pid, machine);
  return {
    stopped: state?.startsWith("T") ?? false,
    foreground: group !== undefined && group === terminalGroup,
  };
}

/** State, process group, and the group in the terminal's foreground; without a terminal no group. */
type Answer = readonly (string | undefined)[];

function readProc(pid: number, machine: Machine): Answer | null {
  let stat: string;
  try {
    stat = machine.fs.readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The second field is the program's name in brackets, and may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [fields[0], fields[2], fields[5]];
}

/** macOS has no /proc. */
function askPs(pid: number, machine: Machine): Answer {
  const { stdout } = spawnSync("ps", ["-o", "state=,pgid=,tpgid=", "-p", String(pid)], {
    env: machine.env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return (stdout ?? "").trim().split(/\s+/u);
}
