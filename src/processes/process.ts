import type { Machine } from "../core/machine.js";

/** What the system says of a process. */
export interface ProcessFacts {
  /** When it started, in the system's own words: two processes of one number differ in it. */
  readonly started: string;
  /** Killed, and only waiting for its parent to take note: it will never write again. */
  readonly isZombie: boolean;
}

/** What the system says of a process; null for one that is gone or not shown. */
export function readProcess(pid: number, machine: Machine): ProcessFacts | null {
  if (machine.platform !== "linux") return askPs(pid, machine);
  const stat = readProc(`${pid}/stat`, machine);
  if (stat === null) return null;
  // The second field is the program's name in brackets, and may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const started = fields[19];
  return started === undefined ? null : { started, isZombie: fields[0] === "Z" };
}

/** macOS has no /proc. */
function askPs(pid: number, machine: Machine): ProcessFacts | null {
  const { spawnSync } = machine.childProcess();
  const { stdout } = spawnSync("/bin/ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { LC_ALL: "C", TZ: "UTC" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [state, ...started] = (stdout ?? "").trim().split(/\s+/u);
  if (!state || started.length === 0) return null;
  return { started: started.join(" "), isZombie: state.startsWith("Z") };
}

/**
 * What a look at a process finds; null where the process is gone, or another one has its number by
 * the time that the look is over.
 */
export function lookAtProcess<T>(pid: number, machine: Machine, look: () => T): T | null {
  const before = readProcess(pid, machine);
  if (before === null || before.isZombie) return null;
  const found = look();
  const after = readProcess(pid, machine);
  return after?.started === before.started ? found : null;
}

/**
 * The user that a process runs as; null where the kernel does not tell, and for one that is about to
 * become another. The owner of its folder in /proc is not asked: that is root for many.
 */
export function readOwner(pid: number, machine: Machine): number | null {
  const [, real, effective] =
    /^Uid:\s+(\d+)\s+(\d+)/m.exec(readProc(`${pid}/status`, machine) ?? "") ?? [];
  return real !== undefined && real === effective ? Number(real) : null;
}

/**
 * Whether a process sees the same files and the same network as this one; null where the kernel does
 * not tell, as of another user's process.
 */
export function sharesNamespaces(pid: number, { fs }: Machine): boolean | null {
  try {
    return ["mnt", "net"].every(
      (kind) =>
        fs.readlinkSync(`/proc/${pid}/ns/${kind}`) === fs.readlinkSync(`/proc/self/ns/${kind}`),
    );
  } catch {
    return null;
  }
}

/**
 * The folder that a process works in; null where the kernel does not tell, and where its path is no
 * way to it: the folder was removed, or is hidden by another.
 */
export function readFolder(pid: number, { fs }: Machine): string | null {
  try {
    const link = `/proc/${pid}/cwd`;
    const path = fs.readlinkSync(link);
    const [there, here] = [fs.statSync(`${link}/`), fs.statSync(path)];
    return there.ino === here.ino && there.dev === here.dev ? path : null;
  } catch {
    return null;
  }
}

/** The unit of the service manager that a process belongs to, `openjarvis.service`; null for none. */
export function readUnitName(pid: number, machine: Machine): string | null {
  const groups = readProc(`${pid}/cgroup`, machine) ?? "";
  return /^(?:0:|\d+:name=systemd):.*\/([^/\n]+\.service)(?:\/[^\n]*)?$/m.exec(groups)?.[1] ?? null;
}

/** The process that started this one, or has taken it over; null where the kernel does not tell. */
export function readParent(pid: number, machine: Machine): number | null {
  const parent = /^PPid:\s+(\d+)/m.exec(readProc(`${pid}/status`, machine) ?? "")?.[1];
  return parent === undefined || parent === "0" ? null : Number(parent);
}

/** A file of /proc; null where it is not told. */
export function readProc(path: string, { fs }: Machine): string | null {
  try {
    return fs.readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return null;
  }
}
