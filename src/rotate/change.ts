import { KeywardError } from "../core/errors.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import { assessKey } from "../keys/strength.js";
import type { Machine } from "../core/machine.js";
import { quoteForShell } from "../core/shell-quote.js";
import { describeFailure } from "../files/file-errors.js";
import { gitStatusOf, judgeGit } from "../files/git.js";
import { acquireLock, type Lock } from "../files/lock.js";
import type { Edit } from "../files/edit.js";
import { explainUnseen } from "../locations/unseen.js";
import type { Launch, System } from "../systems/contract/system.js";
import { appendHistory } from "./journal/history.js";
import type { RotateReport, Rotation } from "./report.js";
import { refuseUnfinished } from "./journal/unfinished.js";
import { Steps } from "./steps.js";
import { findTarget, type Target } from "./target.js";

import type { ChangeOptions, Plan } from "./options.js";

/**
 * The transaction that every change of a key is: lock, read, make, write, read back by the server's
 * own rules, and only then believe it. With a restart it goes on until the running server is proven
 * to have changed its key, or everything is as it was.
 *
 * @throws KeywardError `interrupted` when an earlier one was cut off, `key-reference` where there is a
 *   reference and `replaceReference` does not let it go; any failure before the file
 *   was changed, and the file then has its old bytes
 */
export async function changeKey(options: ChangeOptions, plan: Plan): Promise<Rotation> {
  const { system, machine } = options;
  const launch = options.launch ?? system.detectLaunch(machine);
  const change: Change = { options, plan, launch, steps: new Steps(machine.clock, options) };
  refuseUnfinished(system, machine);

  // Where the lock belongs must be known first; what the file holds is read once it is ours.
  const { steps } = change;
  const isDry = options.dryRun === true;
  const first = await (isDry ? steps.run("read", () => find(change)) : find(change));
  const excuse = options.excuse?.(first) ?? null;
  if (excuse !== null) return leaveAlone(change, first, excuse);
  if (isDry) {
    const notes = [...noteUnseen(first), ...judgeReference(change, first)];
    notes.push(...planEdit(change, first, plan.make()).notes);
    const report = account(change, first, { status: "planned", newFingerprint: null, notes });
    return { report, oldKey: first.resolution.key, newKey: null };
  }

  const { path } = first.location;
  const warnings = judgeGit(gitStatusOf(path, machine), !first.store.read().exists);
  const lock = await steps.run("lock", () => acquireLock(path, machine));
  try {
    refuseUnfinished(system, machine, lock);
    const target = await steps.run("read", () => find(change));
    const excuse = options.excuse?.(target) ?? null;
    if (excuse !== null) return leaveAlone(change, target, excuse);
    const notes = [...noteUnseen(target), ...warnings, ...judgeReference(change, target)];
    const proven = await prove(change, target, notes, lock);
    return proven ?? (await write(change, target, notes, lock));
  } finally {
    lock.release();
  }
}

/** What may keep the server from reading what is written here; a restart proves it. */
function noteUnseen({ location, resolution: { unseen } }: Target): string[] {
  if (unseen === null) return [];
  return [explainUnseen(`whether the server reads ${location.path}`, unseen)];
}

/** A change under way. */
interface Change {
  readonly options: ChangeOptions;
  readonly plan: Plan;
  readonly launch: Launch;
  readonly steps: Steps;
}

async function find({ options, plan, launch }: Change): Promise<Target> {
  const target = await findTarget(options.system, options.machine, launch);
  plan.guard?.(target);
  return target;
}

/**
 * Refuses to replace a reference unasked: the tool that resolves it would have nothing left to do, and
 * its own copy of the key would be good for nothing.
 *
 * @returns what is to be said of it
 */
function judgeReference({ options, plan }: Change, { resolution, location }: Target): string[] {
  const { key } = resolution;
  if (key === null || plan.takesReference === true) return [];
  const { kind, message } = assessKey(key);
  if (kind !== "reference") return [];
  const what = `the value in ${location.path} is ${message}`;
  if (options.replaceReference === true) return [`${what}; the new key takes its place`];
  throw new KeywardError("key-reference", `${what}, and is not replaced unasked`, {
    hint: "change the key where that tool keeps it, or put one into this file with --replace-reference",
  });
}

function planEdit({ plan }: Change, target: Target, key: string | null): Edit {
  return plan.edit?.(target, key) ?? target.store.edit(key);
}

/** Goes on to the restart and its proof; null where none was asked for, or the server is stopped. */
async function prove(
  change: Change,
  target: Target,
  notes: string[],
  lock: Lock,
): Promise<Rotation | null> {
  const { options, plan, launch, steps } = change;
  const { restart } = options;
  if (restart === undefined) return null;
  const { changeProven } = await import("./change-proven.js");
  const { describeEnding } = await import("./ending/describe-ending.js");
  const { format = null } = plan;
  const make = () => plan.make() ?? refuseToRemove();
  const { store } = target;
  const proven = await changeProven({
    options,
    restart,
    launch,
    store,
    lock,
    steps,
    notes,
    format,
    make,
  });
  if (proven === null) return null;
  const report = account(change, target, describeEnding(proven));
  return { report, oldKey: target.resolution.key, newKey: proven.attempt.newKey };
}

/** Without a restart the verified write is the commit. */
async function write(
  change: Change,
  target: Target,
  notes: string[],
  lock: Lock,
): Promise<Rotation> {
  const { options, plan, steps } = change;
  const newKey = await steps.run("make", () => plan.make());
  await steps.run("write", () => {
    const edit = planEdit(change, target, newKey);
    notes.push(...edit.notes, ...target.store.write(edit, newKey, lock).notes);
  });
  const newFingerprint = nameKey(newKey);
  const report = account(change, target, { status: "unverified", newFingerprint, notes });
  await steps.run("commit", () => {
    const trouble = remember(report, options.machine);
    if (trouble !== null) notes.push(trouble);
  });
  return { report, oldKey: target.resolution.key, newKey };
}

function leaveAlone(change: Change, target: Target, excuse: string): Rotation {
  const rest = { status: "unchanged", newFingerprint: null, next: [], notes: [excuse] } as const;
  return { report: account(change, target, rest), oldKey: target.resolution.key, newKey: null };
}

function account(
  { options, launch, steps }: Change,
  { location, resolution }: Target,
  rest: Pick<RotateReport, "status" | "newFingerprint" | "notes"> & Partial<RotateReport>,
): RotateReport {
  const { system, machine } = options;
  return {
    system: system.id,
    location: location.path,
    oldFingerprint: nameKey(resolution.key),
    steps: steps.taken,
    next: listNext(system, machine, launch),
    ...rest,
  };
}

function refuseToRemove(): never {
  throw new TypeError("that a key was removed is not proven by a restart");
}

/** The key is in force whether or not the history can be written: a failure there is only said. */
function remember(report: RotateReport, machine: Machine): string | null {
  const { system, location, oldFingerprint, newFingerprint } = report;
  try {
    appendHistory(
      { system, location, oldFingerprint, newFingerprint, outcome: "unverified" },
      machine,
    );
    return null;
  } catch (error) {
    return `the history could not be written: ${describeFailure(error)}`;
  }
}

function nameKey(key: string | null): string | null {
  return key === null ? null : fingerprintKey(key);
}

function listNext(system: System, machine: Machine, launch: Launch): string[] {
  const plan = system.restart(machine, launch);
  if (plan === null) return [];
  const sudo = plan.needsRoot && machine.user.uid !== 0 ? ["sudo"] : [];
  return [quoteForShell([...sudo, plan.program, ...plan.args])];
}
