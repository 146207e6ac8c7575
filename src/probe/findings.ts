import type { Finding } from "../core/finding.js";
import type { Heard } from "./ask.js";
import { findInAnswers } from "./find-in-answers.js";
import { findOnTheWay } from "./find-on-the-way.js";
import type { Surroundings } from "./look-around.js";
import type { Proxy } from "../net/proxy.js";
import type { Evidence, Verdict } from "./report.js";
import type { KeyDecision, Target } from "../net/target.js";
import type { Arrival } from "./verdict.js";

/** What the findings are drawn from. */
export interface Seen {
  /** The system's name. */
  readonly title: string;
  readonly target: Target;
  readonly arrival: Arrival;
  /** The answer of the first request; null when nobody answered. */
  readonly first: Heard | null;
  readonly checks: readonly Evidence[];
  readonly surroundings: Surroundings;
  readonly verdict: Verdict;
  /** The proxy that was asked through. */
  readonly proxy: Proxy | null;
  /** What the system itself has to say of the key and of its generation. */
  readonly remarks: readonly Finding[];
  /** The certificate was taken unseen. */
  readonly insecure: boolean;
  /** Whether the key at hand was allowed to go there; null without a key. */
  readonly decision: KeyDecision | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const severities = ["error", "warning", "info"];

/** What a person should know beside the verdict, the worst first. */
export function collectFindings(seen: Seen): Finding[] {
  return [...findInAnswers, ...findOnTheWay]
    .flatMap((find) => find(seen) ?? [])
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
