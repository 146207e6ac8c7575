import { openTries, type OpenTries } from "../../probe/tries.js";
import { KeywardError } from "../../core/errors.js";
import { NotDone, type Proof, type RotationState } from "../state.js";
import { pause, untilInterrupted } from "../interrupt.js";
import type { RotateReason } from "../reason.js";
import { WorkerCount } from "./count-workers.js";
import { judgeMeeting, noteLimit } from "./judge-meeting.js";
import { meetWorkers } from "./meet-workers.js";
import { refuseAcceptance } from "./refuse-acceptance.js";
import { askUntil, codeOf, describeProbe, describeSaid, type ServerState } from "./server.js";
import { tryLogged } from "./try-logged.js";

/*
 * When an old key is dead. A server may have many workers of which one has not restarted, so that a
 * refusal tells of one worker only, while a single acceptance tells all.
 *
 * 1. The server is back when the new key is taken for the first time: `waitForKey` has seen that. Who
 *    took the old key before does not matter.
 * 2. Workers may restart one after the other. Until the new key is taken on every one of 32
 *    connections, for ten seconds at most, the old one is not shown. Then it is taken in every form.
 * 3. From then on, the old key that is taken once is not dead. Every worker has to refuse it, beside
 *    made-up keys and nothing: `meetWorkers`.
 * 4. Only when all that has refused it, it is tried in URLs that are logged: `tryLogged`.
 */

const settleMs = 10_000;
const meetMs = 10_000;
const pauseMs = 250;
const settlingTries = 32;
const atOnce = 16;
/** One that keeps a connection without a word is given that long, whatever time is left. */
const graceMs = 10_000;

/** What a proof came to. */
export interface Proven {
  readonly proof: Proof;
  readonly status: "rotated" | "unverified" | "logged";
  readonly reason: RotateReason;
  readonly notes: readonly string[];
}

/**
 * Proves that the new key is taken, and that the one which it replaced, made-up ones and nothing are
 * refused, whichever worker answers.
 *
 * @throws NotDone, Interrupted
 */
export async function proveDead(
  state: RotationState,
  newKey: string,
  signal: AbortSignal,
): Promise<Proven> {
  const { machine, server, oldKey, timeoutMs } = state;
  const { clock } = machine;
  const { url } = server;
  const deadline = clock.monotonic() + timeoutMs;
  const settled = await settle(state, newKey, deadline, signal);
  const used = await useEveryForm(state, newKey, deadline, signal);
  const tries = await open(state, newKey, deadline, signal);
  const { address, port } = tries;
  const count = tries.local ? new WorkerCount(machine, address, port) : null;
  const end = Math.min(deadline, clock.monotonic() + meetMs);
  const lastEnd = Math.max(deadline, clock.monotonic() + meetMs);
  const hadKey = oldKey !== null;
  const meeting = await meetWorkers({ tries, count, url, hadKey, end, lastEnd, clock, signal });
  const verdict = judgeMeeting(meeting, hadKey);
  const mayTryLogged = hadKey && meeting.limit === null;
  const logged = mayTryLogged ? await tryLogged(tries, count, meeting.workers, signal) : null;
  const { workers } = meeting;
  const proof: Proof = {
    checks: settled + used + meeting.checks + (logged?.checks ?? 0),
    tries: meeting.tries,
    workers: workers && { met: workers.met, seen: workers.seen },
  };
  const notes = [noteLimit(meeting), logged?.note ?? null].filter((note) => note !== null);
  if (logged === null || logged.acceptedBy === null) return { proof, ...verdict, notes };
  const message = `the server at ${url} still takes the old key in the URL of ${logged.acceptedBy}, and it now stands in the server's log`;
  return { proof, status: "logged", reason: { code: "accepted", message }, notes };
}

/** Gets ready for many tries, again and again until the server is clear about it. */
async function open(
  { server, oldKey, machine: { clock } }: RotationState,
  key: string,
  deadline: number,
  signal: AbortSignal,
): Promise<OpenTries> {
  for (;;) {
    const timeoutMs = Math.max(deadline - clock.monotonic(), 0) + graceMs;
    const opened = await untilInterrupted(
      openTries({ ...describeProbe(server), key, oldKey, timeoutMs }).catch(explain),
      signal,
    );
    if ("ways" in opened) return opened;
    refuseAcceptance([opened.met], server.url);
    if (clock.monotonic() + pauseMs >= deadline) {
      const message = `the server at ${server.url}: ${opened.met.detail}`;
      throw new NotDone({ code: "unclear", message });
    }
    await pause(pauseMs, signal);
  }
}

/** A refusal to send the key, to another user's server say, is an answer too. */
function explain(error: unknown) {
  if (!(error instanceof KeywardError)) throw error;
  return { met: { hand: "key", observed: "unclear", detail: error.message } } as const;
}

/** @returns how many connections took the new key */
async function settle(
  state: RotationState,
  newKey: string,
  deadline: number,
  signal: AbortSignal,
): Promise<number> {
  const { clock } = state.machine;
  const end = Math.min(deadline, clock.monotonic() + settleMs);
  for (;;) {
    const tries = await open(state, newKey, deadline, signal);
    const [key] = tries.ways.key;
    let [taken, limited] = [0, 0];
    for (let made = 0; made < settlingTries; made += atOnce) {
      const asked = Array.from({ length: atOnce }, () => tries.present(key));
      const met = await untilInterrupted(Promise.all(asked), signal);
      taken += met.filter(({ observed }) => observed === "accept").length;
      limited += met.filter(({ limits }) => limits).length;
    }
    if (taken + limited >= settlingTries || clock.monotonic() + pauseMs >= end) return taken;
    await pause(pauseMs, signal);
  }
}

/** @returns how many checks there were */
async function useEveryForm(
  { server }: RotationState,
  newKey: string,
  deadline: number,
  signal: AbortSignal,
): Promise<number> {
  const isOver = ({ verdict }: ServerState) => verdict === "enforced" || verdict === "open";
  const said = await askUntil(server, newKey, isOver, deadline, signal);
  if (said.verdict === "enforced") return said.checks;
  throw new NotDone({ code: codeOf(said), message: describeSaid(said, server.url) });
}
