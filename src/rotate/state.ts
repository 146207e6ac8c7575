import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { describeFailure } from "../files/file-errors.js";
import type { Lock } from "../files/lock.js";
import { findFile } from "../files/file-checks.js";
import type { Format } from "../locations/read-location.js";
import { sameBytes } from "../files/leftovers.js";
import type { Store } from "../locations/store.js";
import type { System } from "../systems/contract/system.js";
import { Interrupted, type Interrupt } from "./interrupt.js";
import type { JournalKeeper } from "./journal/journal.js";
import type { Server } from "./proof/server.js";
import type { RotateReason } from "./reason.js";
import type { Steps } from "./steps/steps.js";

/** A rotation under way, from its copy to its end. A step changes none of it: it returns the next. */
export interface RotationState {
  readonly system: System;
  readonly machine: Machine;
  readonly store: Store;
  readonly lock: Lock;
  /** The rules of the file, on bytes alone. */
  readonly format: Format;
  readonly keeper: JournalKeeper;
  readonly server: Server;
  readonly steps: Steps;
  readonly interrupt: Interrupt;
  /** What the file held; null where there was none. */
  readonly oldBytes: Buffer | null;
  readonly oldKey: string | null;
  /** What is in the file, or goes there. */
  readonly newKey: string | null;
  /** Whether the server may have been restarted since the new key was written. */
  readonly restarted: "no" | "maybe" | "yes";
  /** The server's sockets before; null where they cannot be compared. */
  readonly oldMarks: readonly number[] | null;
  /** Milliseconds for the server to come back. */
  readonly timeoutMs: number;
  readonly onOutput?: ((line: string) => void) | undefined;
  /** What is to be said in the end, in words. */
  readonly notes: readonly string[];
}

/** How a rotation ended. */
export interface Ending {
  readonly state: RotationState;
  readonly status: "rotated" | "unverified" | "logged" | "undone" | "unchanged" | "stuck";
  readonly reason: RotateReason;
  /** Absent where it was not proven now: it had been before it was cut off. */
  readonly proof?: Proof;
}

/** How a rotation was proven, or what there is of a proof. */
export interface Proof {
  /** How often the server was asked, and answered as it should. */
  readonly checks: number;
  /** On how many connections the old key was refused; where there was none, a made-up one. */
  readonly tries: number;
  /** How many of its workers refused it; null where it cannot be told how many there are. */
  readonly workers: { readonly met: number; readonly seen: number } | null;
}

/** Thrown inside a rotation when a step shows that it cannot be finished. */
export class NotDone extends Error {
  override readonly name = "NotDone";

  constructor(readonly reason: RotateReason) {
    super(reason.message);
  }
}

/** What a failure of any step is called in the report. */
export function explainFailure(error: unknown): RotateReason {
  if (error instanceof NotDone) return error.reason;
  if (error instanceof Interrupted) return { code: "interrupted", message: "it was interrupted" };
  const code =
    error instanceof KeywardError && error.code === "changed-meanwhile"
      ? error.code
      : "write-failed";
  return { code, message: describeFailure(error) };
}

/** The state with something more to be said in the end. */
export function addNotes<State extends { readonly notes: readonly string[] }>(
  state: State,
  ...notes: readonly (string | null)[]
): State {
  const said = notes.filter((note) => note !== null);
  return said.length === 0 ? state : { ...state, notes: [...state.notes, ...said] };
}

/** A key as the server takes it: null where it asks for none. */
export function readKey(format: Format, bytes: Buffer | null, system: System): string | null {
  const value = bytes === null ? null : format.read(bytes).value;
  return (system.trimsKey === true ? value?.trim() : value) || null;
}

/** Whether the file holds what it held before the rotation. */
export function holdsOldBytes({
  store,
  machine,
  oldBytes,
}: Pick<RotationState, "store" | "machine" | "oldBytes">): boolean {
  return sameBytes(findFile(store.location.path, machine).bytes, oldBytes);
}
