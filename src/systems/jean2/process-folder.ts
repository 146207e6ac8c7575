import type { Machine } from "../../core/machine.js";

/** What a running process was started with, as far as the kernel tells this user. */
export interface ProcessFolder {
  /** The folder that it works in. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The folder and environment of a process; null where they cannot be told: elsewhere than on Linux,
 * and of another user's process.
 */
export function readProcessFolder(pid: number, machine: Machine): ProcessFolder | null {
  const { fs, platform, user } = machine;
  if (platform !== "linux") return null;
  const folder = `/proc/${pid}`;
  try {
    // Another user may name any folder.
    const { uid } = fs.statSync(folder);
    if (uid !== user.uid && uid !== 0 && user.uid !== 0) return null;
    const env = fs.readFileSync(`${folder}/environ`, "utf8").split("\0");
    return { cwd: fs.readlinkSync(`${folder}/cwd`), env: Object.fromEntries(env.map(split)) };
  } catch {
    return null;
  }
}

function split(assignment: string): [string, string] {
  const equals = assignment.indexOf("=");
  return [assignment.slice(0, equals), assignment.slice(equals + 1)];
}
