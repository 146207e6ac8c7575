import type { ProbeReport, Verdict } from "../probe/report.js";
import type { Invocation } from "./command.js";
import { loadPaint } from "./output.js";

const good: readonly Verdict[] = ["enforced", "closed"];

/** The report of a probe for people: a line per check, the verdict, the findings. */
export async function showProbe(
  { context, report }: Invocation,
  { url, version, verdict, reason, checks, findings }: ProbeReport,
): Promise<void> {
  const paint = await loadPaint(context, context.stdout);
  const width = Math.max(0, ...checks.map(({ route }) => route.length));
  for (const { transport, route, credential, observed, detail, ok } of checks) {
    const mark = ok
      ? paint.good("ok")
      : observed === "unclear"
        ? paint.caution("??")
        : paint.bad("NO");
    const saw = `${observed}${detail === "" ? "" : ` (${detail})`}`;
    report.answer(
      `${mark}  ${route.padEnd(width)}  ${transport.padEnd(15)}  ${credential.padEnd(7)}  ${saw}`,
    );
  }
  const shade = good.includes(verdict) ? paint.good : paint.bad;
  const server = version === null ? url : `${url} (version ${version})`;
  report.answer(`${shade(verdict)}: ${server}: ${reason.message}`);
  const paints = { error: paint.bad, warning: paint.caution, info: paint.dim };
  for (const { severity, message, fix } of findings) {
    report.answer(`${paints[severity](severity)}: ${message}`);
    if (fix !== null) report.answer(`  ${fix}`);
  }
}
