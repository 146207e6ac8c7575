import { type Attempt, NotDone, type RotateReasonCode } from "./attempt.js";
import { findWider, type Listening, seeListening } from "./listening.js";
import { type RestartEnd, runRestart } from "./restart.js";
import { askUntil, type Said } from "./server.js";

/** How long a server may take that its restart command has twice said to have failed. */
const hopelessMs = 5000;

/**
 * Runs the restart command, a second time where it says that it failed: `jean2 restart` does
 * nothing but tidy up when its pid file is stale.
 *
 * @returns how it ended; what that is worth only the server can tell
 * @throws Interrupted
 */
export async function restartServer(attempt: Attempt, signal: AbortSignal): Promise<RestartEnd> {
  const { machine, system, keeper, oldKey, newKey, timeoutMs, onOutput } = attempt;
  attempt.restarted = "yes";
  const run = {
    command: keeper.journal.command,
    machine,
    variable: system.variable,
    secrets: [oldKey, newKey].filter((key) => key !== null),
    timeoutMs,
    signal,
    onOutput,
  };
  const first = await runRestart(run);
  return first.failed ? runRestart(run) : first;
}

/**
 * Waits until the server takes a key and nothing else.
 *
 * @param end how the restart command ended; null where none was run
 * @throws NotDone, Interrupted
 */
export async function waitForKey(
  attempt: Attempt,
  key: string,
  end: RestartEnd | null,
  signal: AbortSignal,
): Promise<void> {
  const { server, machine, keeper, timeoutMs } = attempt;
  const patience = end?.ok === false ? Math.min(timeoutMs, hopelessMs) : timeoutMs;
  const deadline = machine.clock.monotonic() + patience;
  // One that begins to let everybody in must not do so for the whole of that time; while that is
  // being undone, it may still do so for a moment.
  const { wasOpen, step } = keeper.journal;
  const never = wasOpen || step === "undo" ? [] : (["open"] as const);
  const said = await askUntil(server, key, { verdicts: ["enforced"], never }, deadline, signal);
  if (said.verdict === "enforced") return;
  const failed = end?.ok === false ? `${end.message}, and ` : "";
  throw new NotDone({ code: codeOf(said), message: failed + describeSaid(said, server.url) });
}

function codeOf({ verdict }: Said): RotateReasonCode {
  if (verdict === "open") return "lets-in-anybody";
  if (verdict === "key-rejected") return "new-key-refused";
  return verdict === "unreachable" ? "not-answering" : "unclear";
}

function describeSaid({ verdict, message }: Said, url: string): string {
  if (verdict === "key-rejected") return `the server at ${url} does not take the key in the file`;
  return `the server at ${url}: ${message}`;
}

/**
 * Proves that the key that was replaced opens nothing any more, and that the server listens where it
 * did. That the new one is taken, and nothing else, has been seen by now.
 *
 * @throws NotDone, Interrupted
 */
export async function proveRotation(attempt: Attempt, signal: AbortSignal): Promise<void> {
  const { server, machine, oldKey, oldMarks, timeoutMs } = attempt;
  if (oldKey !== null) {
    const deadline = machine.clock.monotonic() + timeoutMs;
    const until = {
      verdicts: ["key-rejected"] as const,
      never: ["enforced", "open", "wrong-service"] as const,
    };
    const said = await askUntil(server, oldKey, until, deadline, signal);
    if (said.verdict === "enforced") {
      const message = `the server at ${server.url} still takes the old key`;
      throw new NotDone({ code: "old-key-accepted", message });
    }
    if (said.verdict !== "key-rejected") {
      throw new NotDone({ code: codeOf(said), message: describeSaid(said, server.url) });
    }
  }
  const now = proveWidth(attempt);
  if (oldMarks?.some((mark) => now?.marks.includes(mark)) === true) {
    const message = "the process from before still listens, and what key it takes is not known";
    throw new NotDone({ code: "same-process", message });
  }
}

/**
 * Proves that the server listens on no more than before, as far as that can be seen.
 *
 * @returns where it listens
 * @throws NotDone
 */
export function proveWidth({ server, system, machine, keeper }: Attempt): Listening | null {
  const now = seeListening(server.url, system, machine);
  const wider = findWider(keeper.journal.listening ?? [], now?.addresses ?? []);
  if (wider === null) return now;
  const message = `the restarted server listens on ${wider}, and did not before`;
  throw new NotDone({ code: "listens-wider", message });
}
