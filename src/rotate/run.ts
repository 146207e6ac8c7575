import { fingerprintKey } from "../keys/fingerprint.js";
import { gitStatusOf, judgeGit } from "../files/git.js";
import { acquireLock } from "../files/lock.js";
import { heedInterrupt, Interrupted } from "./interrupt.js";
import { describeEnding, describeTarget, nameKey } from "./describe.js";
import { rememberChange } from "./journal/history.js";
import type { JournalOutcome } from "./journal/journal-shape.js";
import { refuseUnfinished } from "./journal/unfinished.js";
import { judgeReference, noteUnseen } from "./steps/judge-target.js";
import type { Change, ChangeOptions, LockedChange, Plan, RestartOptions } from "./options.js";
import { askedTo, type RotateReason } from "./reason.js";
import type { Rotation } from "./report.js";
import type { Proven } from "./proof/prove-dead.js";
import { addNotes, type Ending, explainFailure, type RotationState } from "./state.js";
import { Steps } from "./steps/steps.js";
import type { Launch } from "../systems/contract/system.js";
import { findKeyTarget, type KeyTarget } from "./target.js";

/*
 * A change of a key, step by step:
 *
 *   lock · read · make · write · commit                                            without a restart
 *   lock · read · check · copy · make · write · restart · wait · prove · commit    with one
 *
 * A step that fails before the file was changed ends it, and nothing is left over. From the write on,
 * what cannot be finished is undone; what may not be undone, or cannot be either, is left with its
 * copy and its journal. A rotation that was cut off goes on here too: `recover.ts` finds out where.
 *
 * The steps that only a restart needs are loaded when there is one.
 */

/**
 * Changes the key in the file that the server reads it from. With a restart it goes on until the
 * running server is proven to have changed its key, or everything is as it was.
 *
 * @throws KeywardError `interrupted` when an earlier one was cut off, `key-reference` where there is a
 *   reference and `replaceReference` does not let it go, `cancelled`, `unprovable`; any failure before
 *   the file was changed, and the file then has its old bytes
 */
export async function changeKey(options: ChangeOptions, plan: Plan): Promise<Rotation> {
  const { system, machine, restart } = options;
  const launch = options.launch ?? system.detectLaunch(machine);
  const steps = new Steps(machine.clock, options);
  const change: Change = { options, plan, launch, steps };
  refuseUnfinished(system, machine);
  if (options.dryRun === true) return planChange(change);

  // Where the lock belongs must be known first; what the file holds is read once it is ours.
  const first = await find(change);
  const unlocked = leaveAlone(change, first);
  if (unlocked !== null) return unlocked;
  const { path } = first.location;
  const warnings = judgeGit(gitStatusOf(path, machine), !first.store.read().exists);
  const lock = await steps.run("lock", () => acquireLock(path, machine));
  try {
    refuseUnfinished(system, machine, lock);
    const target = await steps.run("read", () => find(change));
    const left = leaveAlone(change, target);
    if (left !== null) return left;
    const notes = [...noteUnseen(target), ...warnings, ...judgeReference(options, plan, target)];
    const locked: LockedChange = { ...change, target, lock, notes };
    if (restart === undefined) return await changeUnproven(locked, notAsked);
    return await changeProven(locked, restart);
  } finally {
    lock.release();
  }
}

async function find({ options, plan, launch }: Change): Promise<KeyTarget> {
  const target = await findKeyTarget(options.system, options.machine, launch);
  plan.guard?.(target);
  return target;
}

/** Null where there is something to do. */
function leaveAlone(change: Change, target: KeyTarget): Rotation | null {
  const excuse = change.options.excuse?.(target) ?? null;
  if (excuse === null) return null;
  const reason = { code: "not-due", message: excuse } as const;
  const rest = {
    status: "unchanged",
    reason,
    newFingerprint: null,
    next: [],
    notes: [excuse],
  } as const;
  const report = describeTarget(change, target, rest);
  return { report, oldKey: target.resolution.key, newKey: null };
}

