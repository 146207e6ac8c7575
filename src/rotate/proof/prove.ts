import { type RotationState, NotDone } from "../state.js";
import { findWider, type Listening, seeListening } from "./listening.js";
import { proveDead, type Proven } from "./prove-dead.js";
import { type RestartEnd, runRestart } from "./restart.js";
import { askUntil, codeOf, describeSaid, type ServerState } from "./server.js";

/** How long a server may take that its restart command has twice said to have failed. */
const hopelessMs = 5000;

/**
 * Runs the restart command, a second time where it says that it failed: `jean2 restart` does
 * nothing but tidy up when its pid file is stale.
 *
 * @returns how it ended; what that is worth only the server can tell
 * @throws Interrupted
 */
export async function restartServer(
  state: RotationState,
  signal: AbortSignal,
): Promise<RestartEnd> {
  const { machine, system, keeper, oldKey, newKey, timeoutMs, onOutput } = state;
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
 * Waits until the server takes a key and nothing else; of a new key it is enough that some of its
 * workers do.
 *
 * @param end how the restart command ended; null where none was run
 * @throws NotDone, Interrupted
 */
export async function waitForKey(
  state: RotationState,
  key: string,
  end: RestartEnd | null,
  signal: AbortSignal,
): Promise<void> {
  const { server, machine, keeper, timeoutMs } = state;
  const patience = end?.ok === false ? Math.min(timeoutMs, hopelessMs) : timeoutMs;
  const deadline = machine.clock.monotonic() + patience;
  // One that begins to let everybody in must not do so for the whole of that time; while that is
  // being undone, it may still do so for a moment.
  const { wasOpen, step } = keeper.journal;
  const mayBeOpen = wasOpen || step === "undo";
  // Some take it and some do not: whether that passes is for the proof to see.
  const isBack = ({ verdict, takesKey }: ServerState) =>
    verdict === "enforced" || (step !== "undo" && verdict === "inconclusive" && takesKey);
  const isOver = (said: ServerState) => isBack(said) || (said.verdict === "open" && !mayBeOpen);
  const said = await askUntil(server, key, isOver, deadline, signal);
  if (isBack(said)) return;
  const failed = end?.ok === false ? `${end.message}, and ` : "";
  throw new NotDone({ code: codeOf(said), message: failed + describeSaid(said, server.url) });
}

/**
 * Proves that the new key is taken, that the one which it replaced opens nothing any more, and that
 * the server listens where it did.
 *
 * @throws NotDone, Interrupted
 */
export async function proveRotation(
  state: RotationState,
  newKey: string,
  signal: AbortSignal,
): Promise<Proven> {
  const proof = await proveDead(state, newKey, signal);
  const now = proveWidth(state);
  if (state.oldMarks?.some((mark) => now?.marks.includes(mark)) === true) {
    const message = "the process from before still listens, and what key it takes is not known";
    throw new NotDone({ code: "same-process", message });
  }
  return proof;
}

/**
 * Proves that the server listens on no more than before, as far as that can be seen.
 *
 * @returns where it listens
 * @throws NotDone
 */
export function proveWidth({ server, system, machine, keeper }: RotationState): Listening | null {
  const now = seeListening(server.url, system, machine);
  const wider = findWider(keeper.journal.listening ?? [], now?.addresses ?? []);
  if (wider === null) return now;
  const message = `the restarted server listens on ${wider}, and did not before`;
  throw new NotDone({ code: "listens-wider", message });
}
