import type { Finding } from "../core/finding.js";
import type {
  Credential,
  UnclearReason,
  Observed,
  ProbeTransport,
} from "../systems/contract/probe-plan.js";
import type { SystemId } from "../systems/contract/system.js";
import type { FailureCode } from "../net/failure.js";

/**
 * What the probe found.
 *
 * - `enforced` the key is accepted wherever it was tried; garbage and nothing are refused
 * - `closed` the same without a key at hand to try
 * - `open` a protected transport lets garbage or nothing in
 * - `key-rejected` it refuses everything, the key too
 * - `wrong-service` something else answers, `unreachable` nothing does
 * - `inconclusive` it could not be told
 */
export type Verdict = (typeof verdicts)[number];

/** Every verdict, the best first. */
export const verdicts = [
  "enforced",
  "closed",
  "open",
  "key-rejected",
  "wrong-service",
  "unreachable",
  "inconclusive",
] as const;

/** Why the verdict is what it is. */
export type ReasonCode =
  | "key-required"
  | "refuses-strangers"
  | "lets-in-anybody"
  | "lets-in-garbage"
  | "authentication-off"
  | "key-refused"
  | "transports-disagree"
  | "form-unknown"
  | "other-login"
  | "not-recognised"
  | "web-page"
  | "redirected"
  | "server-busy"
  | "answers-unclear"
  | FailureCode;

/** A check and what came of it. */
export interface CheckReport {
  readonly id: string;
  readonly transport: ProbeTransport;
  readonly route: string;
  readonly credential: Credential;
  readonly expected: "accept" | "refuse";
  readonly observed: Observed;
  /** In our words; it never holds a key. */
  readonly detail: string;
  /** What was observed is what was expected. */
  readonly ok: boolean;
}

/** A check as the verdict and the findings look at it. */
export interface CheckResult extends CheckReport {
  readonly counts: "always" | "recognised" | "never";
  /** Why nothing clear was observed; null when it was. */
  readonly doubt: UnclearReason | FailureCode | null;
  readonly fits: boolean;
  readonly saysOff: boolean;
  /** The answer repeats the credential that was presented. */
  readonly echoes: boolean;
  /** The credential stood in a URL that the server writes to its log. */
  readonly logged: boolean;
  /** A WebSocket was granted, whatever came of it. */
  readonly opened: boolean;
  /** What else came with an acceptance that is none of the usual case's: `after 8 that it refused`. */
  readonly circumstance?: string;
  /** Which of the subprotocols that were offered was selected; null where none was offered. */
  readonly protocol: "none" | "marker" | "credential" | null;
  /** What a refusal asks for, where that is another kind of login: `asks for Basic authentication`. */
  readonly asks: string | null;
  /** What was said, in the server's words: to be compared, never shown. */
  readonly wording: string;
}

/** What `auth probe --json` prints. */
export interface ProbeReport {
  readonly url: string;
  /** The address that answered; null when none did. */
  readonly address: string | null;
  /** Null where `--system auto` recognised none. */
  readonly system: SystemId | null;
  readonly version: string | null;
  /** The server's generation, as far as its answers tell; the system's own names for them. */
  readonly generation: string | null;
  readonly verdict: Verdict;
  readonly reason: { readonly code: ReasonCode; readonly message: string };
  readonly checks: readonly CheckReport[];
  readonly findings: readonly Finding[];
}