/** Works everything out, and changes nothing. */
async function planChange(change: Change): Promise<Rotation> {
  const { options, plan, launch, steps } = change;
  const target = await steps.run("read", () => find(change));
  const left = leaveAlone(change, target);
  if (left !== null) return left;
  await foresee(options, launch);
  const edit = planEdit(plan, target, plan.make());
  const notes = [...noteUnseen(target), ...judgeReference(options, plan, target), ...edit.notes];
  const reason = { code: "dry-run", message: "nothing was to be changed" } as const;
  const rest = { status: "planned", reason, newFingerprint: null, notes } as const;
  const report = describeTarget(change, target, rest);
  return { report, oldKey: target.resolution.key, newKey: null };
}

const notAsked: RotateReason = {
  code: "no-restart",
  message: "the running server was not asked: no restart was asked for",
};

async function foresee({ system, machine, restart }: ChangeOptions, launch: Launch): Promise<void> {
  if (restart?.plan === undefined) return;
  const { foreseeRestart } = await import("./foresee/foresee.js");
  const { url, plan } = restart;
  await foreseeRestart({ system, machine, launch, url, plan });
}

/** Without a restart the verified write is the commit. */
async function changeUnproven(change: LockedChange, reason: RotateReason): Promise<Rotation> {
  const { options, plan, target, lock, steps } = change;
  const { store, resolution } = target;
  const newKey = await steps.run("make", () => plan.make());
  const written = await steps.run("write", () => {
    const edit = planEdit(plan, target, newKey);
    return [...edit.notes, ...store.write(edit, newKey, lock).notes];
  });
  const newFingerprint = nameKey(newKey);
  const trouble = await steps.run("commit", () =>
    rememberChange(
      {
        system: options.system.id,
        location: target.location.path,
        oldFingerprint: nameKey(resolution.key),
        newFingerprint,
        outcome: "unverified",
      },
      options.machine,
    ),
  );
  const { notes } = addNotes(change, ...written, trouble);
  const rest = { status: "unverified", reason, newFingerprint, notes } as const;
  const report = describeTarget(change, target, rest);
  return { report, oldKey: resolution.key, newKey };
}

function planEdit(plan: Plan, target: KeyTarget, key: string | null) {
  return plan.edit?.(target, key) ?? target.store.edit(key);
}

/** Changes the key, restarts the server and proves it: all of that, or none of it. */
async function changeProven(change: LockedChange, restart: RestartOptions): Promise<Rotation> {
  const { steps, plan, target } = change;
  const { begin, keepOldBytes, tidyUp, isUntouched, cancelled } = await import("./steps/proven.js");
  const { state: begun, note } = await steps.run("check", () => begin(change, restart));
  // A server that is stopped stays so, and there is nothing to prove.
  if (begun === null) {
    const message = note ?? "the server does not run";
    return changeUnproven(addNotes(change, note), { code: "stopped", message });
  }

  let state = begun;
  const describe = (ending: Ending): Rotation => {
    // What it was before is past when it is proven.
    const known = ending.status === "rotated" ? [] : [note].filter((one) => one !== null);
    const { newKey, notes } = ending.state;
    const rest = describeEnding({
      ...ending,
      state: { ...ending.state, notes: [...known, ...notes] },
    });
    return { report: describeTarget(change, target, rest), oldKey: target.resolution.key, newKey };
  };
  try {
    await steps.run("copy", () => keepOldBytes(state));
    const newKey = await steps.run("make", () => {
      state.keeper.enter("make");
      return plan.make() ?? refuseToRemove();
    });
    state = { ...state, newKey };
    await heedInterrupt(state.interrupt.first);
    const written = await steps.run("write", () => {
      state.keeper.enter("write", { newFingerprint: fingerprintKey(newKey) });
      const edit = state.store.edit(newKey);
      return [...edit.notes, ...state.store.write(edit, newKey, state.lock).notes];
    });
    state = addNotes(state, ...written);
  } catch (error) {
    if (!isUntouched(state)) return describe(await giveUp(state, explainFailure(error)));
    tidyUp(state);
    throw error instanceof Interrupted ? cancelled() : error;
  }
  return describe(await finishChange(state, "restart"));
}

