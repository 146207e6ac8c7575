import type { Rotation, RotateOptions, RotateReport } from "../rotate/rotate.js";
import { rotateKey } from "../rotate/rotate.js";
import type { System } from "../systems/system.js";
import { chooseLaunch, chooseSystem, spellCommand } from "./choose.js";
import type { Invocation } from "./command.js";

/**
 * The change of a key as every command that makes one does it. Ctrl-C waits until the file is whole.
 */
export async function changeKey(
  invocation: Invocation,
  wishes: Pick<RotateOptions, "format" | "onlyIfMissing" | "dryRun">,
): Promise<{ system: System; rotation: Rotation }> {
  const { context, report } = invocation;
  const system = await chooseSystem(invocation);
  const launch = chooseLaunch(system, invocation);
  const wait = () => {};
  context.process.on("SIGINT", wait);
  try {
    const rotation = await rotateKey({
      system,
      machine: context,
      launch,
      ...wishes,
      onStep: ({ name, ok, ms }) => report.debug(`${name} ${ok ? "done" : "failed"} in ${ms} ms`),
    });
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
