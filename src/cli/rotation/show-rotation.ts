import { aboutServer } from "../../core/hint.js";
import { assessKey } from "../../keys/strength.js";
import type { ClientAdvice } from "../../systems/contract/clients.js";
import { kindNames } from "../../keys/value-kinds.js";
import type { Remains } from "../../rotate/leaks/remains.js";
import type { RotateReport, Rotation } from "../../rotate/report.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { explainNext, isUnasked, type KeyChange } from "./change-key.js";
import type { CommonOptions, Invocation } from "../command.js";
import { exit } from "../exit.js";

/** What a command adds to the report of a rotation, in its JSON. */
export interface RotationExtras {
  /** What clients need; absent where nobody asks. */
  readonly clients?: ClientAdvice;
  /** Where the old key still stands; absent where it was not looked for. */
  readonly remains?: Remains["places"];
}

/** What `token rotate --json`, `token set --json` and `auth revoke-key --json` print. */
export type RotateJson = RotateReport & RotationExtras;

const exitCodes: Readonly<Record<RotateReport["status"], number>> = {
  rotated: exit.ok,
  unverified: exit.failed,
  logged: exit.stuck,
  planned: exit.ok,
  unchanged: exit.ok,
  undone: exit.undone,
  stuck: exit.stuck,
};

/** Whether the file has a new key, so that whoever uses the old one is to be told. */
export function isWritten({ rotation }: KeyChange): boolean {
  const { status } = rotation.report;
  return ["rotated", "unverified", "logged", "stuck"].includes(status);
}

/**
 * Reports a key that was replaced, is about to be, or could not be.
 *
 * @returns the exit code
 */
export async function reportRotation(
  invocation: Invocation<ShowOptions>,
  change: KeyChange,
  extras: RotationExtras = {},
): Promise<number> {
  const { report } = invocation;
  const { system, rotation } = change;
  const { status } = rotation.report;
  const next = listNext(invocation, change);
  const { notes, steps, ...promised } = rotation.report;
  report.answerJson<RotateJson>({ ...promised, steps, next, notes, ...extras });
  if (status === "planned") await showPlan(invocation, change);
  else report.answer(describeOutcome(rotation));
  await explainNext(invocation, system, rotation.report);
  if (status === "rotated" && rotation.report.proof !== undefined) {
    report.note(describeProof(rotation));
  }
  if (status === "undone" || status === "stuck") explainFailure(invocation, rotation.report, next);
  if (status === "logged") explainLogged(invocation, rotation.report, next);
  if (status !== "unverified") return exitCodes[status];
  if (isUnasked(rotation.report.reason)) return exit.ok;
  const accepted = invocation.options.acceptUnverified === true;
  explainUnverified(invocation, rotation.report, next, accepted);
  return accepted ? exit.ok : exitCodes[status];
}

/** The options that count when a rotation is shown. */
type ShowOptions = CommonOptions & {
  readonly acceptUnverified?: boolean;
  readonly restart?: boolean;
};

function listNext(
  { report, server, options }: Invocation<ShowOptions>,
  { system, rotation }: KeyChange,
): readonly string[] {
  const { status, next, location, copy = null } = rotation.report;
  if (status === "rotated" || status === "undone" || status === "unchanged") return next;
  if (status === "logged") {
    if (options.restart === true) return [report.spell(aboutServer("token rotate --restart"))];
    const again = report.spell(aboutServer("token rotate --restart-command"));
    return [`${again} -- ${next.join(" ")}`];
  }
  if (status !== "stuck") {
    // Of a server that is not described, only its owner knows how it is asked.
    const isKnown = system.hasNoProbe !== true && (system.hasNoAddress !== true || server?.url);
    return isKnown ? [...next, report.spell(aboutServer("auth probe"))] : next;
  }
  const resume = report.spell(aboutServer("token rotate --resume"));
  if (copy === null) return [resume, ...next];
  const undo = report.spell(aboutServer("token rotate --undo"));
  return [resume, ...next, undo, quoteForShell(["cp", copy, location])];
}

function describeOutcome({ report, oldKey, newKey }: Rotation): string {
  const { location, oldFingerprint, newFingerprint, status } = report;
  const before = describeKey(oldKey, oldFingerprint);
  if (status === "unchanged") return `unchanged: ${location}`;
  if (status === "undone") return `undone: ${location}  ${before}`;
  const change = `${location}  ${before} -> ${describeKey(newKey, newFingerprint)}`;
  return status === "stuck" ? `stuck: ${change}` : change;
}

function describeProof({ oldKey, report: { proof } }: Rotation): string {
  const refused = oldKey === null ? "made-up ones are" : "the old one and made-up ones are";
  const { checks = 0, workers = null } = proof ?? {};
  const who =
    workers === null
      ? "its workers cannot be counted"
      : `${workers.met} of ${workers.seen} workers met`;
  return `proven: the new key works, ${refused} refused, nobody gets in without one (${checks} checks, ${who})`;
}

function explainUnverified(
  { report }: Invocation,
  { reason }: RotateReport,
  next: readonly string[],
  accepted: boolean,
): void {
  report.note(`the new key works and stays, but it is not proven that the old one is dead`);
  report.note(reason.message);
  if (accepted) return;
  report.hint(`restart it once more and ask it: ${next.join(" && ")}`);
  report.hint("or, where that is enough for you, add --accept-unverified the next time");
}

function explainLogged(
  { report }: Invocation,
  { reason }: RotateReport,
  [again]: readonly string[],
): void {
  report.note(reason.message);
  report.note("the new key stays: the old one would be known to whoever reads that log");
  report.hint(`find out why it is still taken there, then rotate again: ${again}`);
}

async function showPlan({ report }: Invocation, { system, rotation }: KeyChange): Promise<void> {
  const { maskKey } = await import("../../keys/mask.js");
  const { oldKey } = rotation;
  const { location, oldFingerprint } = rotation.report;
  const before = describeKey(oldKey, oldFingerprint);
  const old = oldKey === null ? " is not set" : `=${maskKey(oldKey)}  ${before}`;
  report.answer(`would change ${location}`);
  report.answer(`- ${system.variable}${old}`);
  report.answer(`+ ${system.variable}=(a new key)`);
}

function explainFailure(
  { report }: Invocation,
  { status, reason, copy = null, journal }: RotateReport,
  [resume, restart, undo, putBack]: readonly string[],
): void {
  if (reason.code !== "asked-to") report.note(reason.message);
  if (status === "undone") {
    report.note("the old key is back, and nothing is left over");
    return;
  }
  if (copy !== null) report.note(`the old bytes are in ${copy}`);
  report.note(`its progress is recorded in ${journal}`);
  const back = undo === undefined ? "" : `; or go back: ${undo}`;
  report.hint(`when the cause is fixed: ${resume}${back}`);
  report.hint(`or by hand, with the key that is in the file: ${restart} && ${resume}`);
  if (putBack === undefined) return;
  report.hint(`or by hand, with the old key: ${putBack} && ${restart} && ${undo}`);
}

/** A weak key has no fingerprint, nor has what stands in a key's place, since it could be guessed from it. */
function describeKey(key: string | null, fingerprint: string | null): string {
  if (key === null && fingerprint === null) return "(no key)";
  if (fingerprint !== null) return fingerprint;
  const kind = key === null ? null : assessKey(key).kind;
  return kind === null ? "(a weak key)" : `(${kindNames[kind]})`;
}
