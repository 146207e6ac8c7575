import type { Command } from "commander";

import type { KeyFormat } from "../../../keys/formats.js";
import { createKey } from "../../../rotate/rotate.js";
import { explainNext, runChange } from "../../rotation/change-key.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import type { ProgramName } from "../../output.js";

interface CreateKeyOptions extends CommonOptions {
  readonly format?: KeyFormat;
  readonly print?: boolean;
}

/** OpenJarvis's own name for `generate-key --write`. */
export function declare(command: Command, name: ProgramName): void {
  command.option("--print", "print the key too").addHelpText(
    "after",
    formatExamples([
      [`${name} auth create-key`, "the first key of a server, stored"],
      [`${name} auth create-key --print`, "and printed"],
    ]),
  );
}

/** What `auth create-key --json` and `auth generate-key --write --json` print. */
export interface CreateKeyJson {
  readonly location: string;
  readonly fingerprint: string | null;
  /** With `--print` alone. */
  readonly key?: string | null;
}

export async function run(invocation: Invocation<CreateKeyOptions>): Promise<number> {
  const { report, context, options } = invocation;
  const { system, rotation } = await runChange(invocation, (change) =>
    createKey({ ...change, ...(options.format && { format: options.format }) }),
  );
  const { location, newFingerprint: fingerprint } = rotation.report;
  if (report.json) {
    const key = options.print === true ? { key: rotation.newKey } : {};
    report.answerJson<CreateKeyJson>({ location, fingerprint, ...key });
  } else if (options.print === true) {
    context.stderr.write(`${location}  ${fingerprint}\n`);
    report.answer(rotation.newKey ?? "");
  } else {
    report.answer(`${location}  ${fingerprint}`);
  }
  await explainNext(invocation, system, rotation.report);
  return exit.ok;
}
