import type { Clock } from "./machine.js";

/** What `setTimeout` takes at most; more of it is 1 millisecond. */
const longestWait = 2 ** 31 - 1;

/**
 * Calls once the clock has reached a time, in milliseconds since 1970, however far away that is. The
 * clock is asked again before the call: it may have been set, and a timer may come early. It keeps no
 * process alive.
 *
 * @returns what calls it off
 */
export function callAt(time: number, clock: Pick<Clock, "now">, call: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const left = time - clock.now();
    if (left <= 0) {
      call();
      return;
    }
    arm(left);
  };
  const arm = (left: number): void => {
    timer = setTimeout(wait, Math.min(Math.max(left, 1), longestWait)).unref();
  };
  // Never before this function has returned: the caller may not be ready.
  arm(time - clock.now());
  return () => clearTimeout(timer);
}
