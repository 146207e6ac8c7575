import type { SystemId } from "../systems/contract/system.js";
import type { RotateReason } from "./reason.js";
import type { Proof } from "./state.js";
import type { Step } from "./steps/steps.js";

/** How a change went: the promised JSON, and beside it what people want to read. */
export interface RotateReport {
  readonly system: SystemId;
  readonly location: string;
  /**
   * - `rotated` the running server takes the new key and nothing else
   * - `unverified` written, and not proven: the running server was not asked, or not all of it
   * - `logged` written, and the server takes the old key in a URL alone, which now stands in its log
   * - `undone` it could not be finished, and the old key is back
   * - `stuck` it could neither be finished nor undone; `copy` and `journal` have what is needed
   * - `planned` worked out, and nothing changed
   * - `unchanged` there was nothing to do
   */
  readonly status:
    "rotated" | "unverified" | "logged" | "undone" | "stuck" | "planned" | "unchanged";
  readonly reason: RotateReason;
  /** How many workers of the server refused the old key; null where their number is not known. */
  readonly workers: Proof["workers"];
  readonly oldFingerprint: string | null;
  /** Null when nothing was written, and when the key was removed. */
  readonly newFingerprint: string | null;
  readonly steps: readonly Step[];
  /** Commands to type next, ready for a shell. */
  readonly next: readonly string[];
  /** What else is to be known, in words. */
  readonly notes: readonly string[];
  /** What there is of a proof; absent where there is none, and where it was made before it was cut off. */
  readonly proof?: Proof;
  /** Where a `stuck` rotation has the old bytes; null where it may not go back to them. */
  readonly copy?: string | null;
  /** Where it has put down how far it came. */
  readonly journal?: string;
}

/** The outcome for a caller that may hold the keys; {@link RotateReport} is for everybody else. */
export interface Rotation {
  readonly report: RotateReport;
  /** The key that was in force in the file, or null. */
  readonly oldKey: string | null;
  /** The key that is there now; null when nothing was written, and when the key was removed. */
  readonly newKey: string | null;
}
