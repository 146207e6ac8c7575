import type { Hint } from "./hint.js";

/**
 * - `error` someone can get in, or the key is lost
 * - `warning` fix it
 * - `info` built into the server
 */
export type Severity = "error" | "warning" | "info";

const severities: readonly Severity[] = ["error", "warning", "info"];

/** Orders findings, the worst first. */
export function compareSeverity(
  one: { readonly severity: Severity },
  other: { readonly severity: Severity },
): number {
  return severities.indexOf(one.severity) - severities.indexOf(other.severity);
}

/** What a finding can be about, as a closed set: scripts go by it. */
export type FindingId =
  | "any-host"
  | "any-origin"
  | "blank-in-key"
  | "cannot-tell"
  | "certificate-expired"
  | "certificate-expiring"
  | "colon-line"
  | "comment-in-key"
  | "cut-off-write"
  | "documentation-public"
  | "duplicate"
  | "export-line"
  | "folder-open"
  | "git-exposed"
  | "git-tracked"
  | "git-unknown"
  | "group-reads"
  | "haip-layer"
  | "haip-not-read"
  | "hidden-line"
  | "history-mode"
  | "ignored-line"
  | "key-echoed"
  | "key-in-log"
  | "key-in-unit"
  | "key-in-url"
  | "key-reference"
  | "key-withheld"
  | "leftover"
  | "listens-elsewhere"
  | "localhost"
  | "locked"
  | "log-too-long"
  | "log-unreadable"
  | "long-lifetime"
  | "mark-before-key"
  | "missing-env-file"
  | "mode"
  | "needs-daemon-reload"
  | "no-exposure-seen"
  | "no-key"
  | "no-subprotocol"
  | "no-tls"
  | "no-try-limit"
  | "not-probed"
  | "not-read"
  | "not-recognised"
  | "overlap-ended"
  | "owner"
  | "placeholder-key"
  | "precedence"
  | "program-missing"
  | "program-shadowed"
  | "program-variable"
  | "proxied"
  | "quotes-in-key"
  | "readers-disagree"
  | "reads-otherwise"
  | "route-open"
  | "server-closed"
  | "server-enforced"
  | "server-inconclusive"
  | "server-key-rejected"
  | "server-open"
  | "server-wrong-service"
  | "settings"
  | "shadowed"
  | "shared-key"
  | "stale-lock"
  | "stale-server"
  | "start-folder"
  | "strange-lock"
  | "stray-copy"
  | "swallowed"
  | "switched-off"
  | "tls-unverified"
  | "token-expired"
  | "token-in-log"
  | "transports-disagree"
  | "try-limit"
  | "unfinished-rotation"
  | "unsafe-bind"
  | "weak-key"
  | "weak-secret"
  | "would-not-start"
  | "wrong-table";

/** Something that the owner of a key should know. Never holds a key. */
export interface Finding {
  readonly id: FindingId;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it, a command where there is one; null where nothing can be done. */
  readonly fix: string | null;
  /** The file that it is about, an absolute path, or `env:NAME`; absent where it is about no place. */
  readonly location?: string;
}

/** A finding before the commands in its fix are spelled. */
export interface RawFinding extends Omit<Finding, "fix"> {
  readonly fix: Hint | null;
}

/** Findings as they are shown, in the order that they have. */
export function spellFindings(
  findings: readonly RawFinding[],
  spell: (hint: Hint) => string,
): readonly Finding[] {
  return findings.map((finding) => {
    const { fix } = finding;
    return { ...finding, fix: fix === null ? null : spell(fix) };
  });
}
