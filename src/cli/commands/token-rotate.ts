import type { Command } from "commander";

import { rotateKey } from "../../rotate/rotate.js";
import { reportReplaced, runChange } from "../change-key.js";
import { type CommonOptions, formatExamples, type Invocation } from "../command.js";
import { exit } from "../exit.js";
import type { ProgramName } from "../output.js";

interface RotateCommandOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  command.option("--dry-run", "show what would change, masked, and change nothing").addHelpText(
    "after",
    formatExamples([
      [`${name} token rotate`, "a new key in the file that counts"],
      [`${name} token rotate --dry-run`, "what that would change"],
    ]),
  );
}

export async function run(invocation: Invocation<RotateCommandOptions>): Promise<number> {
  const dryRun = invocation.options.dryRun === true;
  await reportReplaced(
    invocation,
    await runChange(invocation, (options) => rotateKey({ ...options, dryRun })),
  );
  return exit.ok;
}
