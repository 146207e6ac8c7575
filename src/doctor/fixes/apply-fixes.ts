import type { Hint } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import type { Fix } from "./fixes.js";

/** A fix that was tried. */
export interface Tried {
  /** The finding that it is for. */
  readonly id: string;
  /** The file that it changes. */
  readonly location: string;
  /** What was done, or was to be done. */
  readonly message: string;
}

/** What came of fixes. */
export interface Outcome {
  /** With what else happened, in words. */
  readonly fixed: readonly (Tried & { readonly notes: readonly string[] })[];
  /** With what kept them from being done. */
  readonly failed: readonly (Tried & { readonly reason: string; readonly hint: Hint | null })[];
}

/** Does one thing after the other; one that fails keeps no other from being done. */
export async function applyFixes(fixes: readonly Fix[]): Promise<Outcome> {
  const fixed: Outcome["fixed"][number][] = [];
  const failed: Outcome["failed"][number][] = [];
  for (const { id, location, what, apply } of fixes) {
    const tried = { id, location, message: what };
    try {
      fixed.push({ ...tried, notes: await apply() });
    } catch (error) {
      if (!(error instanceof KeywardError)) throw error;
      const { message, advice = null } = error;
      failed.push({ ...tried, reason: message, hint: advice });
    }
  }
  return { fixed, failed };
}
