/**
 * Why a rotation ended as it did.
 *
 * - `proven` every worker that is known of refused the old key
 * - `no-restart` the running server was not asked, `stopped` there is none
 * - `workers-not-met` some workers were not shown the old key, `workers-unknown` nobody knows how
 *   many there are, and few tries were made
 * - `old-key-unknown` the copy with the old key is gone
 * - `accepted` the old key is still taken
 * - `dry-run` nothing was to be changed, `not-due` nothing had to be, `asked-to` undone as it was wanted
 * - all others: what went wrong
 */
export type RotateReasonCode =
  | "proven"
  | "no-restart"
  | "stopped"
  | "workers-not-met"
  | "workers-unknown"
  | "accepted"
  | "dry-run"
  | "not-due"
  | "asked-to"
  | "not-answering"
  | "new-key-refused"
  | "same-process"
  | "lets-in-anybody"
  | "listens-wider"
  | "unclear"
  | "old-key-unknown"
  | "interrupted"
  | "write-failed"
  | "changed-meanwhile";

/** The same, with the words for it. */
export interface RotateReason {
  readonly code: RotateReasonCode;
  readonly message: string;
}

/** Of a rotation that was undone because it was to be. */
export const askedTo: RotateReason = { code: "asked-to", message: "it was to be undone" };
