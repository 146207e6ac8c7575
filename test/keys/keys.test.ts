import { describe, expect, it } from "vitest";

import { keysEqual } from "../../src/keys/compare.js";
import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { identifyKey } from "../../src/keys/formats.js";
import { maskKey } from "../../src/keys/mask.js";
import { assessKey, countsAsKey } from "../../src/keys/strength.js";

const strong = "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";

describe("assessKey", () => {
  it.each([
    ["", "none", "empty"],
    ["   ", "none", "empty"],
    ["your-secret-token", "none", "placeholder"],
    ["YOUR_TOKEN", "none", "placeholder"],
    ["your-secret-key-here", "none", "placeholder"],
    ["change-me-long-random-token", "none", "placeholder"],
    ["CHANGE_THIS_TO_A_SECRET_STRING", "none", "placeholder"],
    ["test-secret-key", "none", "placeholder"],
    ["oj_sk_test123", "none", "placeholder"],
    ["Kj8vN2Qw1xYzM4P7R6Sf9T3Uc0Vd5We8Xf1Yg4Zh7Ai2Bj", "none", "placeholder"],
    ["<your-api-key-that-is-quite-long-indeed>", "none", "template"],
    ["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "none", "placeholder"],
    ["123456789012345", "none", "too-short"],
    [strong.slice(0, 16), "weak", "short"],
    [strong.slice(0, 31), "weak", "short"],
    [strong.slice(0, 32), "strong", null],
    ["a".repeat(64), "weak", "little-variety"],
    ["abcd1234efgh".repeat(4), "weak", "little-variety"],
    [`${strong.slice(0, 20)}${strong.slice(0, 20)}`, "weak", "little-variety"],
    [`${strong.slice(0, 20)}${strong.slice(0, 19)}`, "strong", null],
    [`${"a".repeat(300_000)}bcdefghijk`, "strong", null],
    ["abcdefghijklmnopqrstuvwxyz0123456789", "weak", "little-variety"],
    ["0f1e2d3c4b5a69788796a5b4c3d2e1f0", "strong", null],
    [strong, "strong", null],
    [`oj_sk_${strong}`, "strong", null],
  ])("calls %j %s", (key, strength, reason) => {
    expect(assessKey(key)).toMatchObject({ strength, reason });
    expect(countsAsKey(key)).toBe(strength !== "none");
  });

  it.each([[null], [undefined]])("does not count %s as a key", (nothing) => {
    expect(countsAsKey(nothing)).toBe(false);
  });
});

describe("fingerprintKey", () => {
  it("is the start of the SHA-256", () => {
    expect(fingerprintKey(strong)).toMatch(/^sha256:[0-9a-f]{12}$/);
    // printf %s KEY | sha256sum
    expect(fingerprintKey("0f1e2d3c4b5a69788796a5b4c3d2e1f0")).toBe("sha256:a1bf4dc2c0ce");
  });

  it.each(["", "your-secret-token", "short", "sixteen-chars-ok"])(
    "names no weak value: %j",
    (key) => {
      expect(fingerprintKey(key)).toBeNull();
    },
  );
});

describe("maskKey", () => {
  it.each([
    [strong, "Vb3k…qSrE"],
    [`oj_sk_${strong}`, "oj_sk_Vb3k…qSrE"],
    [strong.slice(0, 31), "••••••••"],
    ["", "••••••••"],
    [`\u001b[31m${strong}\u001b[0m`, "•[31…•[0m"],
  ])("shows %j as %j", (key, masked) => {
    expect(maskKey(key)).toBe(masked);
  });
});

describe("keysEqual", () => {
  it.each([
    [strong, strong, true],
    [strong, `${strong} `, false],
    [strong, strong.toLowerCase(), false],
    ["", "", true],
    ["", strong, false],
    ["\ud800", "\ufffd", false],
    ["\ud800", "\ud801", false],
  ])("%j and %j: %s", (a, b, equal) => {
    expect(keysEqual(a, b)).toBe(equal);
  });

  it("refuses what is not a string", () => {
    expect(() => keysEqual(strong, undefined as unknown as string)).toThrow(TypeError);
  });
});

describe("identifyKey", () => {
  it.each([
    [strong, "base64url"],
    [`oj_sk_${strong}`, "openjarvis"],
    [`${strong}=`, "unknown"],
    [strong.slice(1), "unknown"],
    ["", "unknown"],
  ])("%j is %s", (key, shape) => {
    expect(identifyKey(key)).toBe(shape);
  });
});