/**
 * Goes on from a key that is in the file: restarts, waits, proves, commits; or undoes it, or where
 * that may not be or fails leaves all that is needed for it.
 *
 * @param from `prove` where the server takes the new key already
 */
export async function finishChange(
  begun: RotationState,
  from: "restart" | "prove",
): Promise<Ending> {
  const { restartServer, waitForKey, proveRotation, commit } = await import("./steps/proven.js");
  const { steps, keeper, newKey } = begun;
  if (newKey === null) throw new TypeError("a restart is proven by a key");
  const { first } = begun.interrupt;
  // A server that takes the new key was restarted for it, by whomever.
  let state: RotationState = from === "prove" ? { ...begun, restarted: "yes" } : begun;
  let proven: Proven;
  try {
    await heedInterrupt(first);
    if (from === "restart") {
      const end = await steps.run("restart", () => {
        keeper.enter("restart");
        // From here on the server may have the new key, whatever becomes of the command.
        state = { ...state, restarted: "yes" };
        return restartServer(state, first);
      });
      await steps.run("wait", () => {
        keeper.enter("wait");
        return waitForKey(state, newKey, end, first);
      });
    }
    proven = await steps.run("prove", () => {
      keeper.enter("prove");
      return proveRotation(state, newKey, first);
    });
    state = addNotes(state, ...proven.notes);
  } catch (error) {
    return giveUp(state, explainFailure(error));
  }
  const { proof } = proven;
  const outcome = missesOldKey(state) ?? { status: proven.status, reason: proven.reason };
  const notes = await steps.run("commit", () => commit(state, outcome));
  return { state: addNotes(state, ...notes), ...outcome, proof };
}

/** The old key of a rotation that was cut off, whose copy somebody took away, cannot be tried. */
function missesOldKey({ keeper, oldKey }: RotationState): JournalOutcome | null {
  const { hadKey, copy } = keeper.journal;
  if (!hadKey || oldKey !== null) return null;
  const message = `${copy} is gone: whether the old key is dead cannot be told`;
  return { status: "unverified", reason: { code: "old-key-unknown", message } };
}

/** Undoes a change that cannot be finished; what cannot be undone either is left as it is. */
async function giveUp(state: RotationState, reason: RotateReason): Promise<Ending> {
  const { forbidsUndo, remember } = await import("./steps/proven.js");
  const never = forbidsUndo(state);
  if (never === null) return { ...(await undoChange(state)), reason };
  const notes = [`the new key stays: ${never}`, remember(state, "stuck")];
  return { state: addNotes(state, ...notes), status: "stuck", reason };
}

/**
 * Goes back to the old key: the exact old bytes, a restart where the server may have the new one, and
 * the proof that it takes the old one. Only an interruption by somebody who has interrupted before
 * stops it; the copy and the journal are then still there.
 */
export async function undoChange(begun: RotationState): Promise<Ending> {
  const { restoreFile, restoreServer, describeFile, remember, tidyUp } =
    await import("./steps/proven.js");
  let state = begun;
  try {
    await begun.steps.run("undo", async () => {
      enterUndo(state);
      state = addNotes(state, restoreFile(state));
      if (state.oldKey !== null) state = addNotes(state, await restoreServer(state, state.oldKey));
      state = addNotes(state, remember(state, "undone"), tidyUp(state));
    });
    return { state, status: "undone", reason: askedTo };
  } catch (error) {
    const reason = explainFailure(error);
    const notes = [describeFile(state), `undoing it failed: ${reason.message}`];
    state = addNotes(state, ...notes, remember(state, "stuck"));
    return { state, status: "stuck", reason };
  }
}

function enterUndo({ keeper }: RotationState): void {
  try {
    keeper.enter("undo");
  } catch {
    // A full disk must not keep the old key from coming back.
  }
}

function refuseToRemove(): never {
  throw new TypeError("that a key was removed is not proven by a restart");
}
