import { findStartTraps } from "../../doctor/checks/start-folder.js";
import { KeywardError } from "../../core/errors.js";
import type { System } from "../../systems/contract/system.js";
import { chooseLaunch } from "../which/choose.js";
import type { Invocation } from "../command.js";

/**
 * Warns of what a start from this folder would bring about.
 *
 * @returns whether the server is to be started from another folder
 */
export async function warnStartFolder(invocation: Invocation, system: System): Promise<boolean> {
  const { context, report } = invocation;
  try {
    const traps = await findStartTraps(system, context, chooseLaunch(system, invocation));
    for (const { message, fix } of traps) {
      report.warn(message);
      if (fix !== null) report.hint(fix);
    }
    return traps.length > 0;
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    report.warn(`what a start from this folder would bring about cannot be told: ${error.message}`);
    return true;
  }
}
