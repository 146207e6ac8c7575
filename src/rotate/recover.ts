import { aboutServer } from "../core/hint.js";
import { KeywardError } from "../core/errors.js";
import { generateKey } from "../keys/generate.js";
import { acquireLock } from "../files/lock.js";
import type { FileLocation } from "../systems/contract/system.js";
import { describeEnding } from "./describe.js";
import { clearDraft, findJournal, listFileLocations } from "./journal/journal.js";
import type { Journal } from "./journal/journal-shape.js";
import { type Reopened, reopenRotation } from "./journal/reopen.js";
import { describeInterrupted } from "./journal/unfinished.js";
import type { RecoverOptions } from "./options.js";
import { proveRotation } from "./proof/prove.js";
import { askServer } from "./proof/server.js";
import { askedTo } from "./reason.js";
import type { Rotation } from "./report.js";
import { changeKey, finishChange, undoChange } from "./run.js";
import { forbidsUndo, remember, tidyUp } from "./steps/settle.js";
import { restoreFile } from "./steps/undo.js";
import { addNotes, type Ending, NotDone, type RotationState } from "./state.js";
import { Steps } from "./steps/steps.js";

/**
 * Finishes or undoes a rotation that was cut off, by `kill -9` or a power cut, at whatever step.
 * Both may be repeated: where nothing is left to do, nothing is done.
 *
 * @throws KeywardError `locked` when the rotation is still under way, `would-open` when going back
 *   would leave the server without a key or with a leaked one, `no-key` when the new key was the
 *   caller's and was never written
 */
export async function recoverRotation(options: RecoverOptions): Promise<Rotation> {
  const { system, machine, how } = options;
  const steps = new Steps(machine.clock, options);
  const location = findJournal(system, machine)?.location ?? firstFile(options).path;
  const lock = await steps.run("lock", () => acquireLock(location, machine));
  let journal: Journal | undefined;
  try {
    // Another may have seen to it meanwhile.
    journal = findJournal(system, machine)?.journal;
    if (journal === undefined) return nothingToDo(options, location, steps);
    const reopened = await reopenRotation(options, journal, steps, lock);
    const state = addNotes(reopened.state, describeInterrupted(journal));
    const ending = await endRotation(how, { ...reopened, state });
    if (ending !== null) {
      const report = {
        system: system.id,
        location: journal.location,
        oldFingerprint: journal.oldFingerprint,
        steps: steps.taken,
        ...describeEnding(ending),
      };
      return { report, oldKey: state.oldKey, newKey: reopened.key };
    }
  } finally {
    lock.release();
  }
  return beginAgain(options, journal);
}

function firstFile({ system, machine }: RecoverOptions): FileLocation {
  const [first] = listFileLocations(system, machine);
  if (first !== undefined) return first;
  throw new KeywardError("not-found", `no file is known that ${system.title} reads its key from`);
}

function nothingToDo(
  { system, machine }: RecoverOptions,
  location: string,
  steps: Steps,
): Rotation {
  clearDraft(location, machine);
  const report = {
    system: system.id,
    location,
    status: "unchanged",
    reason: { code: "not-due", message: "no rotation was cut off" },
    workers: null,
    oldFingerprint: null,
    newFingerprint: null,
    steps: steps.taken,
    next: [],
    notes: ["no rotation was cut off"],
  } as const;
  return { report, oldKey: null, newKey: null };
}

/*
 * How a rotation that was cut off ends, by what its file has. A person may have repaired things by
 * hand meanwhile, so the server is asked before anything is restarted.
 *
 *              --resume                              --undo
 *   untouched  a new one is begun                    tidied up
 *   old        a new one is begun                    the server is asked, restarted if need be
 *   new        asked, restarted if need be, proven   the old bytes, a restart, proven
 *   none       the old bytes, a new one is begun     the old bytes, a restart, proven
 *   third      over if the server takes exactly that key; else left, with the commands to type
 *   settled    tidied up                             tidied up
 */

/** @returns null when a new rotation has to be begun */
async function endRotation(how: RecoverOptions["how"], reopened: Reopened): Promise<Ending | null> {
  const { state, holds, key } = reopened;
  if (holds === "settled") return settle(state);
  if (holds === "third" && key !== null) return judgeThird(state, key);
  return how === "undo" ? goBack(reopened) : goOn(reopened);
}

