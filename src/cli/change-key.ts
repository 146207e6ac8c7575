import type { ChangeOptions, RotateReport, Rotation } from "../rotate/change.js";
import type { System } from "../systems/system.js";
import { chooseLaunch, chooseSystem, spellCommand } from "./choose.js";
import type { Invocation } from "./command.js";

/** What a command that changed a key has to show. */
export interface KeyChange {
  readonly system: System;
  readonly rotation: Rotation;
}

/**
 * Runs a change of the key as every command that makes one does. Ctrl-C waits until the file is
 * whole.
 */
export async function runChange(
  invocation: Invocation,
  change: (options: ChangeOptions, system: System) => Promise<Rotation>,
): Promise<KeyChange> {
  const { context, report } = invocation;
  const system = await chooseSystem(invocation);
  const launch = chooseLaunch(system, invocation);
  const wait = () => {};
  context.process.on("SIGINT", wait);
  try {
    const rotation = await change(
      {
        system,
        machine: context,
        launch,
        onStep: ({ name, ok, ms }) => report.debug(`${name} ${ok ? "done" : "failed"} in ${ms} ms`),
      },
      system,
    );
    return { system, rotation };
  } finally {
    context.process.off("SIGINT", wait);
  }
}

/** Says what else changed, and what makes the running server take the new key. */
export function explainNext(
  invocation: Invocation,
  system: System,
  { notes, next, status }: RotateReport,
): void {
  const { report } = invocation;
  for (const note of notes) report.note(note);
  if (status === "planned") return;
  report.note(`a running ${system.title} keeps the key that it started with until it restarts`);
  const proof = spellCommand(invocation, system, "auth probe");
  report.hint(
    next.length === 0 ? `restart it, then: ${proof}` : `${next.join(" && ")} && ${proof}`,
  );
}

/** Reports a key that was replaced, or is about to be. */
export async function reportReplaced(
  invocation: Invocation,
  { system, rotation }: KeyChange,
): Promise<void> {
  const { report } = invocation;
  const { notes, ...promised } = rotation.report;
  const { location, oldFingerprint, newFingerprint, status, next } = promised;
  const proof = spellCommand(invocation, system, "auth probe");
  report.answerJson({ ...promised, next: [...next, proof], notes });
  const before = describeKey(rotation.oldKey, oldFingerprint);
  if (status === "planned") {
    const { maskKey } = await import("../keys/mask.js");
    const old =
      rotation.oldKey === null ? " is not set" : `=${maskKey(rotation.oldKey)}  ${before}`;
    report.answer(`would change ${location}`);
    report.answer(`- ${system.variable}${old}`);
    report.answer(`+ ${system.variable}=(a new key)`);
  } else {
    report.answer(`${location}  ${before} -> ${describeKey(rotation.newKey, newFingerprint)}`);
  }
  explainNext(invocation, system, rotation.report);
}

/** A weak key has no fingerprint, since it could be guessed from it. */
function describeKey(key: string | null, fingerprint: string | null): string {
  if (key === null) return "(no key)";
  return fingerprint ?? "(a weak key)";
}
