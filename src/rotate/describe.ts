import { quoteForShell } from "../core/shell-quote.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import type { Launch } from "../systems/contract/system.js";
import type { ChangeOptions } from "./options.js";
import type { RotateReport } from "./report.js";
import type { Ending } from "./state.js";
import type { Steps } from "./steps/steps.js";
import type { KeyTarget } from "./target.js";

/** What is known of a change, whatever becomes of it. */
export interface Described {
  readonly options: Pick<ChangeOptions, "system" | "machine">;
  readonly launch: Launch;
  readonly steps: Steps;
}

/** The report of a change of this file. */
export function describeTarget(
  { options, launch, steps }: Described,
  { location, resolution }: KeyTarget,
  rest: Pick<RotateReport, "status" | "reason" | "newFingerprint" | "notes"> &
    Partial<RotateReport>,
): RotateReport {
  return {
    system: options.system.id,
    location: location.path,
    oldFingerprint: nameKey(resolution.key),
    workers: null,
    steps: steps.taken,
    next: listNext(options, launch),
    ...rest,
  };
}

/** What the report has to say of a rotation that was seen through to one end or another. */
export function describeEnding({
  state,
  status,
  reason,
  proof,
}: Ending): Pick<
  RotateReport,
  "status" | "reason" | "workers" | "newFingerprint" | "notes" | "next"
> &
  Partial<RotateReport> {
  const { keeper, notes, oldBytes } = state;
  const { newFingerprint, copy, hadKey, leaked, command } = keeper.journal;
  // Nobody is to go back to a leaked key, or to none; and a copy may have been taken away.
  const backup = hadKey && !leaked && oldBytes !== null ? copy : null;
  const mayRestart = status === "stuck" || status === "unverified" || status === "logged";
  return {
    status,
    reason,
    workers: proof?.workers ?? null,
    newFingerprint: status === "undone" || status === "unchanged" ? null : newFingerprint,
    next: mayRestart ? [quoteForShell(command)] : [],
    notes,
    ...(proof !== undefined && { proof }),
    ...(status === "stuck" && { copy: backup, journal: keeper.path }),
  };
}

/** A key's fingerprint; null for none. */
export function nameKey(key: string | null): string | null {
  return key === null ? null : fingerprintKey(key);
}

/** What puts the change into force. */
function listNext({ system, machine }: Described["options"], launch: Launch): string[] {
  const plan = system.restart(machine, launch);
  if (plan === null) return [];
  const sudo = plan.needsRoot && machine.user.uid !== 0 ? ["sudo"] : [];
  return [quoteForShell([...sudo, plan.program, ...plan.args])];
}
