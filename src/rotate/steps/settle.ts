import { describeFailure } from "../../files/file-errors.js";
import { type HistoryEntry, rememberChange } from "../journal/history.js";
import type { JournalOutcome } from "../journal/journal-shape.js";
import { removeCopy } from "../journal/old-copy.js";
import { holdsOldBytes, type RotationState } from "../state.js";

/** Why a rotation never goes back to what was before; null where it may. */
export function forbidsUndo({ keeper }: RotationState): string | null {
  const { hadKey, leaked } = keeper.journal;
  if (leaked) return "the leaked key is never put back";
  if (hadKey) return null;
  return "there was no key before, and the server is never left without one again";
}

/**
 * From here on it is done, whatever happens: what cannot be tidied up is only said.
 *
 * @returns what is to be said, null for nothing
 */
export function commit(state: RotationState, outcome: JournalOutcome): (string | null)[] {
  return [enterCommit(state, outcome), remember(state, outcome.status), tidyUp(state)];
}

function enterCommit({ keeper }: RotationState, outcome: JournalOutcome): string | null {
  try {
    keeper.enter("commit", { outcome });
    return null;
  } catch (error) {
    return describeFailure(error);
  }
}

/**
 * Takes the copy away, then the journal: there is nothing left to finish or to undo.
 *
 * @returns what could not be taken away; null for nothing
 */
export function tidyUp({ keeper, machine }: RotationState): string | null {
  const { copy } = keeper.journal;
  if (!removeCopy(copy, machine)) return `${copy} could not be removed: it holds the old key`;
  return keeper.remove() ? null : `the journal ${keeper.path} could not be removed`;
}

/**
 * Puts the end of a rotation into the history; one that is resumed stands there once.
 *
 * @returns why it could not; null when it could
 */
export function remember(
  { system, store, keeper, machine }: RotationState,
  outcome: HistoryEntry["outcome"],
): string | null {
  const { oldFingerprint, newFingerprint, since: began } = keeper.journal;
  const location = store.location.path;
  return rememberChange(
    { system: system.id, location, oldFingerprint, newFingerprint, outcome, began },
    machine,
  );
}

/** What a file has whose rotation was neither finished nor undone. */
export function describeFile(state: RotationState): string {
  const { path } = state.store.location;
  try {
    return `${path} has its ${holdsOldBytes(state) ? "old bytes" : "new key"}`;
  } catch (error) {
    return `what ${path} has cannot be told: ${describeFailure(error)}`;
  }
}
