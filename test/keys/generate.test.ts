import { describe, expect, it } from "vitest";

import { identifyKey, type KeyFormat } from "../../src/keys/formats.js";
import { generateKey, createLineGenerator } from "../../src/keys/generate.js";

const shapes: [KeyFormat, RegExp][] = [
  ["base64url", /^[A-Za-z0-9_][A-Za-z0-9_-]{42}$/],
  ["openjarvis", /^oj_sk_[A-Za-z0-9_-]{43}$/],
];

describe("generateKey", () => {
  it.each(shapes)("makes a %s key of the right shape", (format, shape) => {
    const key = generateKey(format);
    expect(key).toMatch(shape);
    expect(identifyKey(key)).toBe(format);
  });

  it("encodes the 32 bytes it was given", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
    const key = generateKey("base64url", (buffer) => buffer.set(bytes));
    expect(Buffer.from(key, "base64url")).toEqual(Buffer.from(bytes));
  });

  it("makes a key that starts with - again, whole", () => {
    const fills = [0xfb, 0x01]; // 0xfb is "-" in base64url
    const key = generateKey("base64url", (buffer) => buffer.fill(fills.shift() ?? 0));
    expect(key).toBe(Buffer.alloc(32, 0x01).toString("base64url"));
    expect(fills).toEqual([]);
  });

  it("refuses a format that does not exist", () => {
    expect(() => generateKey("hex" as KeyFormat)).toThrow(
      new TypeError("format must be one of openjarvis, base64url, got hex"),
    );
  });
});

describe("createLineGenerator", () => {
  it.each(shapes)("makes distinct canonical %s keys, a line each", (format, shape) => {
    const text = createLineGenerator(format, 5000)(5000).toString("latin1");
    const keys = text.split("\n");
    expect(keys.pop()).toBe("");
    expect(new Set(keys).size).toBe(5000);
    for (const key of keys) {
      expect(key).toMatch(shape);
      const random = key.replace("oj_sk_", "");
      expect(Buffer.from(random, "base64url").toString("base64url")).toBe(random);
    }
  });

  it("gives as many as asked for, and new ones each time", () => {
    const generate = createLineGenerator("openjarvis", 10);
    const first = generate(10).toString("latin1");
    const second = generate(3).toString("latin1");
    expect(second.split("\n")).toHaveLength(4);
    expect(first).not.toContain(second.split("\n")[0]);
  });

  it("gives every bit a chance", () => {
    const ones = Array.from({ length: 256 }, () => 0);
    const count = 4000;
    const lines = createLineGenerator("base64url", count)(count).toString("latin1");
    for (const line of lines.trim().split("\n")) {
      Buffer.from(line, "base64url").forEach((byte, at) => {
        for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) ones[at * 8 + bit]! += 1;
      });
    }
    // Ten standard deviations round the middle: a stuck bit fails, chance does not.
    const margin = 10 * Math.sqrt(count / 4);
    for (const n of ones) expect(Math.abs(n - count / 2)).toBeLessThan(margin);
  });
});
