import { join } from "node:path";

import type { Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";
import { lookAtProcess, readFolder, readOwner, sharesNamespaces } from "../../processes/process.js";
import { readVariable } from "../../processes/variable.js";

/** The folder that a running process works in, or why it cannot be told. */
export type ProcessFolder =
  | {
      readonly why: null;
      readonly path: string;
      /** What its runtime takes for its mode: `development` unless it was told another. */
      readonly mode: string;
      /** Whose files root may read there; null where it is the caller's own process. */
      readonly ownedBy: number | null;
    }
  | { readonly why: string };

/**
 * The folder of a process: of the caller's own, and for root of the user who owns Jean2's file.
 * Another user may name any folder.
 */
export function readProcessFolder(pid: number, machine: Machine): ProcessFolder {
  const { user } = machine;
  const what = `the folder that process ${pid} was started in, whose .env files win,`;
  const hidden = { why: `${what} cannot be seen` };
  if (machine.platform !== "linux") return hidden;
  const found = lookAtProcess(pid, machine, (): ProcessFolder => {
    const uid = readOwner(pid, machine);
    const isOwn = uid === user.uid;
    if (uid === null || !(isOwn || (user.uid === 0 && uid === ownerOfFile(machine)))) return hidden;
    const shares = sharesNamespaces(pid, machine);
    if (shares === null) return hidden;
    if (!shares) return { why: `${what} is in another mount or network namespace than this one` };
    const path = readFolder(pid, machine);
    const mode = readVariable(pid, "NODE_ENV", machine);
    if (path === null || mode === undefined) return hidden;
    const env = { NODE_ENV: mode ?? "" };
    return {
      why: null,
      path,
      mode: readForPath(env, "NODE_ENV") || "development",
      ownedBy: isOwn ? null : uid,
    };
  });
  return found ?? hidden;
}

function ownerOfFile(machine: Machine): number | null {
  const path = join(homeFolder(machine), ".jean2/.env");
  try {
    return machine.fs.lstatSync(path).uid;
  } catch {
    return null;
  }
}
