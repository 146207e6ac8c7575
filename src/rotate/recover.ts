import { KeywardError } from "../core/errors.js";
import { generateKey } from "../keys/generate.js";
import { acquireLock } from "../files/lock.js";
import type { FileLocation } from "../systems/contract/system.js";
import { explainFailure } from "./attempt.js";
import { changeKey } from "./change.js";
import { describeEnding } from "./ending/describe-ending.js";
import { type Ending, finishAttempt } from "./ending/finish.js";
import { clearDraft, findJournal, listFileLocations } from "./journal/journal.js";
import type { Journal } from "./journal/journal-shape.js";
import type { Rotation } from "./report.js";
import { type Reopened, reopenAttempt } from "./journal/reopen.js";
import { askServer } from "./proof/server.js";
import { remember, tidyUp } from "./ending/settle.js";
import { Steps } from "./steps.js";
import { undoAttempt } from "./ending/undo.js";
import { describeInterrupted } from "./journal/unfinished.js";

import type { RecoverOptions } from "./options.js";

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
    const reopened = await reopenAttempt(options, journal, steps, lock);
    const ending = await (how === "undo" ? goBack(reopened) : goOn(reopened));
    if (ending !== null) {
      const { attempt } = reopened;
      attempt.notes.unshift(describeInterrupted(journal));
      const report = {
        system: system.id,
        location: journal.location,
        oldFingerprint: journal.oldFingerprint,
        steps: steps.taken,
        ...describeEnding({ attempt, ending }),
      };
      return { report, oldKey: attempt.oldKey, newKey: attempt.newKey };
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
async function goOn({ attempt, state }: Reopened): Promise<Ending | null> {
  const { step, format } = attempt.keeper.journal;
  if (state === "settled" || step === "commit") return settle(attempt);
  if (state === "foreign") return leaveForeign(attempt.store.location.path);
  if (state === "written") return finishAttempt(attempt, !(await takesNewKey(attempt)));
  if (step === "undo") return goBack({ attempt, state });
  tidyUp(attempt);
  if (format !== null) return null;
  throw new KeywardError("no-key", "the key that was brought was never written: nothing changed", {
    hint: "bring it again, with token set",
  });
}

async function takesNewKey({ server, newKey }: Reopened["attempt"]): Promise<boolean> {
  try {
    return (await askServer(server, newKey)).verdict === "enforced";
  } catch (error) {
    if (error instanceof KeywardError) return false;
    throw error;
  }
}

async function goBack({ attempt, state }: Reopened): Promise<Ending> {
  const { keeper, steps, store } = attempt;
  const { hadKey, leaked } = keeper.journal;
  const undone: Ending = { status: "undone", reason: null };
  if (state === "settled") return settle(attempt);
  if (state === "untouched") {
    await steps.run("undo", () => tidyUp(attempt));
    return undone;
  }
  if (state === "foreign") return leaveForeign(store.location.path);
  if (leaked || !hadKey) {
    const what = leaked ? "the leaked key" : "no key at all";
    throw new KeywardError("would-open", `that would be going back to ${what}`, {
      hint: "finish it with --resume",
    });
  }
  try {
    await steps.run("undo", () => undoAttempt(attempt));
    return undone;
  } catch (error) {
    remember(attempt, "stuck");
    return { status: "stuck", reason: explainFailure(error) };
  }
}

/** Only what it needed is still to be taken away. */
async function settle(attempt: Reopened["attempt"]): Promise<Ending> {
  const { keeper, steps } = attempt;
  const status = keeper.journal.step === "undo" ? "undone" : "rotated";
  await steps.run("commit", () => {
    remember(attempt, status);
    tidyUp(attempt);
  });
  return { status, reason: null };
}

function leaveForeign(path: string): Ending {
  const message = `another program put a third key into ${path}`;
  return { status: "stuck", reason: { code: "changed-meanwhile", message } };
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
