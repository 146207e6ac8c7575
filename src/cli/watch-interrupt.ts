import type { Interrupt } from "../rotate/interrupt.js";
import type { ProcessControl } from "./context.js";

/** What ends a program that a person, or the system, wants to end. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Turns the signals that end a program into a wish to stop, as long as it is watched.
 *
 * @param onWish told what the first and the second will lead to
 */
export function watchInterrupt(
  control: Pick<ProcessControl, "on" | "off">,
  onWish: (which: "first" | "second") => void = () => {},
): Interrupt & { stop(): void } {
  const first = new AbortController();
  const second = new AbortController();
  const listener = () => {
    const [controller, which] = first.signal.aborted
      ? ([second, "second"] as const)
      : ([first, "first"] as const);
    if (controller.signal.aborted) return;
    controller.abort();
    try {
      onWish(which);
    } catch {
      // The terminal is gone: that may be why.
    }
  };
  for (const signal of signals) control.on(signal, listener);
  return {
    first: first.signal,
    second: second.signal,
    stop() {
      for (const signal of signals) control.off(signal, listener);
    },
  };
}
