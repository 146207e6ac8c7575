import type { Finding } from "../../core/finding.js";
import { findInResponses } from "./find-in-responses.js";
import { findInConnection } from "./find-in-connection.js";
import type { FindingInput } from "./finding-input.js";

const severities = ["error", "warning", "info"];

/** What a person should know beside the verdict, the worst first. */
export function collectFindings(input: FindingInput): Finding[] {
  return [...findInResponses, ...findInConnection]
    .flatMap((find) => find(input) ?? [])
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
