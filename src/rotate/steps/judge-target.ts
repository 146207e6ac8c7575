import { KeywardError } from "../../core/errors.js";
import { assessKey } from "../../keys/strength.js";
import { explainUnseen } from "../../locations/unseen.js";
import type { ChangeOptions, Plan } from "../options.js";
import type { KeyTarget } from "../target.js";

/** What may keep the server from reading what is written here; a restart proves it. */
export function noteUnseen({ location, resolution: { unseen } }: KeyTarget): string[] {
  if (unseen === null) return [];
  return [explainUnseen(`whether the server reads ${location.path}`, unseen)];
}

/**
 * Refuses to replace a reference unasked: the tool that resolves it would have nothing left to do, and
 * its own copy of the key would be good for nothing.
 *
 * @returns what is to be said of it
 * @throws KeywardError `key-reference`
 */
export function judgeReference(
  options: Pick<ChangeOptions, "replaceReference">,
  plan: Pick<Plan, "takesReference">,
  { resolution, location }: KeyTarget,
): string[] {
  const { key } = resolution;
  if (key === null || plan.takesReference === true) return [];
  const { kind, message } = assessKey(key);
  if (kind !== "reference") return [];
  const what = `the value in ${location.path} is ${message}`;
  if (options.replaceReference === true) return [`${what}; the new key takes its place`];
  throw new KeywardError("key-reference", `${what}, and is not replaced unasked`, {
    hint: "change the key where that tool keeps it, or put one into this file with --replace-reference",
  });
}
