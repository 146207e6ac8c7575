import { networkInterfaces } from "node:os";

import type { Command } from "commander";

import { explainKeyProblem } from "../../bind/check.js";
import { isInContainer } from "../../bind/container.js";
import { decideBind } from "../../bind/decide.js";
import { KeywardError } from "../../errors.js";
import { adviseCommand } from "../../keys/advise.js";
import { countsAsKey } from "../../keys/strength.js";
import { type KeyResolution, resolveKey, resolveSetting } from "../../stores/resolve.js";
import type { Launch, System } from "../../systems/system.js";
import { chooseLaunch, chooseSystem, spellCommand } from "../choose.js";
import { formatExamples, type Invocation } from "../command.js";
import type { ProgramName } from "../output.js";
import { runInPlace } from "../passthrough.js";

export function declare(command: Command, name: ProgramName): void {
  command.argument("<command...>", "after --: the server's program and its arguments").addHelpText(
    "after",
    `
The key goes into the environment of the command, and nothing else is changed. Where it would listen
is taken from its own --host, else from the system's settings.
${formatExamples([
  [`${name} run --system openjarvis -- jarvis serve --port 8001`, "OpenJarvis with its key"],
  [`${name} run --system jean -- jean --headless`, "Jean with the key of its env file"],
])}`,
  );
}

export async function run(invocation: Invocation): Promise<number> {
  const { context, args } = invocation;
  const [program = "", ...argv] = args;
  const system = await chooseSystem(invocation);
  const resolution = await findKey(system, invocation);
  const { key } = resolution;
  await refuseUnsafe(invocation, system, resolution, argv);
  const env = key === null ? context.env : { ...context.env, [system.variable]: key };
  return runInPlace(program, argv, { ...env }, context);
}

/**
 * The key that a server started from here would read. One that a service alone reads is better than
 * none: that is what makes this command worth its while.
 */
async function findKey(system: System, invocation: Invocation): Promise<KeyResolution> {
  const { context, options, server } = invocation;
  if (options.launch !== undefined || (server?.launch ?? null) !== null) {
    return resolveKey(system, context, chooseLaunch(system, invocation));
  }
  const own = await resolveKey(system, context, "foreground");
  if (own.effective !== null || own.switchedOffBy !== null) return own;
  const others = system.launches.filter((launch) => launch !== "foreground");
  for (const launch of others) {
    const found = await resolveKey(system, context, launch);
    if (found.key !== null) return found;
  }
  return own;
}

async function refuseUnsafe(
  invocation: Invocation,
  system: System,
  { key, switchedOffBy }: KeyResolution,
  argv: readonly string[],
): Promise<void> {
  const { context } = invocation;
  const { network } = system;
  const launch: Launch = "foreground";
  const host =
    findHostWord(argv, network.hostFlags ?? ["--host"]) ??
    (await resolveSetting(network.host, context, launch)).value;
  const off = switchedOffBy === null ? undefined : `authentication is off, by ${switchedOffBy}`;
  const { safe, reason, hint } = await decideBind({
    host,
    keyConfigured: countsAsKey(key),
    keyProblem: off ?? explainKeyProblem(key),
    fix: spellCommand(invocation, system, adviseCommand(key)),
    interfaces: networkInterfaces,
    inContainer: isInContainer(context),
  });
  if (safe) return;
  throw new KeywardError("not-started", reason.message, hint === undefined ? {} : { hint });
}

/** The last one counts, as servers have it; an option without its word would be every address. */
function findHostWord(argv: readonly string[], flags: readonly string[]): string | null {
  for (let at = argv.length - 1; at >= 0; at--) {
    const word = argv[at] ?? "";
    if (flags.includes(word)) return argv[at + 1] ?? "";
    const flag = flags.find((each) => each.startsWith("--") && word.startsWith(`${each}=`));
    if (flag !== undefined) return word.slice(flag.length + 1);
  }
  return null;
}
