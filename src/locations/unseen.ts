import { aboutServer, type Hint, joinHints } from "../core/hint.js";
import { placeOfUnseen, type UnseenLocation } from "../systems/contract/system.js";

/** What keeps an answer from being told. */
export interface Unseen {
  /** `PATH:LINE`, or the path alone. */
  readonly place: string;
  /** In words, to stand after a colon. */
  readonly why: string;
  /** Whether it likely has a value of its own. */
  readonly named: boolean;
  /** What to do about it, where that is not to let the server be started plainly. */
  readonly hint?: Hint;
}

/** What a place that cannot be looked into keeps from being told. */
export function describeUnseen(location: UnseenLocation): Unseen {
  const { why, named, hint } = location;
  return { place: placeOfUnseen(location), why, named, ...(hint !== undefined && { hint }) };
}

/** That something cannot be told, and why: `the host cannot be told from PATH:LINE: …`. */
export function explainUnseen(what: string, { place, why }: Unseen): string {
  return `${what} cannot be told from ${place}: ${why}`;
}

/** What makes it possible to tell, or no matter. */
export function adviseUnseen({ place, hint }: Unseen, fix?: Hint): Hint {
  if (hint !== undefined) return hint;
  if (place.startsWith("/proc/") || place.endsWith(".pid")) {
    return ["ask the running server: ", aboutServer("auth probe")];
  }
  const start = `let ${place} start the server itself, without a shell or script before it`;
  return fix === undefined ? start : joinHints("run: ", fix, "; or ", start);
}
