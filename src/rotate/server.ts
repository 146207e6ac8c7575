import { KeywardError } from "../errors.js";
import type { Machine } from "../machine.js";
import type { Trust } from "../probe/connect.js";
import type { ListenerPolicy } from "../probe/listener.js";
import { probe } from "../probe/probe.js";
import type { ProbeReport, Verdict } from "../probe/report.js";
import type { Requester } from "../probe/requester.js";
import type { System } from "../systems/system.js";
import { pause, untilInterrupted } from "./interrupt.js";

/** The running server whose key is changed, and how it may be asked. */
export interface Server {
  readonly system: System;
  readonly machine: Machine;
  readonly url: string;
  /** The user has named this address, so that keys may be sent there. */
  readonly named: boolean;
  readonly trust: Trust;
  readonly listener: ListenerPolicy;
  readonly request?: Requester | undefined;
}

/** What a server said, or why it was not asked. */
export interface Said {
  readonly verdict: Verdict;
  readonly code: string;
  readonly message: string;
}

/** How long one round of questions may take; the last one is not cut off by the end of all time. */
const roundMs = 10_000;
const leastRoundMs = 1000;
const firstPauseMs = 25;
const longestPauseMs = 500;

/**
 * Asks a running server what it makes of a key.
 *
 * @throws KeywardError as `probe`
 */
export async function askServer(
  server: Server,
  key: string | null,
  timeoutMs: number = roundMs,
): Promise<Said> {
  const { system, machine, url, named, trust, listener, request } = server;
  const { verdict, reason }: ProbeReport = await probe({
    system,
    url,
    key,
    machine,
    trust,
    listener,
    timeoutMs: Math.min(timeoutMs, roundMs),
    policy: { source: "stored", namedUrls: named ? [url] : [] },
    ...(request === undefined ? {} : { request }),
  });
  return { verdict, ...reason };
}

/**
 * Asks again and again until the answer is the one that is waited for, or one that will not change
 * for the better, or the time is up.
 *
 * @returns the last answer
 * @throws Interrupted
 */
export async function askUntil(
  server: Server,
  key: string,
  until: { readonly verdicts: readonly Verdict[]; readonly never?: readonly Verdict[] },
  deadline: number,
  signal: AbortSignal,
): Promise<Said> {
  const { clock } = server.machine;
  for (let wait = firstPauseMs; ; wait = Math.min(wait * 2, longestPauseMs)) {
    const left = Math.max(deadline - clock.monotonic(), leastRoundMs);
    const said = await untilInterrupted(askOrExplain(server, key, left), signal);
    if (until.verdicts.includes(said.verdict) || until.never?.includes(said.verdict)) return said;
    if (clock.monotonic() + wait >= deadline) return said;
    await pause(wait, signal);
  }
}

/** After the restart a refusal to send the key, to another user's server say, is an answer too. */
async function askOrExplain(server: Server, key: string, timeoutMs: number): Promise<Said> {
  try {
    return await askServer(server, key, timeoutMs);
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    const { code, message } = error;
    return { verdict: "inconclusive", code, message };
  }
}
