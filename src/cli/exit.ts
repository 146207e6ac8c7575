import type { ErrorCode } from "../core/errors.js";

/** What a caller learns from the exit status alone. */
export const exit = {
  /** Done, or the answer is yes. */
  ok: 0,
  /** The answer is no. */
  no: 1,
  /** The command line made no sense. */
  usage: 2,
  /** Could not do it, or could not tell. */
  failed: 3,
  /** A rotation was undone; the old key is back. */
  undone: 4,
  /** A rotation was neither finished nor undone. */
  stuck: 5,
  /** `run` refused to start the command. */
  refused: 125,
  /** `run` could not start the command, or found none of that name: as env, timeout and docker have it. */
  notRunnable: 126,
  notFound: 127,
  /** A person cancelled. */
  cancelled: 130,
} as const;

const byCode: Partial<Record<ErrorCode, number>> = {
  usage: exit.usage,
  cancelled: exit.cancelled,
  "unsafe-bind": exit.no,
  "not-started": exit.refused,
  "command-not-runnable": exit.notRunnable,
  "command-not-found": exit.notFound,
  undone: exit.undone,
  stuck: exit.stuck,
};

/** The one place that turns a failure into an exit status. */
export function exitCodeFor(code: ErrorCode): number {
  return byCode[code] ?? exit.failed;
}
