import type { RawFinding } from "../../core/finding.js";
import { keysEqual } from "../../keys/compare.js";
import { adviseCommand } from "../../keys/advise.js";
import type { Subject } from "../subject.js";

/** One key that opens two servers: whoever has got hold of it at one has the other too. */
export function findSharedKeys(subject: Subject, others: readonly Subject[]): RawFinding[] {
  const { resolution, names, urls } = subject;
  const { key, effective } = resolution;
  if (key === null || effective === null || names.length === 0) return [];
  const findings: RawFinding[] = [];
  const tell = (message: string): void => {
    const fix = adviseCommand(key);
    findings.push({
      id: "shared-key",
      severity: "warning",
      message,
      fix,
      location: effective.name,
    });
  };
  if (new Set(urls).size > 1) {
    tell(
      `the servers ${names.join(" and ")} have addresses of their own, and the key in ${effective.name} in common`,
    );
  }
  for (const other of others) {
    const theirs = other.resolution.key;
    if (theirs === null || other.names.length === 0 || !keysEqual(key, theirs)) continue;
    if (other.resolution.effective?.name === effective.name) continue;
    const places = `${other.resolution.effective?.name} and ${effective.name}`;
    const both = [...other.names, ...names].join(", ");
    tell(`the servers ${both} have the same key, in ${places}`);
  }
  return findings;
}
