import type { Finding } from "../../core/finding.js";
import type { Machine } from "../../core/machine.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { loadFormat, readLocation } from "../../locations/read-location.js";
import type { EnvFileLocation, Launch, System } from "../../systems/contract/system.js";
import type { Subject } from "../subject.js";

/** Lines of this folder's `.env` files that a server would obey if it were started from here. */
export async function findStartTraps(
  system: System,
  machine: Machine,
  launch: Launch,
): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (const file of system.startFiles?.(machine, launch) ?? []) {
    const { value, line } = readLocation(file, await loadFormat(file, machine), machine);
    // Of several files the first one wins.
    if (value === null || findings.has(file.variable)) continue;
    findings.set(file.variable, {
      id: "start-folder",
      severity: "warning",
      message: explain(file, value, line, system),
      fix: `type it in another folder: ${spellStart(system, machine, launch)}`,
      location: file.path,
    });
  }
  return [...findings.values()];
}

/** The same as a check of the doctor's. */
export function findStartFolder({ system, machine, launch }: Subject): Promise<Finding[]> {
  return findStartTraps(system, machine, launch);
}

function explain(
  { path, variable }: EnvFileLocation,
  value: string,
  line: number | null,
  { title, variable: keyVariable }: System,
): string {
  const place = line === null ? path : `${path}:${line}`;
  const who = `a ${title} that is started or restarted from this folder`;
  if (variable !== keyVariable) return `${place} sets ${variable}: ${who} would listen by it`;
  return value === ""
    ? `${place} empties ${variable}: ${who} would let everybody in`
    : `${place} sets ${variable}: ${who} would take it over its own file`;
}

/** The root folder has no `.env`, as a rule. */
function spellStart(system: System, machine: Machine, launch: Launch): string {
  const plan = system.restart(machine, launch);
  const live = system.findLive(machine) !== null;
  const words =
    plan === null || !live ? [system.program ?? "", "start"] : [plan.program, ...plan.args];
  return `cd / && ${quoteForShell(words)}`;
}
