import { aboutServer } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { acquireLock, type Lock } from "../../files/lock.js";
import type { System } from "../../systems/contract/system.js";
import { findJournal } from "./journal.js";
import type { Journal, JournalStep } from "./journal-shape.js";

/** What had happened by the time that a rotation was cut off, to stand after "it was cut off". */
const stories: Readonly<Record<JournalStep, string>> = {
  copy: "before anything was changed",
  make: "before anything was changed",
  write: "while the new key was written",
  restart: "while the server was restarted",
  wait: "while the server came back",
  prove: "before it was proven",
  commit: "when it was proven, and only had to be tidied up",
  undo: "while it was undone",
};

/**
 * Refuses to change a key whose last rotation was cut off.
 *
 * @param lock the lock of the file, where it is held; else it is looked whether another holds it
 * @throws KeywardError `interrupted`; `locked` when that rotation is still under way
 */
export function refuseUnfinished(system: System, machine: Machine, lock?: Lock): void {
  const found = findJournal(system, machine);
  if (found === null) return;
  if (lock === undefined) acquireLock(found.location, machine).release();
  throw new KeywardError("interrupted", describeInterrupted(found.journal), {
    hint: [
      "finish it with: ",
      aboutServer("token rotate --resume"),
      "; or go back with: ",
      aboutServer("token rotate --undo"),
    ],
  });
}

/** What happened to a rotation that left a journal. */
export function describeInterrupted({ location, since, user, host, step }: Journal): string {
  return `the rotation of ${location} that ${user} began on ${host} at ${since} was cut off ${stories[step]}`;
}
