import { changeText } from "../core/hint.js";
import { KeywardError } from "../core/errors.js";
import { compareSeverity, type RawFinding } from "../core/finding.js";
import { hideKeys } from "../keys/looks-like-key.js";
import { findDialectTraps } from "./checks/dialect-traps.js";
import { findGitExposure } from "./checks/git.js";
import { findKeyTroubles } from "./checks/key.js";
import { findStaleServer } from "./live/stale-server.js";
import { findLocationTroubles } from "./checks/locations.js";
import { findOpenFiles } from "./checks/modes.js";
import { findEndedOverlap } from "./checks/overlap.js";
import { findStartFolder } from "./checks/start-folder.js";
import type { DoctorCheck, Subject } from "./subject.js";

/** What `auth status` tells beside the facts: all that has to do with where the key is. */
export const statusChecks: readonly DoctorCheck[] = [
  ({ system }) => system.remarks ?? [],
  ({ system, machine, launch }) => system.findTroubles?.(machine, launch) ?? [],
  findKeyTroubles,
  findStaleServer,
  ({ system, machine, launch, isLocal }) =>
    isLocal ? (system.findLoaded?.(machine, launch) ?? []) : [],
  findEndedOverlap,
  findLocationTroubles,
  findStartFolder,
  findDialectTraps,
  findOpenFiles,
  findGitExposure,
];

/** Runs checks; one that cannot tell says so, and keeps no other from its word. */
export async function examine(
  subject: Subject,
  checks: readonly DoctorCheck[],
): Promise<readonly RawFinding[]> {
  const findings: RawFinding[] = [];
  for (const check of checks) {
    try {
      findings.push(...(await check(subject)));
    } catch (error) {
      findings.push(cannotTell(error));
    }
  }
  return sortFindings(findings);
}

/** The worst first; otherwise as they came. */
export function sortFindings<T extends RawFinding>(findings: readonly T[]): readonly T[] {
  return findings.toSorted(compareSeverity);
}

/**
 * A failure to read what would decide, as a finding.
 *
 * @throws the failure itself where it is a defect of ours
 */
export function cannotTell(error: unknown): RawFinding {
  if (!(error instanceof KeywardError)) throw error;
  const { advice } = error;
  return {
    id: "cannot-tell",
    severity: "warning",
    message: hideKeys(error.message),
    fix: advice === undefined ? null : changeText(advice, (text) => hideKeys(text)),
  };
}
