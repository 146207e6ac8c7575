import type { Command } from "commander";

import { aboutServer } from "../../../core/hint.js";
import { KeywardError } from "../../../core/errors.js";
import { revokeKey } from "../../../rotate/rotate.js";
import { decideServerBind } from "../../../locations/decide-server-bind.js";
import { findHost } from "../../../locations/find-host.js";
import type { System } from "../../../systems/contract/system.js";
import { runChange } from "../../rotation/change-key.js";
import { chooseLaunch } from "../../which/choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import type { ProgramName } from "../../output.js";
import { reportRotation } from "../../rotation/show-rotation.js";

interface RevokeOptions extends CommonOptions {
  readonly force?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  command
    .option("--force", "even if anybody who reaches the server can then use it")
    .addHelpText(
      "after",
      formatExamples([[`${name} auth revoke-key`, "remove the key from the file that counts"]]),
    );
}

export async function run(invocation: Invocation<RevokeOptions>): Promise<number> {
  const change = await runChange(invocation, async (options, system) => {
    if (invocation.options.force !== true) await refuseToOpen(invocation, system);
    return revokeKey(options);
  });
  return reportRotation(invocation, change);
}

/** Without a key the server would let everybody in, which is for loopback alone. */
async function refuseToOpen(invocation: Invocation, system: System): Promise<void> {
  const launch = chooseLaunch(system, invocation);
  const found = await findHost(system, invocation.context, launch);
  const { safe, reason } = await decideServerBind({
    host: found.host ?? found.unseen,
    resolution: {
      key: null,
      authentication: system.emptyMeans === "random" ? "on" : "off",
      effective: null,
      unseen: null,
      switchedOffBy: null,
    },
  });
  if (safe === true) return;
  throw new KeywardError(
    "would-open",
    `without its key the server would be open: ${reason.message}`,
    {
      hint: ["a new key instead: ", aboutServer("token rotate"), "; or add --force"],
    },
  );
}
