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
import { askServer } from "./proof/server.js";
import type { Rotation } from "./report.js";
import { changeKey, finishChange, undoChange } from "./run.js";
import { forbidsUndo, remember, tidyUp } from "./steps/settle.js";
import { addNotes, type Ending, type RotationState } from "./state.js";
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
    const { state, holds } = await reopenRotation(options, journal, steps, lock);
    const begun = addNotes(state, describeInterrupted(journal));
    const ending = await (how === "undo" ? goBack : goOn)({ state: begun, holds });
    if (ending !== null) {
      const report = {
        system: system.id,
        location: journal.location,
        oldFingerprint: journal.oldFingerprint,
        steps: steps.taken,
        ...describeEnding(ending),
      };
      return { report, oldKey: state.oldKey, newKey: state.newKey };
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
    oldFingerprint: null,
    newFingerprint: null,
    steps: steps.taken,
    next: [],
    notes: ["no rotation was cut off"],
  } as const;
  return { report, oldKey: null, newKey: null };
}

/** Finishes what was begun; null when nothing had been written, so that it has to begin again. */
async function goOn({ state, holds }: Reopened): Promise<Ending | null> {
  const { step, format } = state.keeper.journal;
  if (holds === "settled" || step === "commit") return settle(state);
  if (holds === "foreign") return leaveForeign(state);
  if (holds === "written") {
    return finishChange(state, (await takesNewKey(state)) ? "prove" : "restart");
  }
  if (step === "undo") return goBack({ state, holds });
  tidyUp(state);
  if (format !== null) return null;
  throw new KeywardError("no-key", "the key that was brought was never written: nothing changed", {
    hint: "bring it again, with token set",
  });
}

async function takesNewKey({ server, newKey }: RotationState): Promise<boolean> {
  try {
    return (await askServer(server, newKey)).verdict === "enforced";
  } catch (error) {
    if (error instanceof KeywardError) return false;
    throw error;
  }
}

async function goBack({ state, holds }: Reopened): Promise<Ending> {
  if (holds === "settled") return settle(state);
  if (holds === "untouched") {
    const note = await state.steps.run("undo", () => tidyUp(state));
    return { state: addNotes(state, note), status: "undone", reason: null };
  }
  if (holds === "foreign") return leaveForeign(state);
  const never = forbidsUndo(state);
  if (never === null) return undoChange(state);
  throw new KeywardError("would-open", `it is not undone: ${never}`, {
    hint: "finish it with --resume",
  });
}

/** Only what it needed is still to be taken away. */
async function settle(state: RotationState): Promise<Ending> {
  const status = state.keeper.journal.step === "undo" ? "undone" : "rotated";
  const notes = await state.steps.run("commit", () => [remember(state, status), tidyUp(state)]);
  return { state: addNotes(state, ...notes), status, reason: null };
}

function leaveForeign(state: RotationState): Ending {
  const message = `another program put a third key into ${state.store.location.path}`;
  return { state, status: "stuck", reason: { code: "changed-meanwhile", message } };
}

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
