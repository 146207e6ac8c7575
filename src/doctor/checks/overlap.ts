import type { Finding } from "../../core/finding.js";
import { resolveSetting } from "../../locations/resolve-key.js";
import { settingBeside } from "../../locations/setting-beside.js";
import type { Subject } from "../subject.js";

/** A secret of HAIP that was replaced, whose time is over and that is still about. */
export async function findEndedOverlap({ system, machine, launch }: Subject): Promise<Finding[]> {
  // Only what signs JWTs has such secrets.
  if (system.lifetime === undefined) return [];
  const { judgeOverlap, previousVariable, untilVariable } = await import("../../tokens/overlap.js");
  const read = (variable: string) =>
    resolveSetting(settingBeside(system, variable), machine, launch);
  const { source } = await read(previousVariable);
  const end = await read(untilVariable);
  const finding = judgeOverlap(source !== null, end.value || null, machine.clock.now());
  return finding === null || source === null ? [] : [{ ...finding, location: source }];
}
