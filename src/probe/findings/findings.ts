import { compareSeverity, type Finding } from "../../core/finding.js";
import { findInResponses } from "./find-in-responses.js";
import { findInConnection } from "./find-in-connection.js";
import type { FindingInput } from "./finding-input.js";

/** What a person should know beside the verdict, the worst first. */
export function collectFindings(input: FindingInput): Finding[] {
  return [...findInResponses, ...findInConnection]
    .flatMap((find) => find(input) ?? [])
    .sort(compareSeverity);
}
