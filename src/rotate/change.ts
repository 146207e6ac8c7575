import { fingerprintKey } from "../keys/fingerprint.js";
import type { Machine } from "../machine.js";
import { quoteForShell } from "../shell-quote.js";
import { gitStatusOf, judgeGit } from "../stores/git.js";
import { acquireLock } from "../stores/lock.js";
import type { Launch, System, SystemId } from "../systems/system.js";
import { appendHistory } from "./history.js";
import { type Step, Steps } from "./steps.js";
import { findTarget, type Target } from "./target.js";

/** What every change of a key needs to know. */
export interface ChangeOptions {
  readonly system: System;
  readonly machine: Machine;
  /** How the server is started; found out from its files when absent. */
  readonly launch?: Launch;
  /** Works everything out and changes nothing. */
  readonly dryRun?: boolean;
  /** Told of each step when it has ended. */
  readonly onStep?: (step: Step) => void;
}

/** How a change went: the promised JSON, and beside it what people want to read. */
export interface RotateReport {
  readonly system: SystemId;
  readonly location: string;
  /** `unverified`: written, but no restart was asked for, so the running server has the old key. */
  readonly status: "unverified" | "planned";
  readonly oldFingerprint: string | null;
  /** Null when nothing was written, and when the key was removed. */
  readonly newFingerprint: string | null;
  readonly steps: readonly Step[];
  /** Commands to type next, ready for a shell. */
  readonly next: readonly string[];
  /** What else changed, in words. */
  readonly notes: readonly string[];
}

/** The outcome for a caller that may hold the keys; {@link RotateReport} is for everybody else. */
export interface Rotation {
  readonly report: RotateReport;
  /** The key that was in force in the file, or null. */
  readonly oldKey: string | null;
  /** The key that is there now; null when nothing was written, and when the key was removed. */
  readonly newKey: string | null;
}

/** What is peculiar to one kind of change. */
export interface Plan {
  /** The new value; null removes the key. */
  make(): string | null;
  /** Refuses, by what stands in the file. */
  guard?(target: Target): void;
}

/**
 * The transaction that every change of a key is: lock, read, make, write, read back by the server's
 * own rules, and only then believe it. After any failure the file has its old bytes.
 */
export async function changeKey(options: ChangeOptions, plan: Plan): Promise<Rotation> {
  const { system, machine } = options;
  const launch = options.launch ?? system.detectLaunch(machine);
  const steps = new Steps(machine.clock, options.onStep);

  const find = async () => {
    const target = await findTarget(system, machine, launch);
    plan.guard?.(target);
    return target;
  };
  const account = (
    target: Target,
    rest: Pick<RotateReport, "status" | "newFingerprint" | "notes">,
  ): RotateReport => ({
    system: system.id,
    location: target.location.path,
    oldFingerprint: nameKey(target.resolution.key),
    steps: steps.taken,
    next: listNext(system, machine, launch),
    ...rest,
  });

  if (options.dryRun === true) {
    const target = await steps.run("read", find);
    const { notes } = target.store.edit(plan.make());
    const report = account(target, { status: "planned", newFingerprint: null, notes });
    return { report, oldKey: target.resolution.key, newKey: null };
  }

  // Where the lock belongs must be known first; what the file holds is read once it is ours.
  const { location, store } = await find();
  const creating = !store.read().exists;
  const warnings = judgeGit(gitStatusOf(location.path, machine), creating);
  const lock = await steps.run("lock", () => acquireLock(location.path, machine));
  try {
    const target = await steps.run("read", find);
    const newKey = await steps.run("make", () => plan.make());
    const notes = await steps.run("write", () => {
      const edit = target.store.edit(newKey);
      return [...warnings, ...edit.notes, ...target.store.write(edit, newKey).notes];
    });
    const newFingerprint = nameKey(newKey);
    const report = account(target, { status: "unverified", newFingerprint, notes });
    await steps.run("commit", () => {
      const trouble = remember(report, machine);
      if (trouble !== null) notes.push(trouble);
    });
    return { report, oldKey: target.resolution.key, newKey };
  } finally {
    lock.release();
  }
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
    return `the history could not be written: ${error instanceof Error ? error.message : "unknown"}`;
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
