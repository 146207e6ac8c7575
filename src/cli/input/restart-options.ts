import type { Command } from "commander";

import type { CommonOptions } from "../command.js";
import type { ProgramName } from "../output.js";
import { declareGeneric } from "./probe-options.js";

/** The options of every command that may restart the server. */
export interface RestartCommandOptions extends CommonOptions {
  readonly restart?: boolean;
  readonly restartCommand?: boolean;
  readonly acceptUnverified?: boolean;
  readonly timeout?: string;
}

/** How long a server may take to come back, unless it is said. */
export const defaultTimeout = "60s";

/** Declares the options of {@link RestartCommandOptions}. */
export function declareRestart(command: Command, name: ProgramName): Command {
  if (name === "keyward") declareGeneric(command);
  return command
    .argument("[command...]", "the restart command, after --restart-command --")
    .option("--restart", "restart the server and prove the change, or undo it")
    .option("--restart-command", "the line ends with -- and the command that restarts the server")
    .option(
      "--accept-unverified",
      "exit 0 also where the restarted server could not be asked in full",
    )
    .option(
      "--timeout <time>",
      `how long the server may take to come back (default: ${defaultTimeout})`,
    );
}
