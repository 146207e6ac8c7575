import { describeDuration } from "../core/durations.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import { isReference } from "../keys/strength.js";
import type { Machine } from "../core/machine.js";
import { readHistory } from "./journal/history.js";
import type { KeyTarget } from "./target.js";

/**
 * Why a key need not be replaced yet, or null when it has to be: it is missing, or older than that,
 * or so old that nobody remembers when it was made.
 *
 * @param age in seconds; null when only a missing key counts
 */
export function excuseByAge(
  { resolution }: KeyTarget,
  age: number | null,
  machine: Machine,
): string | null {
  const { key, effective } = resolution;
  if (key === null) return null;
  if (age === null)
    return `there is a ${isReference(key) ? "reference" : "key"} in ${effective?.name}`;
  const fingerprint = fingerprintKey(key);
  const made = readHistory(machine).find(
    ({ newFingerprint, outcome }) =>
      fingerprint !== null && newFingerprint === fingerprint && outcome !== "undone",
  );
  if (made === undefined) return null;
  const seconds = (machine.clock.now() - Date.parse(made.time)) / 1000;
  if (!(seconds >= 0) || seconds > age) return null;
  return `the key is ${describeDuration(Math.floor(seconds))} old`;
}
