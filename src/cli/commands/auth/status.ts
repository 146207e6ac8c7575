import type { Command } from "commander";

import { spellFindings } from "../../../core/finding.js";
import { examine, statusChecks } from "../../../doctor/examine.js";
import type { Machine } from "../../../core/machine.js";
import { readHistory } from "../../../rotate/journal/history.js";
import { describeLive } from "../../../live/describe-live.js";
import { describeStatus } from "../../../locations/describe-status.js";
import { chooseSystem } from "../../which/choose.js";
import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import type { ProgramName } from "../../output.js";
import { listPrograms } from "../../real-programs/programs.js";
import { showStatus, type StatusJson } from "./show-status.js";
import { describeSubject } from "../../which/subject.js";

export function declare(command: Command, name: ProgramName): void {
  command.addHelpText(
    "after",
    formatExamples([
      [`${name} auth`, "the same, shorter"],
      [`${name} auth status --launch foreground`, "as a server started from this shell sees it"],
      [`${name} auth status --json`, "for a script"],
    ]),
  );
}

export async function run(invocation: Invocation): Promise<number> {
  const { context, report } = invocation;
  const system = await chooseSystem(invocation);
  const subject = await describeSubject(invocation, system);
  const { effective, ...status } = describeStatus(system, subject.resolution, context);
  const changed = effective && findChange(effective.fingerprint, context);
  const answer: StatusJson = {
    ...status,
    effective: effective && { ...effective, changed },
    live: describeLive(subject.live),
    programs: listPrograms(context),
    findings: spellFindings(await examine(subject, statusChecks), report.spell),
  };
  report.answerJson<StatusJson>(answer);
  if (!report.json) await showStatus(answer, subject, context, report);
  return exit.ok;
}

/** When the key was put where it is, ISO 8601; null where keyward did not do it, or does not know it again. */
function findChange(fingerprint: string | null, machine: Machine): string | null {
  if (fingerprint === null) return null;
  try {
    const entry = readHistory(machine).find(
      ({ newFingerprint, outcome }) => newFingerprint === fingerprint && outcome !== "undone",
    );
    return entry?.time ?? null;
  } catch {
    // Without a history nothing is known of the key's age, and all else is.
    return null;
  }
}
