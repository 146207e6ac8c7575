import type { KeywardError } from "../../core/errors.js";
import type { RawFinding } from "../../core/finding.js";

/** Settings that cannot be used, so that no named server is known. */
export function judgeSettings(failure: KeywardError | null, path: string): RawFinding[] {
  if (failure === null) return [];
  const { message, advice = null } = failure;
  return [{ id: "settings", severity: "warning", message, fix: advice, location: path }];
}
