const day = 86_400;

/** Seconds in each unit, by its first letter; a year has 365 days. */
const units = new Map([
  ["y", 365 * day],
  ["w", 7 * day],
  ["d", day],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
]);

const names: readonly (readonly [seconds: number, name: string])[] = [
  [day, "day"],
  [3600, "hour"],
  [60, "minute"],
];

const spelling =
  /^(\d{1,9}) ?(y|years?|w|weeks?|d|days?|h|hours?|hrs?|m|minutes?|mins?|s|seconds?|secs?)$/;

/** What a duration looks like, for hints. */
export const durationExamples = "90s, 15m, 24h or 7d";

/**
 * Reads a duration as people write it: a whole number and its unit.
 *
 * @returns seconds; null for anything else, a number without a unit included
 * @example
 * parseDuration("15m"); // 900
 */
export function parseDuration(text: string): number | null {
  const [, count, unit = ""] = spelling.exec(text) ?? [];
  const size = units.get(unit.charAt(0));
  return count === undefined || size === undefined ? null : Number(count) * size;
}

/**
 * A duration in words, in the largest unit that it fills twice; what is left over is dropped.
 *
 * @param seconds 0 or more
 * @example
 * describeDuration(5400); // "90 minutes"
 */
export function describeDuration(seconds: number): string {
  const [size, name] = names.find(([size]) => seconds >= 2 * size) ?? [1, "second"];
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
