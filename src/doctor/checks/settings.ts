import type { KeywardError } from "../../core/errors.js";
import type { Finding } from "../../core/finding.js";

/** Settings that cannot be used, so that no named server is known. */
export function judgeSettings(failure: KeywardError | null, path: string): Finding[] {
  if (failure === null) return [];
  const { message, hint = null } = failure;
  return [{ id: "settings", severity: "warning", message, fix: hint, location: path }];
}