async function goOn(reopened: Reopened): Promise<Ending | null> {
  const { state, holds, key } = reopened;
  const { step, format } = state.keeper.journal;
  if (holds === "new" && step === "commit") return settle(state);
  if (holds === "new" && key !== null) {
    return finishChange(state, (await takes(state, key)) ? "prove" : "restart");
  }
  const mayGoBack = forbidsUndo(state) === null && (holds === "old" || state.oldBytes !== null);
  if (step === "undo" && mayGoBack) return goBack(reopened);
  if (holds === "none" && mayGoBack) restoreFile(state);
  tidyUp(state);
  if (format !== null) return null;
  throw new KeywardError("no-key", "the key that was brought was never written: nothing changed", {
    hint: ["bring it again: ", aboutServer("token set")],
  });
}

async function goBack({ state, holds }: Reopened): Promise<Ending> {
  if (holds === "untouched") {
    const note = await state.steps.run("undo", () => tidyUp(state));
    return { state: addNotes(state, note), status: "undone", reason: askedTo };
  }
  const never = forbidsUndo(state);
  if (never !== null) {
    throw new KeywardError("would-open", `it is not undone: ${never}`, {
      hint: ["finish it with: ", aboutServer("token rotate --resume")],
    });
  }
  if (holds !== "old" && state.oldBytes === null) {
    const { copy } = state.keeper.journal;
    throw new KeywardError("no-key", `${copy} is gone, and the old key with it`, {
      hint: ["finish it with: ", aboutServer("token rotate --resume")],
    });
  }
  return undoChange(state);
}

/** Somebody put another key into the file: that is theirs to say, and the server's to confirm. */
async function judgeThird(state: RotationState, key: string): Promise<Ending> {
  const { path } = state.store.location;
  const note = await confirmThird(state, key);
  if (note === null) {
    const said = `${path} has another key meanwhile, and the server takes that one alone: nothing is left to finish`;
    const reason = { code: "not-due", message: said } as const;
    return { state: addNotes(state, said, tidyUp(state)), status: "unchanged", reason };
  }
  const message = `${path} has a key that this rotation did not put there, and ${note}`;
  return { state, status: "stuck", reason: { code: "changed-meanwhile", message } };
}

/** @returns null when the server takes that key and nothing else; else what speaks against it */
async function confirmThird(state: RotationState, key: string): Promise<string | null> {
  if (!(await takes(state, key))) return "the server does not take it";
  if (state.oldKey === null && state.keeper.journal.hadKey) {
    return "whether the old key is dead cannot be told, since its copy is gone";
  }
  try {
    const { first } = state.interrupt;
    const { status, reason } = await state.steps.run("prove", () =>
      proveRotation(state, key, first),
    );
    return status === "rotated" ? null : reason.message;
  } catch (error) {
    if (error instanceof NotDone) return error.message;
    throw error;
  }
}

async function takes({ server }: RotationState, key: string): Promise<boolean> {
  try {
    return (await askServer(server, key)).verdict === "enforced";
  } catch (error) {
    if (error instanceof KeywardError) return false;
    throw error;
  }
}

/** Only what it needed is still to be taken away. */
async function settle(state: RotationState): Promise<Ending> {
  const { step, outcome } = state.keeper.journal;
  const { status, reason } =
    step === "undo" ? ({ status: "undone", reason: askedTo } as const) : (outcome ?? rotated);
  const notes = await state.steps.run("commit", () => [remember(state, status), tidyUp(state)]);
  return { state: addNotes(state, ...notes), status, reason };
}

/** Of a journal of an older version, which wrote none but this. */
const rotated = {
  status: "rotated",
  reason: { code: "proven", message: "it was proven before it was cut off" },
} as const;

/** The new key was made and lost: another one is as good. */
function beginAgain(options: RecoverOptions, journal: Journal): Promise<Rotation> {
  const { format, launch, leaked, command, url, named, certificate } = journal;
  const { restart, ...rest } = options;
  if (format === null) throw new TypeError("a key that was brought cannot be made again");
  const trust = certificate === null ? {} : { exact: Buffer.from(certificate, "base64") };
  return changeKey(
    { ...rest, launch, leaked, restart: { ...restart, command, url, named, trust } },
    { format, make: () => generateKey(format) },
  );
}
