import type { Command } from "commander";

import { sudoUser } from "../../../core/accounts.js";
import { adviseCommand } from "../../../keys/advise.js";
import { KeywardError } from "../../../core/errors.js";
import { fingerprintKey } from "../../../keys/fingerprint.js";
import { maskKey } from "../../../keys/mask.js";
import { assessKey } from "../../../keys/strength.js";
import { kindNames, type ValueKind } from "../../../keys/value-kinds.js";
import type { SystemId } from "../../../systems/contract/system.js";
import { isForeign } from "../../../locations/foreign.js";
import { resolveKey } from "../../../locations/resolve-key.js";
import { chooseLaunch, chooseSystem } from "../../which/choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import type { ProgramName } from "../../output.js";

interface ShowOptions extends CommonOptions {
  readonly reveal?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  command.option("--reveal", "print the key itself, alone").addHelpText(
    "after",
    formatExamples([
      [`${name} token show`, "masked, with its fingerprint and place"],
      [`${name} token show --reveal | wl-copy`, "the key itself, for a clipboard"],
    ]),
  );
}

/** What `token show --json` prints. */
export interface ShowJson {
  readonly system: SystemId;
  readonly location: string;
  readonly fingerprint: string | null;
  readonly masked: string;
  /** What the value is instead of a key; null for what may be one. */
  readonly valueKind: ValueKind | null;
  /** With `--reveal` alone. */
  readonly key?: string;
}

export async function run(invocation: Invocation<ShowOptions>): Promise<number> {
  const { context, options, report } = invocation;
  const system = await chooseSystem(invocation);
  const launch = chooseLaunch(system, invocation);
  const { key, effective } = await resolveKey(system, context, launch);
  if (key === null || effective === null) {
    throw new KeywardError("no-key", `${system.title} has no key`, {
      hint: adviseCommand(null),
    });
  }
  if (isForeign(effective)) {
    throw new KeywardError(
      "foreign-folder",
      `${effective.name} is another user's, and this is root`,
      {
        hint: `run it as the owner: sudo -u ${sudoUser(effective.reading.owner?.uid ?? 0, context)} …`,
      },
    );
  }
  const location = effective.name;
  const fingerprint = fingerprintKey(key);
  const masked = maskKey(key);
  const { kind, message } = assessKey(key);
  if (kind !== null) report.warn(`the value in ${location} is not a key: it is ${message}`);
  const worth = kind === null ? "weak" : kindNames[kind];
  const revealed = options.reveal === true ? { key } : {};
  report.answerJson<ShowJson>({
    system: system.id,
    location,
    fingerprint,
    masked,
    valueKind: kind,
    ...revealed,
  });
  report.answer(options.reveal === true ? key : `${masked}  ${fingerprint ?? worth}  ${location}`);
  return exit.ok;
}
