import type { Finding } from "../../../core/finding.js";
import { describeLive, type LiveStatus } from "../../../live/describe-live.js";
import type { Verdict } from "../../../probe/report.js";
import type { Launch, SystemId } from "../../../systems/contract/system.js";
import type { Outcome } from "../../../doctor/fixes/apply-fixes.js";
import type { Invocation } from "../../command.js";
import type { Diagnosis } from "./diagnose.js";
import { loadPaint, type Paint } from "../../output.js";
import type { Asked } from "./probe-subject.js";
import { showFindings } from "../../show-findings.js";

/** A diagnosis, and what the running server answered: its findings are among the others. */
export interface Answer extends Omit<Diagnosis, "findings"> {
  readonly findings: readonly Finding[];
  /** Null where nobody was asked. */
  readonly asked: Asked | null;
}

/** What `doctor --json` prints. */
export interface DoctorJson {
  readonly systems: readonly {
    readonly system: SystemId;
    /** Its names, for `--server`. */
    readonly servers: readonly string[];
    readonly launch: Launch | null;
    readonly location: string | null;
    readonly authentication: "on" | "off" | "unknown";
    readonly live: LiveStatus | null;
    /** Null where nobody was asked. */
    readonly probe: { readonly url: string | null; readonly verdict: Verdict } | null;
  }[];
  readonly findings: readonly (Finding & { readonly system: SystemId | null })[];
  readonly fixed: Outcome["fixed"];
  readonly failed: Outcome["failed"];
}

/** The same, made of what was found. */
export function describeDoctor(
  answers: readonly Answer[],
  outcomes: readonly Outcome[],
): DoctorJson {
  return {
    systems: answers.flatMap(({ system, names, subject, asked }) => {
      if (system === null) return [];
      const { launch = null, resolution } = subject ?? {};
      return [
        {
          system,
          servers: names,
          launch,
          location: resolution?.effective?.name ?? null,
          authentication: resolution?.authentication ?? "unknown",
          live: subject === null ? null : describeLive(subject.live),
          probe: asked && { url: asked.url || null, verdict: asked.verdict },
        },
      ];
    }),
    findings: answers.flatMap(({ system, findings }) =>
      findings.map((finding) => ({ ...finding, system })),
    ),
    fixed: outcomes.flatMap(({ fixed }) => fixed),
    failed: outcomes.flatMap(({ failed }) => failed),
  };
}

/** The report for people: a part for each server, the worst first in it. */
export async function showDoctor(
  answers: readonly Answer[],
  { context, report }: Invocation,
): Promise<void> {
  const paint = await loadPaint(context, context.stdout);
  const servers = answers.filter(({ system }) => system !== null);
  const rest = answers.filter(({ system, findings }) => system === null && findings.length > 0);
  const lines = [...servers, ...rest].flatMap((answer) => [...showAnswer(answer, paint), ""]);
  if (servers.length === 0)
    lines.unshift("no server has files here or listens on its port, and none has a name", "");
  report.answer([...lines, sumUp(answers, paint)].join("\n"));
}

function showAnswer({ title, names, subject, asked, findings }: Answer, paint: Paint): string[] {
  const launch = subject === null ? "" : ` (${subject.launch})`;
  const named = names.length === 0 ? "" : `, named ${names.join(", ")}`;
  const key = subject?.resolution.effective?.name;
  return [
    `${paint.strong(title)}${launch}${named}`,
    ...(key === undefined ? [] : [`  key in ${key}`]),
    ...(asked === null || asked.url === "" ? [] : [`  ${tellRunning(asked, paint)}`]),
    ...showFindings(findings, paint).map((line) => `  ${line}`),
  ];
}

function tellRunning({ url, verdict }: Asked, paint: Paint): string {
  if (verdict === "unreachable") return paint.dim(`no server answers at ${url}`);
  const isGood = verdict === "enforced" || verdict === "closed";
  return `the server at ${url}: ${isGood ? paint.good(verdict) : paint.bad(verdict)}`;
}

function sumUp(answers: readonly Answer[], paint: Paint): string {
  const findings = answers.flatMap((answer) => answer.findings);
  const count = (severity: string) =>
    findings.filter((finding) => finding.severity === severity).length;
  const errors = count("error");
  const warnings = count("warning");
  if (errors + warnings === 0) return paint.good("nothing to fix");
  const tell = (amount: number, word: string) => `${amount} ${word}${amount === 1 ? "" : "s"}`;
  return [
    ...(errors === 0 ? [] : [paint.bad(tell(errors, "error"))]),
    ...(warnings === 0 ? [] : [paint.caution(tell(warnings, "warning"))]),
  ].join(", ");
}
