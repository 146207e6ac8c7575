import { allChecks } from "../../../doctor/all-checks.js";
import { cannotTell, examine, sortFindings } from "../../../doctor/examine.js";
import { findOpenHistory } from "../../../doctor/checks/history.js";
import { findLeftBehind } from "../../../doctor/checks/leftovers.js";
import { type Fix, planFixes } from "../../../doctor/fixes/fixes.js";
import { findProgramTroubles, type SharedProgram } from "../../../doctor/checks/programs.js";
import { judgeSettings } from "../../../doctor/checks/settings.js";
import { findSharedKeys } from "../../../doctor/checks/shared-keys.js";
import type { Subject } from "../../../doctor/subject.js";
import { KeywardError } from "../../../core/errors.js";
import type { RawFinding } from "../../../core/finding.js";
import type { Machine } from "../../../core/machine.js";
import type { SystemId } from "../../../systems/contract/system.js";
import type { Invocation } from "../../command.js";
import type { Spell } from "../../spell-hint.js";
import { findSubjects, type Found } from "../../which/find-subjects.js";
import { findOwn, listPrograms, variableOf } from "../../real-programs/programs.js";
import { loadSettings } from "../../settings/settings.js";
import { settingsFile } from "../../settings/settings-file.js";
import { noSettings, type Settings } from "../../settings/settings-shape.js";

/** What was found of one server, or of what belongs to none: programs, settings, history. */
export interface Diagnosis {
  readonly system: SystemId | null;
  readonly title: string;
  readonly names: readonly string[];
  /** Null where it could not be looked at, and for what belongs to no server. */
  readonly subject: Subject | null;
  readonly findings: readonly RawFinding[];
  /** Spells what is to be done about it. */
  readonly spell: Spell;
  /** As in {@link Found}. */
  readonly shownBy?: "port" | undefined;
  /** What of it can be put right safely. */
  readonly fixes: readonly Fix[];
}

/**
 * Runs every check that needs no network, of the servers that a command is about.
 *
 * @throws KeywardError `usage` for options that fit no system
 */
export async function diagnose(invocation: Invocation): Promise<readonly Diagnosis[]> {
  const { context } = invocation;
  const { settings, failure } = await trySettings(context);
  const found = await findSubjects(invocation, Object.values(settings.servers));
  const diagnoses: Diagnosis[] = [];
  const seen: Subject[] = [];
  for (const each of found) {
    diagnoses.push(await diagnoseServer(each, seen, context));
    if (each.subject !== null) seen.push(each.subject);
  }
  return [...diagnoses, await diagnoseMachine(failure, invocation)];
}

async function diagnoseServer(
  found: Found,
  before: readonly Subject[],
  machine: Machine,
): Promise<Diagnosis> {
  if (found.subject === null) {
    const { failure, ...rest } = found;
    return { ...rest, findings: [failure], fixes: [] };
  }
  const { subject, spell, shownBy } = found;
  const { system, names } = subject;
  const findings = sortFindings([
    ...(await examine(subject, allChecks)),
    ...findSharedKeys(subject, before),
  ]);
  const fixes = await planFixes(findings, machine, subject);
  return {
    system: system.id,
    title: system.title,
    names,
    subject,
    spell,
    shownBy,
    findings,
    fixes,
  };
}

async function diagnoseMachine(
  failure: KeywardError | null,
  { context: machine, report }: Invocation,
): Promise<Diagnosis> {
  const path = settingsFile(machine);
  const findings = sortFindings([
    ...findProgramTroubles(listSharedPrograms(machine)),
    ...judgeSettings(failure, path),
    ...tryCheck(() => findLeftBehind(path, machine)),
    ...tryCheck(() => findOpenHistory(machine)),
  ]);
  const fixes = await planFixes(findings, machine, null);
  const { spell } = report;
  return { system: null, title: "this machine", names: [], subject: null, spell, findings, fixes };
}

/** Settings that cannot be read keep nothing but the named servers from being looked at. */
async function trySettings(
  machine: Machine,
): Promise<{ settings: Settings; failure: KeywardError | null }> {
  try {
    return { settings: await loadSettings(machine), failure: null };
  } catch (error) {
    if (!(error instanceof KeywardError) || error.code === "no-home") throw error;
    return { settings: noSettings, failure: error };
  }
}

function tryCheck(check: () => readonly RawFinding[]): readonly RawFinding[] {
  try {
    return check();
  } catch (error) {
    return [cannotTell(error)];
  }
}

function listSharedPrograms(machine: Machine): SharedProgram[] {
  return listPrograms(machine).flatMap(({ name, path, next, problem }) => {
    if (name === "keyward") return [];
    return [{ name, path, own: findOwn(name, machine), next, problem, variable: variableOf(name) }];
  });
}
