import { describe, expect, it } from "vitest";

import { judgeMeeting } from "../../../src/rotate/proof/judge-meeting.js";
import type { Meeting } from "../../../src/rotate/proof/meet-workers.js";

const base: Meeting = { checks: 200, tries: 64, workers: null, limit: null, odd: null, untried: 0 };
const count = (met: number, ...unmet: number[]) => ({ met, seen: met + unmet.length, unmet });

describe("what a meeting proves", () => {
  it.each<[Partial<Meeting>, string, string, string]>([
    [{ workers: count(8) }, "rotated", "proven", "by 8 of 8 workers"],
    [{ workers: count(1), tries: 3, limit: "limited" }, "rotated", "proven", "by 1 of 1 workers"],
    [{}, "rotated", "proven", "on 64 connections"],
    [{ workers: count(7, 123) }, "unverified", "workers-not-met", "not tried: process 123"],
    [{ workers: count(0, 1, 2) }, "unverified", "workers-not-met", "0 of 2 workers"],
    [
      { workers: count(1, 9), limit: "slow" },
      "unverified",
      "workers-not-met",
      "before the server began to answer wrong tries slowly",
    ],
    [{ tries: 63 }, "unverified", "workers-unknown", "on 63 connections only"],
    [
      { tries: 20, limit: "limited" },
      "unverified",
      "workers-unknown",
      "before the server began to limit wrong tries",
    ],
    [{ workers: count(1), odd: "503" }, "unverified", "unclear", "503"],
    [
      { workers: count(1), limit: "time", untried: 40 },
      "unverified",
      "unclear",
      "40 tries of wrong keys could not be made",
    ],
  ])("%j is %s, %s", (meeting, status, code, words) => {
    const judged = judgeMeeting({ ...base, ...meeting }, true);
    expect(judged).toMatchObject({ status, reason: { code } });
    expect(judged.reason.message).toContain(words);
  });

  it("is never a proof where a worker was not met", () => {
    for (const limit of [null, "time", "limited", "slow"] as const) {
      for (const tries of [0, 64, 10_000]) {
        const met = { ...base, tries, limit, workers: count(7, 8) };
        expect(judgeMeeting(met, true).status).toBe("unverified");
      }
    }
  });

  it("speaks of made-up keys where there was no key before", () => {
    expect(judgeMeeting(base, false).reason.message).toMatch(/^a made-up key was refused/);
  });
});
