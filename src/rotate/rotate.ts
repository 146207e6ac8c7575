import { KeywardError } from "../errors.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import type { KeyFormat } from "../keys/formats.js";
import { generateKey } from "../keys/generate.js";
import type { Machine } from "../machine.js";
import { acquireLock } from "../stores/lock.js";
import type { Launch, System, SystemId } from "../systems/system.js";
import { quoteForShell } from "../shell-quote.js";
import { appendHistory } from "./history.js";
import { type Step, Steps } from "./steps.js";
import { findTarget, type Target } from "./target.js";

/** What {@link rotateKey} needs to know. */
export interface RotateOptions {
  readonly system: System;
  readonly machine: Machine;
  /** How the server is started; found out from its files when absent. */
  readonly launch?: Launch;
  /** The new key's format; the system's own when absent. */
  readonly format?: KeyFormat;
  /** Refuses when there is a key already: the first key of a server, not a new one. */
  readonly onlyIfMissing?: boolean;
  /** Works everything out and changes nothing. */
  readonly dryRun?: boolean;
  /** Told of each step when it has ended. */
  readonly onStep?: (step: Step) => void;
}

/** How a rotation went: the promised JSON, and beside it what people want to read. */
export interface RotateReport {
  readonly system: SystemId;
  readonly location: string;
  /** `unverified`: written, but no restart was asked for, so the running server has the old key. */
  readonly status: "unverified" | "planned";
  readonly oldFingerprint: string | null;
  /** Null when nothing was written. */
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
  /** The key that is there now, or null when nothing was written. */
  readonly newKey: string | null;
}

/**
 * Replaces the key of a server by a new one in the file that the server reads it from: lock, read,
 * make, write, read back by the server's own rules, and only then believe it. After any failure
 * the file has its old bytes.
 *
 * The running server keeps its old key until it restarts; `next` says how.
 *
 * @throws KeywardError `locked`, `shadowed`, `key-already-set`, or one of the file's own troubles
 */
export async function rotateKey(options: RotateOptions): Promise<Rotation> {
  const { system, machine } = options;
  const launch = options.launch ?? system.detectLaunch(machine);
  const format = options.format ?? system.keyFormat;
  const steps = new Steps(machine.clock, options.onStep);

  const find = async () => {
    const target = await findTarget(system, machine, launch);
    if (options.onlyIfMissing === true) refuseSecondKey(target, system);
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
    const { notes } = target.store.edit(generateKey(format));
    const report = account(target, { status: "planned", newFingerprint: null, notes });
    return { report, oldKey: target.resolution.key, newKey: null };
  }

  // Where the lock belongs must be known first; what the file holds is read once it is ours.
  const { location } = await find();
  const lock = await steps.run("lock", () => acquireLock(location.path, machine));
  try {
    const target = await steps.run("read", find);
    const newKey = await steps.run("make", () => generateKey(format));
    const notes = await steps.run("write", () => {
      const edit = target.store.edit(newKey);
      return [...edit.notes, ...target.store.write(edit, newKey).notes];
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

function refuseSecondKey({ resolution, location }: Target, system: System): void {
  if (resolution.key === null) return;
  throw new KeywardError("key-already-set", `${system.title} has a key in ${location.path}`, {
    hint: `replace it with: ${system.program ?? "keyward"} token rotate`,
  });
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
