import { constants } from "node:os";

import { systemErrorCode } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import type { ProcessControl } from "../context.js";
import { readProcessState } from "./process-state.js";

type Signal = NodeJS.Signals;

/** The machine, and this process on it. */
type Self = Machine & { readonly process: ProcessControl };

/** Sent to one process by whoever knows its id; the terminal sends these only when it goes away. */
const SENT = ["SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const;

/** Sent by the terminal to its whole foreground group, for Ctrl-C, Ctrl-\ and Ctrl-Z. */
const TYPED = ["SIGINT", "SIGQUIT", "SIGTSTP"] as const;

/**
 * Makes this process behave towards its shell as its child does: signals reach the child, and when
 * the child is stopped, so is this process, until the shell continues both.
 *
 * @param child the child's process id, undefined while there is none
 * @returns a function that ends it, so that signals do to this process what they do by default
 */
export function relaySignals(child: () => number | undefined, context: Self): () => void {
  const { process: control } = context;
  const listeners = new Map<Signal, () => void>();
  const listen = (signal: Signal): void => {
    const listener = listeners.get(signal);
    if (listener !== undefined) control.on(signal, listener);
  };
  const unlisten = (signal: Signal): void => {
    const listener = listeners.get(signal);
    if (listener !== undefined) control.off(signal, listener);
  };
  const send = (signal: Signal): void => {
    const pid = child();
    if (pid === undefined) return;
    try {
      control.kill(pid, signal);
    } catch (error) {
      // It has just ended, or has become another user's, as sudo does.
      if (!["ESRCH", "EPERM"].includes(systemErrorCode(error) ?? "")) throw error;
    }
  };
  const isChildStopped = (): boolean => {
    const pid = child();
    return pid !== undefined && readProcessState(pid, context).stopped;
  };

  for (const signal of SENT) listeners.set(signal, () => send(signal));
  for (const signal of TYPED) {
    // The child is in our group: a typed one has reached it already, and twice would mean "at once".
    listeners.set(signal, () => {
      if (!readProcessState(control.pid, context).foreground) send(signal);
    });
  }
  listeners.set("SIGCHLD", () => {
    // Where the state comes from `ps`, its own end must not bring us here again.
    if (context.platform !== "linux") unlisten("SIGCHLD");
    const stopped = isChildStopped();
    if (context.platform !== "linux") listen("SIGCHLD");
    if (!stopped) return;
    // By the signal of Ctrl-Z, so that the shell reports what it would report of the child alone.
    unlisten("SIGTSTP");
    control.kill(control.pid, "SIGTSTP");
  });
  listeners.set("SIGCONT", () => {
    // Before Ctrl-Z is listened to again: one that comes now stops both, and must not be undone.
    if (isChildStopped()) send("SIGCONT");
    unlisten("SIGTSTP");
    listen("SIGTSTP");
  });

  for (const signal of listeners.keys()) listen(signal);
  return () => {
    for (const signal of listeners.keys()) unlisten(signal);
  };
}

/**
 * Ends this process by the signal that ended its child, so that the shell sees the same death.
 *
 * @returns 128 and the signal's number, should the process survive
 */
export function dieBy(signal: Signal, context: Self): number {
  const { process: control } = context;
  if (signal !== "SIGKILL") {
    // Node ignores SIGPIPE and SIGXFSZ; taking a listener away leaves a signal to its default.
    const listener = (): void => {};
    control.on(signal, listener);
    control.off(signal, listener);
  }
  control.kill(control.pid, signal);
  return 128 + constants.signals[signal];
}
