import { describe, expect, it } from "vitest";

import { keyFormats } from "../../src/keys/formats.js";
import { isGarbage, makeGarbage } from "../../src/keys/garbage.js";
import { generateKey } from "../../src/keys/generate.js";

describe("makeGarbage", () => {
  it.each(keyFormats)("looks like a key of the format %s, and is known again", (format) => {
    const all = Array.from({ length: 500 }, () => makeGarbage(format));
    expect(new Set(all).size).toBe(all.length);
    for (const garbage of all) {
      expect(garbage).toHaveLength(generateKey(format).length);
      expect(garbage).not.toMatch(/^-/);
      expect(isGarbage(garbage)).toBe(true);
    }
  });

  it.each(keyFormats)("no real key of the format %s is taken for it", (format) => {
    for (let made = 0; made < 5000; made++) expect(isGarbage(generateKey(format))).toBe(false);
  });

  it("nothing else is", () => {
    const garbage = makeGarbage("base64url");
    const other = garbage[0] === "A" ? "B" : "A";
    const values = ["", "x", `${garbage}x`, garbage.slice(1), other + garbage.slice(1)];
    expect(values.filter(isGarbage)).toEqual([]);
  });
});
