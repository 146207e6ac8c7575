import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import type { Trust } from "../../net/connect.js";
import type { ListenerPolicy } from "../../net/listener.js";
import { probe, type ProbeOptions } from "../../probe/probe.js";
import type { CheckReport, Verdict } from "../../probe/report.js";
import type { Requester } from "../../net/requester.js";
import type { Store } from "../../locations/store.js";
import type { Launch, System } from "../../systems/contract/system.js";
import type { RotateReasonCode } from "../reason.js";
import { pause, untilInterrupted } from "../interrupt.js";

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

/** Where a server answers, and how it is asked there. */
export interface ServerAddress extends Pick<Server, "url" | "request"> {
  readonly named?: boolean;
  readonly trust?: Trust;
}

/** The way to a server, for keys that are in this file. */
export function describeServer(
  { system, machine }: Pick<Server, "system" | "machine">,
  { url, named = false, trust = {}, request }: ServerAddress,
  launch: Launch,
  store: Store,
): Server {
  const { owner, mode } = store.read();
  const keyFile = owner === null || mode === null ? null : { ...owner, mode };
  const unitUser = launch === "service" ? (system.serviceUser?.(machine) ?? null) : null;
  return { system, machine, url, named, trust, request, listener: { keyFile, unitUser } };
}

/** What a server said, or why it was not asked. */
export interface ServerState {
  readonly verdict: Verdict;
  readonly code: string;
  readonly message: string;
  /** The key was taken somewhere, whatever was said elsewhere. */
  readonly takesKey: boolean;
  /** How many checks were made. */
  readonly checks: number;
}

/** What the server's answer to a key means for a rotation. */
export function codeOf({ verdict }: ServerState): RotateReasonCode {
  if (verdict === "open") return "lets-in-anybody";
  if (verdict === "key-rejected") return "new-key-refused";
  return verdict === "unreachable" ? "not-answering" : "unclear";
}

/** The same in words. */
export function describeSaid({ verdict, message }: ServerState, url: string): string {
  if (verdict === "key-rejected") return `the server at ${url} does not take the key in the file`;
  return `the server at ${url}: ${message}`;
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
): Promise<ServerState> {
  const { verdict, reason, checks } = await probe({
    ...describeProbe(server),
    key,
    timeoutMs: Math.min(timeoutMs, roundMs),
  });
  return { verdict, ...reason, takesKey: checks.some(isTaken), checks: checks.length };
}

/** How a probe reaches the server. */
export function describeProbe(server: Server): Omit<ProbeOptions, "key"> {
  const { system, machine, url, named, trust, listener, request } = server;
  return {
    system,
    url,
    machine,
    trust,
    listener,
    policy: { source: "stored", namedUrls: named ? [url] : [] },
    avoidUrls: true,
    ...(request === undefined ? {} : { request }),
  };
}

/** A route that refuses nobody does not say whose key it takes. */
function isTaken(check: CheckReport, _: number, checks: readonly CheckReport[]): boolean {
  const { credential, observed, route } = check;
  if ((credential !== "key" && credential !== "mixed") || observed !== "accept") return false;
  return checks
    .filter((other) => other.route === route)
    .filter((other) => other.credential === "none" || other.credential === "garbage")
    .every((other) => other.observed !== "accept");
}

/**
 * Asks again and again until the answer will do, or will not change for the better, or the time is
 * up.
 *
 * @returns the last answer
 * @throws Interrupted
 */
export async function askUntil(
  server: Server,
  key: string,
  isOver: (said: ServerState) => boolean,
  deadline: number,
  signal: AbortSignal,
): Promise<ServerState> {
  const { clock } = server.machine;
  for (let wait = firstPauseMs; ; wait = Math.min(wait * 2, longestPauseMs)) {
    const left = Math.max(deadline - clock.monotonic(), leastRoundMs);
    const said = await untilInterrupted(askOrExplain(server, key, left), signal);
    if (isOver(said)) return said;
    if (clock.monotonic() + wait >= deadline) return said;
    await pause(wait, signal);
  }
}

/** After the restart a refusal to send the key, to another user's server say, is an answer too. */
async function askOrExplain(server: Server, key: string, timeoutMs: number): Promise<ServerState> {
  try {
    const said = await askServer(server, key, timeoutMs);
    // In this form it takes the other key, or has taken it: a refusal is one of the key.
    return said.code === "form-unknown" ? { ...said, verdict: "key-rejected" } : said;
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    const { code, message } = error;
    return { verdict: "inconclusive", code, message, takesKey: false, checks: 0 };
  }
}
