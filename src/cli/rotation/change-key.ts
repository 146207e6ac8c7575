import { aboutServer } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import type { ChangeOptions, RestartOptions } from "../../rotate/options.js";
import type { Interrupt } from "../../rotate/interrupt.js";
import type { RotateReason } from "../../rotate/reason.js";
import type { RotateReport, Rotation } from "../../rotate/report.js";
import type { StepListener } from "../../rotate/steps/steps.js";
import { findKeyTarget } from "../../rotate/target.js";
import { quoteForShell } from "../../core/shell-quote.js";
import type { System } from "../../systems/contract/system.js";
import { chooseLaunch, chooseSystem } from "../which/choose.js";
import type { Invocation } from "../command.js";
import { holdInterrupt } from "../hold-interrupt.js";
import type { RestartCommandOptions } from "../input/restart-options.js";
import { warnStartFolder } from "./warn-start-folder.js";

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
  const onStep: ChangeOptions["onStep"] = ({ name, ok, ms }) =>
    report.debug(`${name} ${ok ? "done" : "failed"} in ${ms} ms`);
  const rotation = await holdInterrupt(context, () =>
    change({ system, machine: context, launch, onStep }, system),
  );
  return { system, rotation };
}

/**
 * Runs a change of the key that may go on to a restart and its proof. Ctrl-C then puts everything
 * back; a second one leaves it as it is.
 */
export async function runProvenChange(
  invocation: Invocation<RestartCommandOptions>,
  change: (options: ChangeOptions, system: System) => Promise<Rotation>,
  excuse?: ChangeOptions["excuse"],
): Promise<KeyChange> {
  const { options, context } = invocation;
  if (options.restart !== true && options.restartCommand !== true) {
    refuseGeneric(options);
    // Words, and a time limit, have no meaning here; whoever reads them says so.
    const { timeout, acceptUnverified } = options;
    if (invocation.args.length > 0 || timeout !== undefined || acceptUnverified === true) {
      const { readRestart } = await import("../input/read-restart.js");
      await readRestart(invocation, await chooseSystem(invocation), "foreground");
    }
    return runChange(invocation, change);
  }
  const { readRestart } = await import("../input/read-restart.js");
  const { describeAsked } = await import("../input/probe-options.js");
  const system = describeAsked(await chooseSystem(invocation), options);
  const launch = chooseLaunch(system, invocation);
  // What is not due needs no restart, and nothing that a restart needs.
  const isDue =
    excuse === undefined || excuse(await findKeyTarget(system, context, launch)) === null;
  const restart = isDue ? await readRestart(invocation, system, launch) : undefined;
  const dryRun = !isDue;
  const rotation = await watchRotation(
    invocation,
    (watched) => change({ system, machine: context, launch, restart, dryRun, ...watched }, system),
    restart && `restarting ${describeRestart(system, restart)}`,
  );
  if (restart !== undefined && rotation.report.status === "planned") {
    invocation.report.note(`then it would restart ${describeRestart(system, restart)}`);
  }
  return { system, rotation };
}

/** Without a restart nobody is asked. */
function refuseGeneric({ path, transport, acceptJson }: RestartCommandOptions): void {
  if ([path, transport, acceptJson].every((option) => option === undefined)) return;
  throw new KeywardError("usage", "--path, --transport and --accept-json are for --restart");
}

function describeRestart({ title }: System, { command, url }: RestartOptions): string {
  return `${title} with: ${quoteForShell(command)}; asking ${url}`;
}

/**
 * Shows the steps of a rotation as they go, and hears the wish to stop.
 *
 * @param announcement said when the server is about to be restarted, and not before
 */
export async function watchRotation(
  { name, context, report }: Invocation,
  work: (watched: StepListener & { readonly interrupt: Interrupt }) => Promise<Rotation>,
  announcement?: string,
): Promise<Rotation> {
  const { showProgress } = await import("./progress.js");
  const { watchInterrupt } = await import("../watch-interrupt.js");
  const progress = showProgress(name, context, report);
  const interrupt = watchInterrupt(context.process, (which) =>
    report.note(
      which === "first" ? "stopping; press Ctrl-C again to leave it as it is" : "left as it is",
    ),
  );
  try {
    const { onStep } = progress;
    const onStepStart: typeof progress.onStepStart = (step) => {
      if (step === "restart" && announcement !== undefined) report.note(announcement);
      progress.onStepStart(step);
    };
    return await work({ onStep, onStepStart, interrupt });
  } finally {
    progress.stop();
    interrupt.stop();
  }
}

/** Whether nobody asked the running server whether it takes the new key. */
export function isUnasked({ code }: RotateReason): boolean {
  return code === "no-restart" || code === "stopped";
}

/** Says what else changed, and what makes the running server take the new key. */
export async function explainNext(
  invocation: Invocation,
  system: System,
  { notes, next, status, reason }: RotateReport,
): Promise<void> {
  const { report } = invocation;
  for (const note of notes) report.note(note);
  if (status !== "unverified" || !isUnasked(reason)) return;
  const isTrap = await warnStartFolder(invocation, system);
  report.note(
    `a running ${system.title.replace(/^the /, "")} keeps the key that it started with until it restarts`,
  );
  const proof = aboutServer("auth probe");
  if (next.length === 0) return report.hint(["restart it, then: ", proof]);
  // The paths of the proof are those of this folder.
  const restart = isTrap ? `(${["cd /", ...next].join(" && ")})` : next.join(" && ");
  report.hint([`${restart} && `, proof]);
}
