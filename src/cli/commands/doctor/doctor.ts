import type { Command } from "commander";

import { applyFixes, type Outcome } from "../../../doctor/fixes/apply-fixes.js";
import { sortFindings } from "../../../doctor/examine.js";
import type { Fix } from "../../../doctor/fixes/fixes.js";
import { KeywardError } from "../../../core/errors.js";
import { type Finding, spellFindings } from "../../../core/finding.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import { diagnose, type Diagnosis } from "./diagnose.js";
import { exit } from "../../exit.js";
import { holdInterrupt } from "../../hold-interrupt.js";
import type { ProgramName, Reporter } from "../../output.js";
import { type Asked, probeSubject } from "./probe-subject.js";
import { type Answer, describeDoctor, type DoctorJson, showDoctor } from "./show-doctor.js";

interface DoctorOptions extends CommonOptions {
  readonly fix?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  command
    .option("--fix", "fix what can be fixed without making, removing or changing a key")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} doctor`, "every server of this machine, and every named one"],
        [`${name} doctor --system jean2`, "one of them"],
        [`${name} doctor --fix`, "fix modes, lines, .gitignore and leftovers"],
      ]),
    );
}

export async function run(invocation: Invocation<DoctorOptions>): Promise<number> {
  const { options, report } = invocation;
  let diagnoses = await diagnose(invocation);
  // What --fix does changes nothing of what a running server answers.
  const asked = await askServers(diagnoses, invocation);
  const outcomes: Outcome[] = [];
  if (options.fix === true) {
    // A line that its server reads at last may bring to light what else is wrong with its file.
    for (let fixes = untried(diagnoses, outcomes); fixes.length > 0;) {
      outcomes.push(await fix(fixes, invocation));
      diagnoses = await diagnose(invocation);
      fixes = untried(diagnoses, outcomes);
    }
  }
  const recognised = diagnoses.filter((each) => isRecognised(each, asked, report));
  const answers = recognised.map((diagnosis) => {
    const answer = asked.get(nameOf(diagnosis)) ?? null;
    const raw = sortFindings([...diagnosis.findings, ...(answer?.findings ?? [])]);
    const findings = spellFindings(raw, diagnosis.spell);
    return { ...diagnosis, asked: answer, findings };
  });
  report.answerJson<DoctorJson>(describeDoctor(answers, outcomes));
  if (!report.json) await showDoctor(answers, invocation);
  return judge(answers);
}

/** A fix, and how the hint of one that fails is spelled. */
type SpelledFix = Fix & Pick<Diagnosis, "spell">;

/** What has not been done or tried yet: nothing is tried twice, so there is an end to it. */
function untried(
  diagnoses: readonly Diagnosis[],
  outcomes: readonly Outcome[],
): readonly SpelledFix[] {
  const tried = outcomes.flatMap(({ fixed, failed }) => [...fixed, ...failed]);
  const done = new Set(tried.map(({ message }) => message));
  const all = diagnoses.flatMap(({ fixes, spell }) => fixes.map((fix) => ({ ...fix, spell })));
  return all.filter(({ what }) => !done.has(what));
}

async function askServers(
  diagnoses: readonly Diagnosis[],
  invocation: Invocation,
): Promise<ReadonlyMap<string, Asked>> {
  const answers = new Map<string, Asked>();
  for (const diagnosis of diagnoses) {
    if (diagnosis.subject === null) continue;
    const asked = await probeSubject(diagnosis.subject, invocation, diagnosis.spell);
    if (asked !== null) answers.set(nameOf(diagnosis), asked);
  }
  return answers;
}

const serverVerdicts = new Set(["enforced", "closed", "open", "key-rejected"]);

/** What listens on a system's port is its server only if it answers as one. */
function isRecognised(
  diagnosis: Diagnosis,
  asked: ReadonlyMap<string, Asked>,
  report: Reporter,
): boolean {
  if (diagnosis.shownBy !== "port") return true;
  const answer = asked.get(nameOf(diagnosis));
  if (answer !== undefined && serverVerdicts.has(answer.verdict)) return true;
  if (answer?.verdict === "inconclusive" && answer.url !== "") {
    report.note(`whether it is ${diagnosis.title} that listens at ${answer.url} cannot be told`);
  }
  return false;
}

function nameOf({ system, names }: Diagnosis): string {
  return [system ?? "", ...names].join(" ");
}

/** Shows what is to be fixed before it is, and on a terminal asks first. */
async function fix(fixes: readonly SpelledFix[], invocation: Invocation): Promise<Outcome> {
  const { context, report } = invocation;
  for (const { what } of fixes) report.note(`to fix: ${what}`);
  if (!report.json && context.stdin.isTerminal && context.stderr.isTerminal) {
    const { confirm } = await import("../../input/prompt.js");
    if (!(await confirm(context, "Fix this?"))) {
      throw new KeywardError("cancelled", "cancelled; nothing was changed");
    }
  }
  return holdInterrupt(context, async () => {
    const { fixed, failed } = await applyFixes(fixes);
    const spellOf = (what: string) => fixes.find((fix) => fix.what === what)?.spell ?? report.spell;
    const outcome = {
      fixed,
      failed: failed.map((one) => ({
        ...one,
        hint: one.hint === null ? null : spellOf(one.message)(one.hint),
      })),
    };
    for (const { message, notes } of outcome.fixed) {
      report.note([`fixed: ${message}`, ...notes].join("; "));
    }
    for (const { message, reason, hint } of outcome.failed) {
      report.warn(`not fixed: ${message}: ${reason}`);
      if (hint !== null) report.hint(hint);
    }
    return outcome;
  });
}

/** Findings that something could not be told, or asked. */
const untold = new Set(["cannot-tell", "not-probed"]);

function judge(diagnoses: readonly Answer[]): number {
  const findings = diagnoses.flatMap((diagnosis) => diagnosis.findings);
  // What is known to be bad weighs more than what is not known.
  const isUntold = ({ id }: Finding) => untold.has(id);
  if (findings.some((one) => one.severity !== "info" && !isUntold(one))) return exit.no;
  const isMissing = findings.some((one) => one.severity !== "info" && isUntold(one));
  return isMissing ? exit.failed : exit.ok;
}
