import type { Command } from "commander";

import { describeStatus, type Status } from "../../stores/status.js";
import { resolveKey } from "../../stores/resolve.js";
import { chooseLaunch, chooseSystem, spellCommand } from "../choose.js";
import { formatExamples, type Invocation } from "../command.js";
import { exit } from "../exit.js";
import { loadPaint, type Paint, type ProgramName } from "../output.js";
import { listPrograms, type ProgramListing } from "../programs.js";
import { showFindings } from "../show-findings.js";

export function declare(command: Command, name: ProgramName): void {
  command.addHelpText(
    "after",
    formatExamples([
      [`${name} auth`, "the same, shorter"],
      [`${name} auth status --launch foreground`, "as a server started from this shell sees it"],
      [`${name} auth status --json`, "for a script"],
    ]),
  );
}

export async function run(invocation: Invocation): Promise<number> {
  const { context, report } = invocation;
  const system = await chooseSystem(invocation);
  const launch = chooseLaunch(system, invocation);
  const status = describeStatus(system, await resolveKey(system, context, launch), {
    rotate: spellCommand(invocation, system, "token rotate"),
    create: spellCommand(invocation, system, "auth generate-key --write"),
  });
  const programs = listPrograms(context);
  report.answerJson({ ...status, programs });
  if (!report.json) {
    const paint = await loadPaint(context, context.stdout);
    const words = [
      ...showKey(status, system.title, paint),
      ...showLocations(status, paint),
      ...showPrograms(programs, paint),
      ...leaveLine(showFindings(status.findings, paint)),
    ];
    report.answer(words.join("\n"));
  }
  return exit.ok;
}

function showKey({ launch, authentication, effective }: Status, title: string, paint: Paint) {
  const state = authentication === "on" ? paint.good("on") : paint.bad(authentication);
  const key = effective?.masked ? `  ${effective.masked}  ${effective.fingerprint ?? "weak"}` : "";
  return [`${paint.strong(title)} (${launch}): authentication ${state}${key}`];
}

function showLocations({ locations }: Status, paint: Paint): string[] {
  const width = Math.max(0, ...locations.map(({ location }) => location.length));
  const lines = locations.map((each) => {
    const { location, set, mode, effective, shadowedBy, exists } = each;
    const mark = effective ? paint.good("*") : " ";
    const state = set ? (each.masked ?? "empty") : exists ? "no key" : "not set";
    const rest = [
      mode ?? "",
      shadowedBy === null ? "" : paint.caution(`shadowed by ${shadowedBy}`),
      set && each.ignored !== null ? paint.caution("not read") : "",
    ].filter((part) => part !== "");
    return [`${mark} ${location.padEnd(width)}`, state, ...rest].join("  ").trimEnd();
  });
  return lines.length === 0 ? [] : ["", "locations, the first that holds a key counts", ...lines];
}

function showPrograms(programs: readonly ProgramListing[], paint: Paint): string[] {
  const lines = programs.map(({ name, path, ours, next, problem }) => {
    const reached = path === null ? "not on the PATH" : `${path}${ours ? "  keyward" : ""}`;
    const beyond = ours && next !== null ? `  then ${next}` : "";
    const trouble = problem === null ? "" : `  ${paint.caution(problem)}`;
    return `  ${name.padEnd(7)}  ${reached}${beyond}${trouble}`;
  });
  return ["", "programs", ...lines];
}

function leaveLine(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}
