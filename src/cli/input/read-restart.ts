import { isAbsolute, join, resolve } from "node:path";

import { readTimeout } from "./read-duration.js";
import { aboutServer } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import { parseTarget } from "../../net/target.js";
import { passFolderOn } from "../../rotate/foresee/pass-on.js";
import type { RestartOptions } from "../../rotate/options.js";
import { quoteForShell } from "../../core/shell-quote.js";
import type { Launch, RestartPlan, System } from "../../systems/contract/system.js";
import type { Invocation } from "../command.js";
import type { Context } from "../context.js";
import { findDefaultUrl } from "../which/find-url.js";
import { findProgram, isExecutable } from "../real-programs/programs.js";
import { defaultTimeout, type RestartCommandOptions } from "./restart-options.js";

/**
 * How the server is restarted and asked; undefined when that was not asked for.
 *
 * @throws KeywardError `usage`; `not-found` when no way to restart the system is known,
 *   `program-missing`, `unwritable` when only root may, and as `findDefaultUrl`
 */
export async function readRestart(
  invocation: Invocation<RestartCommandOptions>,
  system: System,
  launch: Launch,
): Promise<RestartOptions | undefined> {
  const { options, context, server, report } = invocation;
  const timeoutMs = readTimeout(options.timeout ?? defaultTimeout);
  const words = readWords(invocation);
  if (words === null && options.restart !== true) {
    if (options.timeout === undefined && options.acceptUnverified !== true) return undefined;
    const what = options.timeout === undefined ? "--accept-unverified" : "--timeout";
    throw new KeywardError("usage", `${what} is for --restart`);
  }
  const url = server?.url ?? null;
  refuseUnprovable(system, url);
  const own = words ?? server?.restartCommand ?? null;
  const planned =
    own === null
      ? planRestart(system, launch, context)
      : { command: findCommand(own, context), knowledge: undefined, plan: undefined };
  const found = url === null ? await findDefaultUrl(system, launch, context) : null;
  const asked = url ?? found?.url ?? "";
  return {
    ...planned,
    url: asked,
    named: url !== null && !parseTarget(url).loopback,
    trust: found?.trust ?? {},
    timeoutMs,
    request: context.request,
    onOutput: options.debug === true ? (line) => report.debug(`restart: ${line}`) : undefined,
  };
}

/**
 * What is to restart the server by the caller's own words; null where there are none.
 *
 * @throws KeywardError `usage`, `program-missing`
 */
export function readRestartCommand(
  invocation: Invocation<RestartCommandOptions>,
): readonly [string, ...string[]] | null {
  const words = readWords(invocation);
  return words === null ? null : findCommand(words, invocation.context);
}

/** Without an address and a question no answer proves anything: then nothing is written either. */
function refuseUnprovable(system: System, url: string | null): void {
  const message = `what a restart of ${system.title} does could not be proven:`;
  if (system.hasNoAddress === true && url === null) {
    throw new KeywardError("unprovable", `${message} its address is not known`, {
      hint: [
        "name it: ",
        aboutServer("server add NAME --url URL"),
        ", then use that name with --server; or leave out --restart, and restart it yourself",
      ],
    });
  }
  if (system.hasNoProbe !== true) return;
  throw new KeywardError("unprovable", `${message} the endpoint that checks a key is not known`, {
    hint: "name its endpoint, for example: --path /validate; or leave out --restart, and restart it yourself",
  });
}

function readWords({
  args,
  options,
}: Invocation<RestartCommandOptions>): readonly [string, ...string[]] | null {
  const [program, ...rest] = args;
  if (options.restartCommand !== true) {
    if (program === undefined) return null;
    throw new KeywardError("usage", "too many arguments", {
      hint: "a restart command ends the line: --restart-command -- systemctl restart my-server",
    });
  }
  if (program === undefined || program === "") {
    throw new KeywardError("usage", "the restart command names no program", {
      hint: "end the line with it: --restart-command -- systemctl restart my-server",
    });
  }
  return [program, ...rest];
}

function planRestart(system: System, launch: Launch, context: Context) {
  const plan = system.restart(context, launch);
  if (plan === null) {
    throw new KeywardError(
      "not-found",
      `keyward does not know how ${system.title} is restarted here`,
      {
        hint: "end the line with --restart-command -- and the command",
      },
    );
  }
  const program = findPlanned(plan, context);
  const command = [program, ...plan.args] as const;
  if (plan.needsRoot && context.user.uid !== 0) {
    throw new KeywardError("unwritable", `only root may do this: ${quoteForShell(command)}`, {
      hint: "run it with sudo, or leave out --restart",
    });
  }
  const knowledge = readKnowledge(plan, program);
  return { command: passFolderOn(command, plan, system, context), knowledge, plan };
}

function readKnowledge({ knows }: RestartPlan, program: string): RestartOptions["knowledge"] {
  if (knows === undefined || "pidFile" in knows) return knows;
  return { command: [program, ...knows.args] };
}

/** Under the names that keyward shares, the real program, as everywhere. */
function findPlanned({ program }: RestartPlan, context: Context): string {
  const found =
    program === "jean2" || program === "jarvis"
      ? findProgram(program, context)
      : findOnPath(program, context);
  return found ?? refuseMissing(program);
}

function findCommand(
  [program, ...args]: readonly [string, ...string[]],
  context: Context,
): readonly [string, ...string[]] {
  const path = program.includes("/") ? resolve(context.cwd, program) : findOnPath(program, context);
  if (path === null || !isExecutable(path, context)) return refuseMissing(program);
  return [path, ...args];
}

/** Not by relative entries: they mean something else in the folder that it is run in. */
function findOnPath(program: string, context: Context): string | null {
  const folders = (context.env["PATH"] ?? "").split(":").filter((folder) => isAbsolute(folder));
  const paths = folders.map((folder) => join(folder, program));
  return paths.find((path) => isExecutable(path, context)) ?? null;
}

function refuseMissing(program: string): never {
  throw new KeywardError(
    "program-missing",
    `there is no ${program} here to restart the server with`,
    {
      hint: "say with --restart-command what restarts it",
    },
  );
}
