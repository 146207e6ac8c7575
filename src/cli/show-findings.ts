import type { Finding } from "../core/finding.js";
import { type Paint, showPlainly } from "./output.js";

/** Findings for people, the worst first, each with what mends it. */
export function showFindings(findings: readonly Finding[], paint: Paint): string[] {
  const shades = { error: paint.bad, warning: paint.caution, info: paint.dim };
  const order = Object.keys(shades);
  return findings
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
    .flatMap(({ severity, message, fix }) => [
      `${shades[severity](severity)}: ${showPlainly(message)}`,
      ...(fix === null ? [] : [`  ${showPlainly(fix)}`]),
    ]);
}
