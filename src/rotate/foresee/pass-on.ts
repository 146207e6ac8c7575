import { quoteForShell } from "../../core/shell-quote.js";
import type { Machine } from "../../core/machine.js";
import { mayHideKey } from "../../keys/looks-like-key.js";
import { lookAtProcess, readFolder, sharesNamespaces } from "../../processes/process.js";
import type { RestartPlan, System } from "../../systems/contract/system.js";

type Command = readonly [string, ...string[]];

/**
 * The command of a plan, run in the folder that the running server works in, where the server takes
 * that over: Jean2 reads the `.env` files there, and an agent of OpenJarvis works there. Where the
 * folder cannot be seen, the command is run in the root folder, as every restart is.
 */
export function passFolderOn(
  command: Command,
  { inherits }: RestartPlan,
  system: System,
  machine: Machine,
): Command {
  const live = inherits === undefined ? null : system.findLive(machine);
  if (live === null) return command;
  const folder = lookAtProcess(live.pid, machine, () =>
    sharesNamespaces(live.pid, machine) === true ? readFolder(live.pid, machine) : null,
  );
  // It is shown, and stands in the journal.
  if (folder === null || folder === "/" || mayHideKey(folder)) return command;
  return ["/bin/sh", "-c", `${quoteForShell(["cd", folder])} && exec ${quoteForShell(command)}`];
}
