import type { Finding } from "../../core/finding.js";
import type { ReceivedResponse } from "../exchange.js";
import type { ServerTraits } from "../server-traits.js";
import type { Proxy } from "../../net/proxy.js";
import type { CheckResult, Verdict } from "../report.js";
import type { KeyDecision, Target } from "../../net/target.js";
import type { ServerIdentity } from "../verdict.js";

/** What the findings are drawn from. */
export interface FindingInput {
  /** The system's name. */
  readonly title: string;
  readonly target: Target;
  readonly arrival: ServerIdentity;
  /** The answer of the first request; null when nobody answered. */
  readonly first: ReceivedResponse | null;
  readonly checks: readonly CheckResult[];
  readonly surroundings: ServerTraits;
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
