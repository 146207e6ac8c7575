import { afterEach, describe, expect, it, vi } from "vitest";

import { callAt } from "../../src/core/call-at.js";

const year = 365 * 86_400_000;

afterEach(() => void vi.useRealTimers());

describe("callAt", () => {
  it.each([
    ["a second away", 1000],
    ["three weeks away, just under what a timer takes", 2 ** 31 - 2],
    ["a day more than that", 2 ** 31 + 86_400_000],
    ["ten years away", 10 * year],
  ])("calls once, and not before its time: %s", (_, distance) => {
    vi.useFakeTimers({ now: 0 });
    const call = vi.fn<() => void>();
    callAt(distance, Date, call);
    vi.advanceTimersByTime(distance - 1);
    expect(call).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(year);
    expect(call).toHaveBeenCalledOnce();
  });

  it("asks the clock again before it calls, since it may have been set back", () => {
    vi.useFakeTimers({ now: 0 });
    const call = vi.fn<() => void>();
    let behind = 0;
    callAt(1000, { now: () => Date.now() - behind }, call);
    behind = 500;
    vi.advanceTimersByTime(1000);
    expect(call).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(call).toHaveBeenCalledOnce();
  });

  it("calls for a time that is past, but never before it has returned", () => {
    vi.useFakeTimers({ now: 1000 });
    const call = vi.fn<() => void>();
    callAt(0, Date, call);
    expect(call).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledOnce();
  });

  it("is called off", () => {
    vi.useFakeTimers({ now: 0 });
    const call = vi.fn<() => void>();
    callAt(year, Date, call)();
    vi.advanceTimersByTime(2 * year);
    expect(call).not.toHaveBeenCalled();
  });

  it("keeps no process alive", () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout");
    const before = timers().length;
    const callOff = callAt(Date.now() + year, Date, () => {});
    expect(timers()).toHaveLength(before);
    callOff();
  });
});
