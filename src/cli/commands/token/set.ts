import type { Command } from "commander";

import { KeywardError } from "../../../core/errors.js";
import { assessKey } from "../../../keys/strength.js";
import { setKey } from "../../../rotate/rotate.js";
import { runProvenChange } from "../../rotation/change-key.js";
import { formatExamples, type Invocation } from "../../command.js";
import { declareKeySources, readGivenKey, type KeySourceOptions } from "../../input/key-source.js";
import type { ProgramName } from "../../output.js";
import { declareRestart, type RestartCommandOptions } from "../../input/restart-options.js";
import { isWritten, reportRotation } from "../../rotation/show-rotation.js";

interface SetOptions extends RestartCommandOptions, KeySourceOptions {
  readonly dryRun?: boolean;
  readonly replaceReference?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  declareRestart(declareKeySources(command), name)
    .option("--replace-reference", "replace a reference to another tool")
    .option("--dry-run", "show what would change, masked, and change nothing")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} token set`, "asks for the key, and does not show it"],
        [`pass show agent | ${name} token set`, "takes it from a pipe"],
        [`${name} token set --key-env NEW_KEY`, "takes it from the environment"],
      ]),
    );
}

export async function run(invocation: Invocation<SetOptions>): Promise<number> {
  const key = await readKey(invocation);
  const { strength, message } = assessKey(key);
  if (strength === "weak") invocation.report.warn(`that key is weak: it is ${message}`);
  const dryRun = invocation.options.dryRun === true;
  const replaceReference = invocation.options.replaceReference === true;
  const change = await runProvenChange(invocation, (options) =>
    setKey({ ...options, key, dryRun, replaceReference }),
  );
  if (!isWritten(change)) return reportRotation(invocation, change);
  const { reportWithAftermath } = await import("../../rotation/after-rotation.js");
  return reportWithAftermath(invocation, change, "copies");
}

/** Standard input needs no flag here: there is nothing else that it could be for. */
async function readKey(invocation: Invocation<SetOptions>): Promise<string> {
  const { context, options, report } = invocation;
  const given = readGivenKey(invocation);
  if (given !== null) return given;
  if (!context.stdin.isTerminal) {
    return readGivenKey({ ...invocation, options: { ...options, keyStdin: true } }) ?? "";
  }
  if (report.json || !context.stderr.isTerminal) {
    throw new KeywardError("usage", "there is no terminal to ask for the key", {
      hint: "pipe it in, or name it with --key-env or --key-file",
    });
  }
  const { askSecret } = await import("../../input/prompt.js");
  return askSecret(context, "New key");
}
