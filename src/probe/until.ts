import type { Clock } from "../machine.js";
import type { ProbeReport, Verdict } from "./report.js";

const firstPause = 100;
const longestPause = 1000;
/** One probe of a server that is going down may not take all of the time. */
const longestAttempt = 10_000;

/**
 * Probes again and again until the verdict is the one that is waited for, or the time is up.
 *
 * @param attempt one probe, with the milliseconds that it may take
 * @returns the last report, whatever its verdict
 * @throws what an attempt throws
 */
export async function probeUntil(
  wanted: Verdict,
  attempt: (timeoutMs: number) => Promise<ProbeReport>,
  { clock, timeoutMs }: { readonly clock: Pick<Clock, "monotonic">; readonly timeoutMs: number },
): Promise<ProbeReport> {
  const deadline = clock.monotonic() + timeoutMs;
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const left = Math.max(deadline - clock.monotonic(), 1);
    const report = await attempt(Math.min(left, longestAttempt));
    if (report.verdict === wanted || clock.monotonic() + pause >= deadline) return report;
    await sleep(pause);
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
