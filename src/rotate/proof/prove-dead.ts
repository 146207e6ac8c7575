import { randomInt } from "node:crypto";

import type { Hand, Met } from "../../probe/ask-often.js";
import { NotDone, type Proof, type RotationState } from "../state.js";
import { pause } from "../interrupt.js";
import { askOnMany, askUntil, codeOf, describeSaid, type ServerState } from "./server.js";

/*
 * When an old key is dead. A server may have many workers of which one has not restarted, so that a
 * refusal tells of one worker only, while a single acceptance tells all.
 *
 * 1. The server is back when the new key is taken for the first time: `waitForKey` has seen that. Who
 *    took the old key before does not matter.
 * 2. Workers may restart one after the other. Until the new key is taken on every one of 32
 *    connections, for ten seconds at most, the old one is not shown.
 * 3. From then on, the old key that is taken once is not dead. It is tried once in every form, then
 *    in rounds: on 64 connections, with made-up keys and nothing on 16 each, and the new key, which
 *    must be taken, before or after every one of them.
 * 4. A round in which something was unclear proves nothing. It is repeated until the time is up.
 * 5. A server that counts tries, and answers 429, is asked no more: what it refused has to do.
 * 6. In the end the new key is taken in every form.
 */

const settleMs = 10_000;
const pauseMs = 250;

const settling: readonly Hand[] = Array.from({ length: 32 }, () => "key");
const wrong: readonly (readonly [Exclude<Hand, "key">, number])[] = [
  ["old-key", 64],
  ["garbage", 16],
  ["none", 16],
];

/** How a rotation was proven, and what else is to be said of that. */
export interface ProofWithNotes extends Proof {
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
): Promise<ProofWithNotes> {
  const { machine, timeoutMs } = state;
  const deadline = machine.clock.monotonic() + timeoutMs;
  const settled = await settle(state, newKey, deadline, signal);
  const forms = await tryEveryForm(state, deadline, signal);
  const notes = new Set<string>();
  for (;;) {
    const { oldKey, server } = state;
    const hands = mixHands(oldKey !== null);
    const met = await askOnMany(server, { key: newKey, oldKey, hands }, deadline, signal);
    refuseAcceptance(state, met);
    const limit = met.find(({ limits }) => limits);
    if (limit !== undefined) {
      const made = met.filter(({ hand, observed }) => hand !== "key" && observed === "refuse");
      notes.add(
        `the server limits wrong tries, so that only ${made.length} were made: not every worker may have been asked`,
      );
    }
    const odd = met.find((one) => one.observed === "unclear" && !one.limits);
    if (odd === undefined) {
      const answered = met.filter(({ limits }) => !limits).length;
      const last = await useEveryForm(state, newKey, deadline, signal);
      return { checks: settled + forms + answered + last, notes: [...notes] };
    }
    if (machine.clock.monotonic() + pauseMs >= deadline) {
      const message = `the server at ${server.url}: ${odd.detail}`;
      throw new NotDone({ code: "unclear", message });
    }
    await pause(pauseMs, signal);
  }
}

/** @returns how many connections took the new key */
async function settle(
  { server, machine }: RotationState,
  key: string,
  deadline: number,
  signal: AbortSignal,
): Promise<number> {
  const { clock } = machine;
  const end = Math.min(deadline, clock.monotonic() + settleMs);
  for (;;) {
    const asked = { key, oldKey: null, hands: settling };
    const met = await askOnMany(server, asked, deadline, signal);
    const isDone = met.every(({ observed, limits }) => observed === "accept" || limits);
    if (isDone || clock.monotonic() + pauseMs >= end) {
      return met.filter(({ observed }) => observed === "accept").length;
    }
    await pause(pauseMs, signal);
  }
}

/** @returns how many checks there were; none where there was no old key */
async function tryEveryForm(
  { server, oldKey }: RotationState,
  deadline: number,
  signal: AbortSignal,
): Promise<number> {
  if (oldKey === null) return 0;
  const said = await askUntil(
    server,
    oldKey,
    ({ verdict, takesKey }) =>
      takesKey || ["key-rejected", "open", "wrong-service"].includes(verdict),
    deadline,
    signal,
  );
  if (said.takesKey) throw stillTakes(server.url);
  if (said.verdict === "key-rejected") return said.checks;
  throw new NotDone({ code: codeOf(said), message: describeSaid(said, server.url) });
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

function refuseAcceptance({ server: { url } }: RotationState, met: readonly Met[]): void {
  const taken = new Set(
    met.filter(({ observed }) => observed === "accept").map(({ hand }) => hand),
  );
  if (taken.has("old-key")) throw stillTakes(url);
  if (taken.has("garbage") || taken.has("none")) {
    const what = taken.has("none") ? "answers without a key" : "takes a made-up key";
    const message = `the server at ${url} ${what} on some connections`;
    throw new NotDone({ code: "lets-in-anybody", message });
  }
  if (met.some(({ hand, observed }) => hand === "key" && observed === "refuse")) {
    const message = `the server at ${url} does not take the new key on every connection: one of its workers may not have restarted`;
    throw new NotDone({ code: "new-key-refused", message });
  }
}

function stillTakes(url: string): NotDone {
  const message = `the server at ${url} still takes the old key: one of its workers may not have restarted`;
  return new NotDone({ code: "old-key-accepted", message });
}

/**
 * Every wrong one beside the new key: who counts wrong tries until a right one comes gets nowhere.
 * In random order, since workers that take turns would each be shown always the same.
 */
function mixHands(withOldKey: boolean): Hand[] {
  const hands = wrong
    .filter(([hand]) => withOldKey || hand !== "old-key")
    .flatMap(([hand, times]) => Array.from({ length: times }, () => hand));
  for (let at = hands.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [hands[at], hands[other]] = [hands[other] ?? "none", hands[at] ?? "none"];
  }
  return hands.flatMap((hand): Hand[] => (randomInt(2) === 0 ? ["key", hand] : [hand, "key"]));
}
