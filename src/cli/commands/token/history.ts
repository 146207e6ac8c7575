import type { Command } from "commander";

import { type HistoryEntry, readHistory } from "../../../rotate/journal/history.js";
import { chooseSystem } from "../../which/choose.js";
import type { SystemId } from "../../../systems/contract/system.js";
import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { loadPaint, type Paint, type ProgramName, programSystems } from "../../output.js";

export function declare(command: Command, name: ProgramName): void {
  command.addHelpText(
    "after",
    formatExamples([
      [`${name} token history`, "every change, the newest first"],
      [`${name} token history --json`, "for a script"],
    ]),
  );
}

/** What `token history --json` prints. */
export interface HistoryJson {
  /** Null for all systems. */
  readonly system: SystemId | null;
  /** The newest first. */
  readonly entries: readonly HistoryEntry[];
}

/** Of the system that is named, or of all. */
export async function run(invocation: Invocation): Promise<number> {
  const { name, context, options, server, report } = invocation;
  const isNamed = programSystems[name] !== undefined || options.system !== undefined;
  const system = isNamed || server !== null ? (await chooseSystem(invocation)).id : null;
  const entries = readHistory(context).filter(
    (entry) =>
      (system === null || entry.system === system) &&
      (server === null || server.file === null || entry.location === server.file),
  );
  report.answerJson<HistoryJson>({ system, entries });
  const paint = await loadPaint(context, context.stdout);
  for (const entry of entries) report.answer(showEntry(entry, paint));
  if (entries.length === 0) report.note("no change of a key is recorded");
  return exit.ok;
}

function showEntry(entry: HistoryEntry, paint: Paint): string {
  const { time, system, location, oldFingerprint, newFingerprint, outcome, user, host } = entry;
  const shades: Readonly<Record<HistoryEntry["outcome"], (text: string) => string>> = {
    rotated: paint.good,
    unverified: paint.caution,
    logged: paint.bad,
    undone: paint.caution,
    stuck: paint.bad,
  };
  // A line may be older, or newer, than this program.
  const shade = shades[outcome] ?? String;
  const change = `${oldFingerprint ?? "(none or weak)"} -> ${newFingerprint ?? "(none or weak)"}`;
  return `${time}  ${shade(outcome)}  ${system}  ${location}  ${change}  ${user}@${host}`;
}
