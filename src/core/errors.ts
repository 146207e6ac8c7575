import { type Hint, spellHint } from "./hint.js";

/**
 * What can go wrong, as a closed set. `cli/exit.ts` maps each to an exit code.
 *
 * - `usage` the caller asked for something that cannot be asked for
 * - `cancelled` a person said no, or pressed Ctrl-C
 * - `no-home` the home folder is unknown
 * - `system-unknown` it is not clear which system is meant
 * - `not-found`, `unreadable`, `unwritable`, `not-a-file`, `hard-link`, `foreign-folder`, `tracked-by-git` a file, or its folder
 * - `untrusted` somebody else may have written a file that would be obeyed
 * - `cannot-be-told` something hides what would decide: a shell's command line, a foreign process
 * - `malformed` a file is there but its format is not what its reader takes
 * - `unspeakable` no spelling carries the value through the reader of that file
 * - `changed-meanwhile`, `write-failed`, `verify-failed` a safe write that was given up; the file is as it was
 * - `locked` another process is changing the same file
 * - `key-already-set`, `no-key`, `key-refused` about the key itself
 * - `key-reference` where the key belongs stands a reference: which key the server has cannot be told
 * - `token-refused` a JWT that is not issued as it was asked for
 * - `name-taken` another server has that name
 * - `shadowed` another location wins over the file
 * - `unsafe-bind` listening there would let anybody in
 * - `would-open` doing it would let anybody in to a server
 * - `target-refused` the key may not be sent to that address
 * - `address-in-use`, `cannot-listen`, `program-missing`, `program-failed` outside programs and sockets
 * - `interrupted` an earlier rotation was cut off and waits to be finished or undone
 * - `unprovable` what a restart would do to the server could not be proven, so nothing was changed
 * - `not-started` a command was not started, because its server would let anybody in
 * - `command-not-found`, `command-not-runnable` the command that `run` was given
 * - `undone`, `stuck` a rotation that did not end well
 * - `internal` a defect of ours
 */
export type ErrorCode =
  | "usage"
  | "cancelled"
  | "no-home"
  | "system-unknown"
  | "not-found"
  | "unreadable"
  | "unwritable"
  | "not-a-file"
  | "hard-link"
  | "foreign-folder"
  | "tracked-by-git"
  | "untrusted"
  | "cannot-be-told"
  | "malformed"
  | "unspeakable"
  | "changed-meanwhile"
  | "write-failed"
  | "verify-failed"
  | "locked"
  | "key-already-set"
  | "no-key"
  | "key-refused"
  | "key-reference"
  | "token-refused"
  | "name-taken"
  | "shadowed"
  | "unsafe-bind"
  | "would-open"
  | "target-refused"
  | "address-in-use"
  | "cannot-listen"
  | "program-missing"
  | "program-failed"
  | "interrupted"
  | "unprovable"
  | "not-started"
  | "command-not-found"
  | "command-not-runnable"
  | "undone"
  | "stuck"
  | "internal";

/**
 * A failure that is not the programmer's: what happened, where, and what to do next.
 * Messages never hold a key, a token or a secret; they are lower case and have no full stop.
 */
export class KeywardError extends Error {
  override readonly name = "KeywardError";
  readonly code: ErrorCode;
  /** The next thing to do, usually a command to type. */
  readonly hint: string | undefined;
  /** The same before it was spelled, for whoever knows which server it is about. */
  readonly advice: Hint | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: Hint; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.advice = options.hint;
    this.hint = options.hint === undefined ? undefined : spellHint(options.hint);
  }
}

/** The `code` of a failed system call (`ENOENT`, `EACCES`, …), or undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
