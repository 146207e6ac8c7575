import { describe, expect, it } from "vitest";

import { readTimeout } from "../../../src/cli/input/read-duration.js";

describe("readTimeout", () => {
  it.each([
    ["10", 10_000],
    ["0.5", 500],
    ["10s", 10_000],
    ["1.5s", 1500],
    ["500ms", 500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["90 seconds", 90_000],
  ])("takes %s for %i ms", (text, milliseconds) => {
    expect(readTimeout(text)).toBe(milliseconds);
  });

  it.each(["", "0", "0s", "-1", "soon", "2h", "3601", "1e3", "0x10", "10 s ", "Infinity", "1d"])(
    "refuses %j",
    (text) => {
      expect(() => readTimeout(text)).toThrow(
        expect.objectContaining({
          code: "usage",
          message: `--timeout takes a time of up to an hour, got ${text}`,
        }),
      );
    },
  );
});
