import type { Attempt } from "../attempt.js";
import type { Ending } from "./finish.js";
import type { RotateReport } from "../report.js";

/** What the report has to say of a rotation that was seen through to one end or another. */
export function describeEnding({
  attempt,
  ending,
}: {
  readonly attempt: Attempt;
  readonly ending: Ending;
}): Pick<RotateReport, "status" | "newFingerprint" | "notes" | "next"> & Partial<RotateReport> {
  const { keeper, notes } = attempt;
  const { status, reason, proof } = ending;
  const { newFingerprint, copy, hadKey, leaked } = keeper.journal;
  // Nobody is to go back to a leaked key, or to none.
  const backup = hadKey && !leaked ? copy : null;
  return {
    status,
    newFingerprint: status === "undone" ? null : newFingerprint,
    next: [],
    notes,
    ...(proof !== undefined && { proof }),
    ...(reason !== null && { reason }),
    ...(status === "stuck" && { copy: backup, journal: keeper.path }),
  };
}
