import type { CheckReport, ProbeReport, Verdict } from "../probe/report.js";
import type { Invocation } from "./command.js";
import { loadPaint, type Paint } from "./output.js";

const good: readonly Verdict[] = ["enforced", "closed"];
const verbs = { accept: "accepted", refuse: "refused", unclear: "unclear" } as const;

/** The report of a probe for people: a line per transport, the verdict, the findings. */
export async function showProbe(
  { context, report }: Invocation,
  { url, version, verdict, reason, checks, findings }: ProbeReport,
): Promise<void> {
  const paint = await loadPaint(context, context.stdout);
  for (const line of showChecks(checks, paint)) report.answer(line);
  const shade = good.includes(verdict) ? paint.good : paint.bad;
  const server = version === null ? url : `${url} (version ${version})`;
  report.answer(`${shade(verdict)}: ${server}: ${reason.message}`);
  const paints = { error: paint.bad, warning: paint.caution, info: paint.dim };
  for (const { severity, message, fix } of findings) {
    report.answer(`${paints[severity](severity)}: ${message}`);
    if (fix !== null) report.answer(`  ${fix}`);
  }
}

function showChecks(checks: readonly CheckReport[], paint: Paint): string[] {
  const routes = new Map<string, CheckReport[]>();
  for (const check of checks) {
    // A request with two credentials is about the header as much as about the query.
    const name = `${check.route}  ${check.transport}`;
    routes.set(name, [...(routes.get(name) ?? []), check]);
  }
  const width = Math.max(0, ...[...routes.keys()].map((name) => name.length));
  return [...routes].map(([name, group]) => {
    const clear = group.every(({ observed }) => observed !== "unclear");
    const mark = group.every(({ ok }) => ok)
      ? paint.good("ok")
      : clear
        ? paint.bad("NO")
        : paint.caution("??");
    return `${mark}  ${name.padEnd(width)}  ${group.map((check) => tell(check, paint)).join(", ")}`;
  });
}

function tell({ credential, expected, observed, detail, ok }: CheckReport, paint: Paint): string {
  const saw = `${credential} ${verbs[observed]}`;
  if (ok) return saw;
  return observed === "unclear"
    ? paint.caution(`${saw} (${detail})`)
    : paint.bad(`${saw} (${detail}), should be ${verbs[expected]}`);
}
