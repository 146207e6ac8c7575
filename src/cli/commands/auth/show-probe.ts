import type { CheckReport, ProbeReport, Verdict } from "../../../probe/report.js";
import type { Invocation } from "../../command.js";
import { loadPaint, type Paint } from "../../output.js";
import { showFindings } from "../../show-findings.js";

const good: ReadonlySet<Verdict> = new Set(["enforced", "closed"]);
const verbs = { accept: "accepted", refuse: "refused", unclear: "unclear" } as const;
const names = {
  none: "no key",
  garbage: "wrong key",
  key: "key",
  mixed: "key and wrong key",
} as const;

/** The report of a probe for people: a line per transport, the verdict, the findings. */
export async function showProbe(
  { context, report }: Invocation,
  { url, version, generation, verdict, reason, checks, findings }: ProbeReport,
): Promise<void> {
  const paint = await loadPaint(context, context.stdout);
  for (const line of showChecks(checks, paint)) report.answer(line);
  const shade = good.has(verdict) ? paint.good : paint.bad;
  const about = [version && `version ${version}`, generation && `generation ${generation}`];
  const known = about.filter(Boolean).join(", ");
  const server = known === "" ? url : `${url} (${known})`;
  report.answer(`${shade(verdict)}: ${server}: ${reason.message}`);
  for (const line of showFindings(findings, paint)) report.answer(line);
}

function showChecks(checks: readonly CheckReport[], paint: Paint): string[] {
  const groups = new Map<string, CheckReport[]>();
  const transportWidth = Math.max(0, ...checks.map(({ transport }) => transport.length));
  const routeWidth = Math.max(0, ...checks.map(({ route }) => route.length));
  for (const check of checks) {
    const name = `${check.transport.padEnd(transportWidth)}  ${check.route.padEnd(routeWidth)}`;
    groups.set(name, [...(groups.get(name) ?? []), check]);
  }
  return [...groups].map(([name, group]) => {
    const seen = [...new Set(group.map((check) => tell(check, paint)))].join(" · ");
    return `${mark(group, paint)}  ${name}  ${seen}`;
  });
}

function mark(group: readonly CheckReport[], paint: Paint): string {
  if (group.every(({ ok }) => ok)) return paint.good("ok");
  return group.some(({ observed }) => observed === "unclear")
    ? paint.caution("??")
    : paint.bad("NO");
}

function tell({ credential, expected, observed, detail, ok }: CheckReport, paint: Paint): string {
  const saw = `${names[credential]}: ${verbs[observed]}`;
  const isStranger = credential === "none" || credential === "garbage";
  if (ok) return isStranger && expected === "accept" ? `${saw} (by design)` : saw;
  return observed === "unclear"
    ? paint.caution(`${saw} (${detail})`)
    : paint.bad(`${saw} (${detail}), should be ${verbs[expected]}`);
}
