import { compareSeverity, type Finding } from "../core/finding.js";
import { type Paint, showPlainly } from "./output.js";

/** Findings for people, the worst first, each with what fixes it. */
export function showFindings(findings: readonly Finding[], paint: Paint): string[] {
  const shades = { error: paint.bad, warning: paint.caution, info: paint.dim };
  return findings
    .toSorted(compareSeverity)
    .flatMap(({ severity, message, fix }) => [
      `${shades[severity](severity)}: ${showPlainly(message)}`,
      ...(fix === null ? [] : [`  ${showPlainly(fix)}`]),
    ]);
}
