import type { Command } from "commander";

import { KeywardError } from "../../../core/errors.js";
import type { ChangeOptions } from "../../../rotate/options.js";
import { rotateKey } from "../../../rotate/rotate.js";
import type { System } from "../../../systems/contract/system.js";
import { runProvenChange, watchRotation } from "../../rotation/change-key.js";
import { chooseSystem } from "../../which/choose.js";
import { formatExamples, type Invocation } from "../../command.js";
import type { ProgramName } from "../../output.js";
import { declareRestart, type RestartCommandOptions } from "../../input/restart-options.js";
import { isWritten, reportRotation } from "../../rotation/show-rotation.js";

interface RotateCommandOptions extends RestartCommandOptions {
  readonly dryRun?: boolean;
  readonly ifOlderThan?: string;
  readonly ifMissing?: boolean;
  readonly leaked?: boolean;
  readonly overlap?: string;
  readonly replaceReference?: boolean;
  readonly resume?: boolean;
  readonly undo?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  declareRestart(command, name)
    .option(
      "--leaked",
      "others know the old key: never go back to it, and list what still holds it",
    )
    .option("--overlap <duration>", "HAIP: keep the old secret for verifying that long")
    .option("--if-older-than <time>", "only when the key is older than that, for example 30d")
    .option("--if-missing", "only when there is no key")
    .option("--replace-reference", "replace a reference to another tool")
    .option("--resume", "finish a rotation that was cut off")
    .option("--undo", "go back to the old key of a rotation that was cut off")
    .option("--dry-run", "show what would change, masked, and change nothing")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} token rotate`, "a new key in the file that counts"],
        [`${name} token rotate --restart`, "and in the running server, proven; or all is undone"],
        [`${name} token rotate --restart --if-older-than 30d`, "for cron"],
        [
          `${name} token rotate --restart --restart-command -- docker compose up -d`,
          "by a command",
        ],
        [`${name} token rotate --dry-run`, "what that would change"],
      ]),
    );
}

export async function run(invocation: Invocation<RotateCommandOptions>): Promise<number> {
  const { options } = invocation;
  refuseContradictions(options);
  if (options.resume === true || options.undo === true) return recover(invocation);
  const leaked = options.leaked === true;
  const excuse = await findExcuse(invocation);
  const rotate = await chooseRotation(options);
  const change = await runProvenChange(
    invocation,
    (common) =>
      rotate({
        ...common,
        dryRun: options.dryRun === true || common.dryRun === true,
        leaked,
        replaceReference: options.replaceReference === true,
        excuse,
      }),
    excuse,
  );
  if (!isWritten(change)) return reportRotation(invocation, change);
  const { reportWithAftermath } = await import("../../rotation/after-rotation.js");
  // For a time both secrets are to stand in the file.
  const search = options.overlap === undefined ? (leaked ? "leaks" : "copies") : "none";
  return reportWithAftermath(invocation, change, search);
}

async function chooseRotation({ overlap }: RotateCommandOptions): Promise<typeof rotateKey> {
  if (overlap === undefined) return rotateKey;
  const { rotateWithOverlap } = await import("../../../rotate/rotate-overlap.js");
  const { readDuration } = await import("../../input/read-duration.js");
  const seconds = readDuration("--overlap", overlap);
  return (options) => rotateWithOverlap({ ...options, overlap: seconds });
}

function refuseContradictions(options: RotateCommandOptions): void {
  const { resume, undo, restart, ...others } = options;
  if (others.overlap !== undefined) refuseBesideOverlap(options);
  if (resume === true && undo === true) {
    throw new KeywardError("usage", "--resume and --undo cannot be used together");
  }
  if (resume !== true && undo !== true) return;
  const own = [
    others.replaceReference,
    others.dryRun,
    others.leaked,
    others.ifMissing,
    others.ifOlderThan,
    others.overlap,
  ];
  if ([restart, ...own].every((option) => option === undefined)) return;
  throw new KeywardError(
    "usage",
    "--resume and --undo continue a rotation that was started before",
    {
      hint: "leave out the options of a new rotation",
    },
  );
}

function refuseBesideOverlap({ leaked, restart, restartCommand }: RotateCommandOptions): void {
  if (leaked === true) {
    throw new KeywardError("usage", "--overlap would keep a leaked secret in force", {
      hint: "leave out --overlap",
    });
  }
  if (restart !== true && restartCommand !== true) return;
  throw new KeywardError(
    "usage",
    "--restart proves that the old secret is dead, and --overlap keeps it",
    {
      hint: "leave out --restart, and restart the server yourself",
    },
  );
}

/** Why no new key is due, by the options that ask for one only then. */
async function findExcuse({
  options,
  context,
}: Invocation<RotateCommandOptions>): Promise<ChangeOptions["excuse"]> {
  const { ifMissing, ifOlderThan } = options;
  if (ifMissing !== true && ifOlderThan === undefined) return undefined;
  const { excuseByAge } = await import("../../../rotate/due.js");
  const { readDuration } = await import("../../input/read-duration.js");
  const age = ifOlderThan === undefined ? null : readDuration("--if-older-than", ifOlderThan);
  return (target) => excuseByAge(target, age, context);
}

/** The journal does not hold how a generic server is asked. */
async function refuseUnasked(system: System, { context }: Invocation): Promise<void> {
  if (system.hasNoProbe !== true) return;
  const { findJournal } = await import("../../../rotate/journal/journal.js");
  if (findJournal(system, context) === null) return;
  throw new KeywardError("unprovable", "the endpoint that checks a key is not known", {
    hint: "add what the rotation was begun with, for example: --path /validate",
  });
}

async function recover(invocation: Invocation<RotateCommandOptions>): Promise<number> {
  const { context, options, report } = invocation;
  const how = options.undo === true ? "undo" : "resume";
  const { describeAsked } = await import("../../input/probe-options.js");
  const { readTimeout } = await import("../../input/read-duration.js");
  const { recoverRotation } = await import("../../../rotate/recover.js");
  const system = describeAsked(await chooseSystem(invocation), options);
  await refuseUnasked(system, invocation);
  const { readRestartCommand } = await import("../../input/read-restart.js");
  const command = readRestartCommand(invocation);
  const restart = {
    request: context.request,
    ...(command !== null && { command }),
    ...(options.timeout !== undefined && { timeoutMs: readTimeout(options.timeout) }),
    ...(options.debug === true && {
      onOutput: (line: string) => report.debug(`restart: ${line}`),
    }),
  };
  const rotation = await watchRotation(invocation, (watched) =>
    recoverRotation({ system, machine: context, how, restart, ...watched }),
  );
  const code = await reportRotation(invocation, { system, rotation });
  const { status } = rotation.report;
  if (how === "resume" || status === "stuck" || status === "unchanged") return code;
  // To have been undone is what was asked for; to have been proven before that is not.
  const { exit } = await import("../../exit.js");
  return status === "undone" ? exit.ok : exit.failed;
}
