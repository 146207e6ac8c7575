import type { Clock, Machine } from "../core/machine.js";
import type { Trust } from "../net/connect.js";
import type { Proxy } from "../net/proxy.js";
import type { Requester } from "../net/requester.js";
import type { Target } from "../net/target.js";

/** What all questions of one probe have in common. */
export interface ProbeSession {
  readonly request: Requester;
  readonly target: Target;
  readonly trust: Trust | undefined;
  readonly proxy: Proxy | null;
  readonly clock: Clock;
  /** On the clock that never jumps, in milliseconds. */
  readonly deadline: number;
}

/** What {@link startSession} takes from the options of a probe. */
export interface ProbeSessionOptions {
  readonly machine: Machine;
  readonly trust?: Trust;
  readonly timeoutMs?: number;
  readonly request?: Requester;
}

const usualTime = 10_000;

/**
 * Begins to talk with a server: the time runs from here on. Nothing is sent yet.
 *
 * @throws KeywardError `usage` for a proxy that is none
 */
export async function startSession(
  target: Target,
  { machine, trust, timeoutMs = usualTime, request }: ProbeSessionOptions,
): Promise<ProbeSession> {
  return {
    request: request ?? (await import("../net/requester.js")).createRequester(),
    target,
    trust,
    proxy: target.loopback
      ? null
      : (await import("../net/proxy.js")).chooseProxy(target, machine.env),
    clock: machine.clock,
    deadline: machine.clock.monotonic() + timeoutMs,
  };
}
