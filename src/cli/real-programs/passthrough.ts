import { spawn } from "node:child_process";

import { KeywardError, systemErrorCode } from "../../core/errors.js";
import type { Context } from "../context.js";
import { dieBy, relaySignals } from "./job.js";
import { findProgram, variableOf, type SharedName } from "./programs.js";

/** Counts in the environment how often keyward has handed on to something that came back to it. */
const HOPS = "KEYWARD_HOPS";
/** Enough for terminals within terminals; a loop through a wrapper that we do not know ends here. */
const MOST_HOPS = 10;

/** How a program ended: by itself, or by a signal. */
type End =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: NodeJS.Signals };

/**
 * Hands a command on to the real program of that name, with the arguments, streams and terminal as
 * they are, and stands in for it as far as signals, job control and the exit status go.
 *
 * It is started as a child because Node 20 cannot become another program, and the
 * `process.execve` of later ones hands SIGPIPE on as ignored and aborts when the start fails.
 *
 * @returns its exit status, or null when this machine has no such program. When a signal ended it,
 *   the same signal ends this process; should that fail, 128 and the signal's number.
 * @throws KeywardError `program-missing` when `KEYWARD_JEAN2` or `KEYWARD_JARVIS` is wrong,
 *   `program-failed` when the program cannot be started or leads back here
 */
export async function passThrough(
  name: SharedName,
  argv: readonly string[],
  context: Context,
): Promise<number | null> {
  const program = findProgram(name, context);
  if (program === null) return null;
  const hops = Number.parseInt(context.env[HOPS] ?? "", 10) || 0;
  if (hops >= MOST_HOPS) {
    throw new KeywardError("program-failed", `${program} starts keyward again and again`, {
      hint: `set ${variableOf(name)} to the absolute path of the real ${name}`,
    });
  }
  return runInPlace(program, argv, { ...context.env, [HOPS]: String(hops + 1) }, context);
}

/**
 * Runs a program in the place of this one: with its streams and terminal, its signals, its job
 * control and its end.
 *
 * @param program a path, or a name that the PATH of `env` leads to
 * @returns its exit status; when a signal ended it, as {@link passThrough}
 * @throws KeywardError `program-failed` when it cannot be started
 */
export async function runInPlace(
  program: string,
  argv: readonly string[],
  env: Record<string, string | undefined>,
  context: Context,
): Promise<number> {
  const end = await run(program, argv, env, context);
  return end.signal === null ? end.code : dieBy(end.signal, context);
}

async function run(
  program: string,
  argv: readonly string[],
  env: Record<string, string | undefined>,
  context: Context,
): Promise<End> {
  let pid: number | undefined;
  // Before the start, so that no signal can end us alone and leave the program behind.
  const stopRelaying = relaySignals(() => pid, context);
  try {
    return await new Promise<End>((resolve, reject) => {
      // Called by its path, so that a program that looks for itself by that name does not find us.
      const child = spawn(program, argv, { env, stdio: "inherit" });
      pid = child.pid;
      child.on("error", reject);
      child.on("exit", (code, signal) => {
        resolve(signal === null ? { code: code ?? 0, signal } : { code: null, signal });
      });
    });
  } catch (cause) {
    const reason = systemErrorCode(cause);
    if (reason === undefined) throw cause;
    throw new KeywardError("program-failed", `${program} cannot be started: ${reason}`, {
      ...hintFor(program, reason),
      cause,
    });
  } finally {
    stopRelaying();
  }
}

function hintFor(program: string, reason: string): { readonly hint?: string } {
  if (program.includes("/")) {
    const hint = "see whether the interpreter in its first line exists";
    return reason === "ENOENT" ? { hint } : {};
  }
  // A folder of the PATH that may not be searched makes EACCES of what is just not there.
  const hint = "see whether it is on the PATH, and may be run";
  return reason === "ENOENT" || reason === "EACCES" ? { hint } : {};
}
