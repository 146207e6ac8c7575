import { expect, it } from "vitest";

import { findNearest } from "../../src/cli/nearest.js";

it.each([
  ["lba", ["home", "lab"], "lab"],
  ["LAB", ["lab"], "lab"],
  ["staging1", ["staging", "production"], "staging"],
  ["prodution", ["staging", "production"], "production"],
  ["hub", ["lab", "hubs"], "hubs"],
  ["xyz", ["lab", "home"], null],
  ["b", ["a"], null],
  ["ba", ["ab", "cd"], null],
  ["lab", [], null],
])("%s of %j: %s", (word, words, nearest) => {
  expect(findNearest(word, words)).toBe(nearest);
});
