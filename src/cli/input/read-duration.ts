import { durationExamples, parseDuration } from "../../core/durations.js";
import { KeywardError } from "../../core/errors.js";

const longestTimeout = 3_600_000;

/**
 * Reads the duration that an option takes: `30d`.
 *
 * @returns seconds
 * @throws KeywardError `usage`, naming the option
 */
export function readDuration(option: string, text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== null) return seconds;
  throw new KeywardError("usage", `${option} takes a duration, got ${text}`, {
    hint: `for example: ${durationExamples}`,
  });
}

/**
 * Reads what `--timeout` takes: a duration, one in milliseconds, `500ms`, or seconds without a unit.
 *
 * @returns milliseconds
 * @throws KeywardError `usage`
 */
export function readTimeout(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text) ?? [];
  const milliseconds =
    number === undefined
      ? (parseDuration(text) ?? 0) * 1000
      : Number(number) * (unit === "ms" ? 1 : 1000);
  if (milliseconds > 0 && milliseconds <= longestTimeout) return milliseconds;
  throw new KeywardError("usage", `--timeout takes a time of up to an hour, got ${text}`, {
    hint: "for example: --timeout 10s, 500ms or 2m",
  });
}
