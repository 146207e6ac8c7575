import type { Finding } from "../../../core/finding.js";
import { kindNames } from "../../../keys/value-kinds.js";
import type { LocationStatus, Status } from "../../../locations/describe-status.js";
import type { Subject } from "../../../doctor/subject.js";
import { type LiveStatus, tellLive } from "../../../live/describe-live.js";
import type { Context } from "../../context.js";
import { loadPaint, type Paint, type Reporter } from "../../output.js";
import type { ProgramListing } from "../../real-programs/programs.js";
import { showFindings } from "../../show-findings.js";

/** What `auth status --json` prints. */
export interface StatusJson extends Omit<Status, "effective"> {
  readonly effective:
    | (NonNullable<Status["effective"]> & {
        /** When keyward put the key there, ISO 8601; null where that is not known. */
        readonly changed: string | null;
      })
    | null;
  /** The running server, where there is one. */
  readonly live: LiveStatus | null;
  /** Which program each of keyward's names reaches. */
  readonly programs: readonly ProgramListing[];
  readonly findings: readonly Finding[];
}

/** The answer of `auth status` for people. */
export async function showStatus(
  answer: StatusJson,
  { system, live }: Pick<Subject, "system" | "live">,
  context: Context,
  report: Reporter,
): Promise<void> {
  const paint = await loadPaint(context, context.stdout);
  const words = [
    ...showKey(answer, system.title, paint, context.clock.now()),
    ...showLive(tellLive(live)),
    ...showLocations(answer, paint),
    ...showPrograms(answer.programs, paint),
    ...leaveLine(showFindings(answer.findings, paint)),
  ];
  report.answer(words.join("\n"));
}

function showKey(
  { launch, authentication, effective }: StatusJson,
  title: string,
  paint: Paint,
  now: number,
): string[] {
  const state = authentication === "on" ? paint.good("on") : paint.bad(authentication);
  const worth = effective?.valueKind ? kindNames[effective.valueKind] : "weak";
  const key = effective?.masked ? `  ${effective.masked}  ${effective.fingerprint ?? worth}` : "";
  const changed = effective?.changed;
  const age = changed ? `  set ${describeAge(changed, now)}` : "";
  return [`${paint.strong(title)} (${launch}): authentication ${state}${key}${age}`];
}

/** In days, as one thinks of the age of a key. */
function describeAge(time: string, now: number): string {
  const days = Math.floor((now - Date.parse(time)) / 86_400_000);
  const ago = days < 1 ? "today" : days === 1 ? "1 day ago" : `${days} days ago`;
  return `${ago} (${time.slice(0, 10)})`;
}

function showLive(line: string): string[] {
  return line === "" ? [] : [`running: ${line}`];
}

function showLocations({ locations }: StatusJson, paint: Paint): string[] {
  const width = Math.max(0, ...locations.map(({ location }) => location.length));
  const lines = locations.map((each) => {
    const { location, effective } = each;
    const mark = effective ? paint.good("*") : " ";
    return [`${mark} ${location.padEnd(width)}`, ...showLocation(each, paint)]
      .filter((part) => part !== "")
      .join("  ")
      .trimEnd();
  });
  return lines.length === 0 ? [] : ["", "locations, the first that holds a key counts", ...lines];
}

const strengths = { none: "counts as none", weak: "weak", strong: "" } as const;
const gitStates: Partial<Record<NonNullable<LocationStatus["git"]>, string>> = {
  ignored: "ignored by git",
  exposed: "not ignored by git",
  tracked: "tracked by git",
};

/** A reference may stand for a good key; anything else in a key's place is worth nothing. */
function describeWorth({ strength, valueKind }: LocationStatus): string {
  if (valueKind === "reference") return kindNames[valueKind];
  const worth = strength === null ? "" : strengths[strength];
  return valueKind === null ? worth : `${worth}: ${kindNames[valueKind]}`;
}

function showLocation(each: LocationStatus, paint: Paint): string[] {
  const { set, exists, masked, mode, owner, git, shadowedBy, ignored, unseen } = each;
  const gitState = git === null ? "" : (gitStates[git] ?? "");
  return [
    unseen === null
      ? set
        ? (masked ?? "empty")
        : exists
          ? "no key"
          : "not set"
      : paint.caution(`cannot be told: ${unseen}`),
    paint.caution(describeWorth(each)),
    mode ?? "",
    owner ?? "",
    git === "ignored" ? gitState : paint.caution(gitState),
    paint.caution(shadowedBy === null ? "" : `shadowed by ${shadowedBy}`),
    paint.caution(set && ignored !== null ? "not read" : ""),
  ];
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
