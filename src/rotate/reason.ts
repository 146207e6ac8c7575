/** Why a rotation did not end as it should. */
export type RotateReasonCode =
  | "restart-failed"
  | "not-answering"
  | "new-key-refused"
  | "old-key-accepted"
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
