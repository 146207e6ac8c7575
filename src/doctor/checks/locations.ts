import { aboutServer, type Hint } from "../../core/hint.js";
import type { FindingId, RawFinding } from "../../core/finding.js";
import { countsAsKey } from "../../keys/strength.js";
import type { LocationState } from "../../locations/resolve-key.js";
import { planRewrite } from "../fixes/rewrite.js";
import type { Subject } from "../subject.js";

/** Keys in places that the server does not read, that another place wins over, or that show too much. */
export async function findLocationTroubles(subject: Subject): Promise<RawFinding[]> {
  const found: RawFinding[] = [];
  for (const state of subject.resolution.states) {
    found.push(...judgeLocation(state, subject), ...(await judgeDuplicates(state, subject)));
    found.push(...(await judgeTable(state, subject)));
  }
  return found;
}

function judgeLocation(state: LocationState, subject: Subject): RawFinding[] {
  const { resolution } = subject;
  const { name, location, reading, shadowedBy } = state;
  const findings: RawFinding[] = [];
  const warn = (id: FindingId, message: string, fix: Hint | null): void => {
    findings.push({ id, severity: "warning", message, fix, location: name });
  };
  if (location.ignored !== undefined && reading.value !== null) {
    warn(
      "not-read",
      `a key stands in ${name}, but ${location.ignored}`,
      adviseUnread(state, subject),
    );
  }
  if (shadowedBy !== null) {
    const message = `the key in ${name} is not in force: ${shadowedBy} wins over it`;
    const winner = resolution.states.find((other) => other.name === shadowedBy);
    warn("shadowed", message, removeFrom(winner !== undefined && isGuest(winner) ? winner : state));
  }
  if (location.kind === "unit" && reading.value) {
    warn(
      "key-in-unit",
      `the key stands in ${name} on line ${location.line}, which every user of this machine can read with systemctl show`,
      "move it to a file that the unit names as EnvironmentFile=",
    );
  }
  return findings;
}

/** A key that no other one is in force beside is the last there is: it is not to be thrown away. */
function adviseUnread(state: LocationState, { resolution }: Subject): Hint {
  const isLast = resolution.key === null && countsAsKey(state.reading.value);
  if (!isLast) return removeFrom(state);
  const { remedy } = state.location;
  return remedy ?? ["enter that key where the server reads it: ", aboutServer("token set")];
}

/** What only passes by, or belongs to somebody's project: the server's own place is the one to keep. */
function isGuest({ location }: LocationState): boolean {
  return location.kind === "environment" || (location.kind === "env-file" && !location.writable);
}

async function judgeDuplicates(state: LocationState, subject: Subject): Promise<RawFinding[]> {
  const { name, reading } = state;
  const { system } = subject;
  const lines = reading.duplicates ?? [];
  if (lines.length === 0) return [];
  const isFixable = (await planRewrite(state, subject)) !== null;
  return lines.map((line) => ({
    id: "duplicate",
    severity: "warning",
    message: `${name} has a second ${system.variable} on line ${line}, which ${system.title} does not read`,
    fix: isFixable ? aboutServer("doctor --fix") : `remove line ${line} of ${name}`,
    location: name,
  }));
}

/** A key in another table of the file than the one that the server looks into. */
async function judgeTable(state: LocationState, { system }: Subject): Promise<RawFinding[]> {
  const { location, reading, name } = state;
  if (location.kind !== "toml" || location.keyPath[0] === "*") return [];
  if (location.ignored !== undefined || reading.value !== null || reading.bytes === null) return [];
  const { findMisplaced } = await import("../../formats/toml/toml-misplaced.js");
  const found = findMisplaced(reading.bytes, location.keyPath);
  if (found === null) return [];
  const [key = "", ...above] = location.keyPath.toReversed();
  const table = `[${above.toReversed().join(".")}]`;
  const where = found.table === null ? "above every [table]" : `in ${found.table}`;
  return [
    {
      id: "wrong-table",
      severity: "warning",
      message: `line ${found.line} of ${name} has ${found.name} ${where}, and ${system.title} reads ${key} in ${table}`,
      fix: `move line ${found.line} of ${name} below ${table}, as: ${key} = "…"`,
      location: name,
    },
  ];
}

function removeFrom({ location, name, reading }: LocationState): string {
  if (location.kind === "environment") return `unset ${location.variable}`;
  return reading.line === null
    ? `remove it from ${name}`
    : `remove line ${reading.line} of ${name}`;
}
