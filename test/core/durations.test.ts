import { describe, expect, it } from "vitest";

import { describeDuration, parseDuration } from "../../src/core/durations.js";

describe("parseDuration", () => {
  it.each([
    ["90s", 90],
    ["15m", 900],
    ["24h", 86_400],
    ["7d", 604_800],
    ["2w", 1_209_600],
    ["1y", 31_536_000],
    ["0s", 0],
    ["1 hour", 3600],
    ["2 hours", 7200],
    ["30 min", 1800],
    ["1 day", 86_400],
  ])("reads %s as %i seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    "",
    "60",
    "h",
    "-1h",
    "1.5h",
    "1e3s",
    "1h30m",
    "1H",
    " 1h",
    "1h ",
    "1  h",
    "1ms",
    "9999999999s",
  ])("takes %j for no duration", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe("describeDuration", () => {
  it.each([
    [0, "0 seconds"],
    [1, "1 second"],
    [119, "119 seconds"],
    [120, "2 minutes"],
    [3600, "60 minutes"],
    [7199, "119 minutes"],
    [7200, "2 hours"],
    [86_400, "24 hours"],
    [604_800, "7 days"],
  ])("calls %i seconds %s", (seconds, words) => {
    expect(describeDuration(seconds)).toBe(words);
  });
});
