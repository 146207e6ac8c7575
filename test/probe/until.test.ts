import { describe, expect, it } from "vitest";

import type { ProbeReport, Verdict } from "../../src/probe/report.js";
import { probeUntil } from "../../src/probe/until.js";

const report = (verdict: Verdict): ProbeReport => ({
  url: "http://127.0.0.1:1",
  address: null,
  system: "jean2",
  version: null,
  generation: null,
  verdict,
  reason: { code: verdict === "inconclusive" ? "no-answer" : "key-required", message: "" },
  checks: [],
  findings: [],
});

/** A server with these verdicts, the last one for ever; each attempt takes so long by the clock. */
function serverOf(verdicts: readonly Verdict[], attemptMs: number) {
  let now = 1000;
  const allowed: number[] = [];
  return {
    allowed,
    clock: { monotonic: () => now },
    attempt: (timeoutMs: number) => {
      allowed.push(timeoutMs);
      now += Math.min(attemptMs, timeoutMs);
      return Promise.resolve(report(verdicts[Math.min(allowed.length, verdicts.length) - 1]!));
    },
  };
}

describe("probeUntil", () => {
  it.each<[Verdict[], number, number, number, Verdict]>([
    [["enforced"], 10, 60_000, 1, "enforced"],
    [["unreachable", "key-rejected", "enforced"], 10, 60_000, 3, "enforced"],
    [["unreachable"], 400, 1000, 3, "unreachable"],
    [["open"], 10_000, 5000, 1, "open"],
    [["inconclusive"], 10_000, 25_000, 3, "inconclusive"],
  ])("%j, %i ms each, in %i ms: %i attempts", async (verdicts, each, timeoutMs, count, last) => {
    const { allowed, clock, attempt } = serverOf(verdicts, each);
    const { verdict } = await probeUntil("enforced", attempt, { clock, timeoutMs });
    expect(verdict).toBe(last);
    expect(allowed).toHaveLength(count);
  });

  it("gives no attempt more than is left, and none over ten seconds", async () => {
    const { allowed, clock, attempt } = serverOf(["inconclusive"], 10_000);
    await probeUntil("enforced", attempt, { clock, timeoutMs: 25_000 });
    expect(allowed).toEqual([10_000, 10_000, 5000]);
  });

  it("does not let an attempt that was cut short speak for the server", async () => {
    const { clock, attempt } = serverOf(["open", "open", "inconclusive"], 400);
    const { verdict } = await probeUntil("enforced", attempt, { clock, timeoutMs: 1000 });
    expect(verdict).toBe("open");
  });

  it("ends with the failure of an attempt", async () => {
    const attempt = () => Promise.reject(new Error("refused"));
    const options = { clock: { monotonic: () => 0 }, timeoutMs: 10 };
    await expect(probeUntil("enforced", attempt, options)).rejects.toThrow("refused");
  });
});
