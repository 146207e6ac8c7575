import { describeFailure } from "../../files/file-errors.js";
import type { Attempt } from "../attempt.js";
import { appendHistory, type HistoryEntry, readHistory } from "../journal/history.js";
import { removeCopy } from "../journal/old-copy.js";

/** Takes the copy away, then the journal: there is nothing left to finish or to undo. */
export function tidyUp({ keeper, machine, notes }: Attempt): void {
  const { copy } = keeper.journal;
  if (!removeCopy(copy, machine)) notes.push(`${copy} could not be removed: it holds the old key`);
  else if (!keeper.remove()) notes.push(`the journal ${keeper.path} could not be removed`);
}

/** The outcome stands whether or not the history can be written: a failure there is only said. */
export function remember(
  { system, store, keeper, machine, notes }: Attempt,
  outcome: HistoryEntry["outcome"],
): void {
  const { oldFingerprint, newFingerprint, since: began } = keeper.journal;
  const location = store.location.path;
  try {
    const isKnown = readHistory(machine).some(
      (entry) => entry.began === began && entry.location === location && entry.outcome === outcome,
    );
    if (isKnown) return;
    appendHistory(
      { system: system.id, location, oldFingerprint, newFingerprint, outcome, began },
      machine,
    );
  } catch (error) {
    notes.push(`the history could not be written: ${describeFailure(error)}`);
  }
}
