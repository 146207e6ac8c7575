import { describeFailure } from "../../files/file-errors.js";
import { type Attempt, explainFailure, holdsOldBytes } from "../attempt.js";
import { type RotateReason } from "../reason.js";
import { heedInterrupt } from "../interrupt.js";
import type { Proof } from "../proof/prove-dead.js";
import { proveRotation, restartServer, waitForKey } from "../proof/prove.js";
import { remember, tidyUp } from "./settle.js";
import { undoAttempt } from "./undo.js";

/** How an attempt ended. */
export interface Ending {
  readonly status: "rotated" | "undone" | "stuck";
  /** Why it did not end as it should; null when it did. */
  readonly reason: RotateReason | null;
  /** Absent where it was not proven now: it had been before it was cut off. */
  readonly proof?: Proof;
}

/**
 * Sees a rotation through whose new key is in the file: restarts, waits, proves, commits; or undoes
 * it, or where that may not be or fails leaves all that is needed for it.
 *
 * @param restart false when the server takes the new key already
 */
export async function finishAttempt(attempt: Attempt, restart = true): Promise<Ending> {
  const { steps, keeper, interrupt, newKey } = attempt;
  if (newKey === null) throw new TypeError("a restart is proven by a key");
  const { first } = interrupt;
  let proof: Proof;
  try {
    await heedInterrupt(first);
    if (restart) {
      const end = await steps.run("restart", () => {
        keeper.enter("restart");
        return restartServer(attempt, first);
      });
      await steps.run("wait", () => {
        keeper.enter("wait");
        return waitForKey(attempt, newKey, end, first);
      });
    }
    proof = await steps.run("prove", () => {
      keeper.enter("prove");
      return proveRotation(attempt, newKey, first);
    });
  } catch (error) {
    return giveUp(attempt, explainFailure(error));
  }
  await steps.run("commit", () => commitAttempt(attempt));
  return { status: "rotated", reason: null, proof };
}

/** Undoes an attempt that cannot be finished; what cannot be undone either is left as it is. */
export async function giveUp(attempt: Attempt, reason: RotateReason): Promise<Ending> {
  const { keeper, steps, notes } = attempt;
  const { hadKey, leaked } = keeper.journal;
  const never = leaked
    ? "the leaked key is never put back"
    : hadKey
      ? null
      : "there was no key before, and the server is never left without one again";
  if (never === null) {
    try {
      await steps.run("undo", () => undoAttempt(attempt));
      return { status: "undone", reason };
    } catch (error) {
      const { message } = explainFailure(error);
      notes.push(holdsWhich(attempt), `undoing it failed: ${message}`);
    }
  } else {
    notes.push(`the new key stays: ${never}`);
  }
  remember(attempt, "stuck");
  return { status: "stuck", reason };
}

function holdsWhich(attempt: Attempt): string {
  const { path } = attempt.store.location;
  try {
    return `${path} has its ${holdsOldBytes(attempt) ? "old bytes" : "new key"}`;
  } catch (error) {
    return `what ${path} has cannot be told: ${describeFailure(error)}`;
  }
}

/** From here on it is done, whatever happens: what cannot be tidied up is only said. */
function commitAttempt(attempt: Attempt): void {
  const { keeper, notes } = attempt;
  try {
    keeper.enter("commit");
  } catch (error) {
    notes.push(describeFailure(error));
  }
  remember(attempt, "rotated");
  tidyUp(attempt);
}
