import type { Command } from "commander";

import { changeKey, explainNext } from "../change-key.js";
import { spellCommand } from "../choose.js";
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
  const { options, report } = invocation;
  const { system, rotation } = await changeKey(invocation, { dryRun: options.dryRun === true });
  const { notes, ...promised } = rotation.report;
  const { location, oldFingerprint, newFingerprint, status, next } = promised;
  const proof = spellCommand(invocation, system, "auth probe");
  report.answerJson({ ...promised, next: [...next, proof], notes });

  const { maskKey } = await import("../../keys/mask.js");
  const before = describeKey(rotation.oldKey, oldFingerprint);
  if (status === "planned") {
    const old = rotation.oldKey === null ? "" : maskKey(rotation.oldKey);
    report.answer(`would change ${location}`);
    report.answer(`- ${system.variable}${old === "" ? " is not set" : `=${old}  ${before}`}`);
    report.answer(`+ ${system.variable}=(a new key)`);
  } else {
    report.answer(`${location}  ${before} -> ${newFingerprint}`);
  }
  explainNext(invocation, system, rotation.report);
  return exit.ok;
}

/** A weak key has no fingerprint, since it could be guessed from it. */
function describeKey(key: string | null, fingerprint: string | null): string {
  if (key === null) return "(no key)";
  return fingerprint ?? "(a weak key)";
}
