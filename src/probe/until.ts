import type { Clock } from "../core/machine.js";
import type { ProbeReport, ReasonCode, Verdict } from "./report.js";

const shortestAttempt = 20;
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
  let last: ProbeReport | undefined;
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    const allowed = Math.min(Math.max(deadline - clock.monotonic(), 1), longestAttempt);
    const report = await attempt(allowed);
    const left = deadline - clock.monotonic();
    if (report.verdict === wanted) return report;
    if (left < shortestAttempt) {
      // One that the end has cut short tells less than the one before.
      const isCut = allowed < longestAttempt && ranOut.has(report.reason.code);
      return (isCut ? last : undefined) ?? report;
    }
    last = report;
    await sleep(Math.min(pause, left / 2));
  }
}

const ranOut: ReadonlySet<ReasonCode> = new Set(["no-answer", "timed-out"]);

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
