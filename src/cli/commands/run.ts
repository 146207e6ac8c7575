import { networkInterfaces } from "node:os";
import { resolve } from "node:path";

import type { Command } from "commander";

import { isInContainer } from "../../hosts/container.js";
import { KeywardError, systemErrorCode } from "../../core/errors.js";
import { adviseCommand } from "../../keys/advise.js";
import { type Machine } from "../../core/machine.js";
import { withEnvironment } from "../../core/machine.js";
import { decideServerBind } from "../../locations/decide-server-bind.js";
import { type KeyResolution, resolveKey, resolveSetting } from "../../locations/resolve-key.js";
import type { Unseen } from "../../locations/unseen.js";
import { plainWords, readCommand } from "../../systems/contract/command-line.js";
import type { Launch, System } from "../../systems/contract/system.js";
import { chooseLaunch, chooseSystem } from "../which/choose.js";
import { formatExamples, type Invocation } from "../command.js";
import type { ProgramName } from "../output.js";
import { readOwnHost } from "../input/own-host.js";
import { runInPlace } from "../real-programs/passthrough.js";

export function declare(command: Command, name: ProgramName): void {
  command.argument("<command...>", "after --: the server's program and its arguments").addHelpText(
    "after",
    `
The key goes into the environment of the command, and nothing else is changed. Where it would listen
is taken from its own --host, else from the system's settings. A command that hides it, as a shell
does, is started with a key alone.
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
  const command = seeServer([program, ...argv], context);
  const resolution = await findKey(system, invocation, command.machine);
  const { key } = resolution;
  await refuseUnsafe(invocation, system, resolution, command);
  const env = key === null ? context.env : { ...context.env, [system.variable]: key };
  try {
    return await runInPlace(program, argv, { ...env }, context);
  } catch (error) {
    throw nameStartFailure(error, program, context);
  }
}

/** What could not be started, by the two exit codes that shells, env, timeout and docker have for it. */
function nameStartFailure(error: unknown, program: string, { fs, cwd }: Machine): unknown {
  if (!(error instanceof KeywardError) || error.code !== "program-failed") return error;
  const isMissing =
    systemErrorCode(error.cause) === "ENOENT" &&
    !(program.includes("/") && fs.existsSync(resolve(cwd, program)));
  if (isMissing) {
    const message = `there is no command ${program}`;
    const hint = program.includes("/")
      ? "check the path"
      : "check the name, or write the path of the program";
    return new KeywardError("command-not-found", message, { hint, cause: error.cause });
  }
  const isForbidden = systemErrorCode(error.cause) === "EACCES";
  const message = `${program} cannot be run: ${isForbidden ? "permission denied" : "its interpreter is missing, or it is not a program of this machine"}`;
  const hint = isForbidden
    ? "make it executable with chmod +x"
    : "check the interpreter in its first line";
  return new KeywardError("command-not-runnable", message, { hint, cause: error.cause });
}

/** The server in the command that is to be run. */
interface SeenServer {
  /** What it gets; or what hides it. */
  readonly args: readonly string[] | Unseen;
  /** The machine as the server sees it, with what the command puts into its environment. */
  readonly machine: Machine;
}

/** Whoever types a command says what the server is: only a wrapper hides it. */
function seeServer(words: readonly string[], context: Machine): SeenServer {
  const reading = readCommand(plainWords(words), { isServer: () => true });
  if (reading.why !== null) {
    const args = { place: "the command", why: reading.why, named: false };
    return { args, machine: context };
  }
  const set = [...reading.environment].map(([name, { text }]) => [name, text ?? ""] as const);
  const args = reading.args.map(({ text }) => text ?? "");
  if (set.length === 0) return { args, machine: context };
  const env = { ...context.env, ...Object.fromEntries(set) };
  return { args, machine: withEnvironment(context, env) };
}

/**
 * The key that a server started from here would read. One that a service alone reads is better than
 * none: that is what makes this command worth its while.
 */
async function findKey(
  system: System,
  invocation: Invocation,
  machine: Machine,
): Promise<KeyResolution> {
  const { options, server } = invocation;
  if (options.launch !== undefined || (server?.launch ?? null) !== null) {
    return resolveKey(system, machine, chooseLaunch(system, invocation));
  }
  const own = await resolveKey(system, machine, "foreground");
  if (own.effective !== null || own.switchedOffBy !== null) return own;
  const others = system.launches.filter((launch) => launch !== "foreground");
  for (const launch of others) {
    const found = await resolveKey(system, machine, launch);
    if (found.key !== null) return found;
  }
  return own;
}

async function refuseUnsafe(
  invocation: Invocation,
  system: System,
  { authentication, key, effective, switchedOffBy }: KeyResolution,
  { args, machine }: SeenServer,
): Promise<void> {
  const { context } = invocation;
  const { safe, reason, hint } = await decideServerBind({
    host: "why" in args ? args : await findOwnHost(system, args, machine),
    // The command gets the key from here, wherever another launch would look for it.
    resolution: { authentication, key, switchedOffBy, effective, unseen: null },
    fix: adviseCommand(key),
    interfaces: networkInterfaces,
    inContainer: isInContainer(context),
  });
  if (safe === true) return;
  throw new KeywardError("not-started", reason.message, hint === undefined ? {} : { hint });
}

async function findOwnHost(
  { id, network }: System,
  args: readonly string[],
  machine: Machine,
): Promise<string | Unseen> {
  const known = id === "generic" ? null : (network.hostFlags ?? ["--host"]);
  const said = readOwnHost(args, known);
  if (said !== null) return said;
  const launch: Launch = "foreground";
  const { value, unseen } = await resolveSetting(network.host, machine, launch);
  return value ?? unseen;
}
