import type { Finding } from "../../core/finding.js";
import { findIgnoredLines } from "./ignored-lines.js";
import { findSwallowed } from "./swallowed.js";
import type { Unit } from "./unit.js";

/** What is wrong with how a unit gives its service variables; no finding holds a key. */
export function findUnitTroubles(unit: Unit): readonly Finding[] {
  return [...findSwallowed(unit), ...findIgnoredLines(unit)];
}
