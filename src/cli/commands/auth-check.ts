import { networkInterfaces } from "node:os";

import type { Command } from "commander";

import { explainKeyProblem } from "../../bind/check.js";
import { isInContainer } from "../../bind/container.js";
import { decideBind } from "../../bind/decide.js";
import { showHost } from "../../bind/spelling.js";
import { KeywardError } from "../../errors.js";
import { adviseCommand } from "../../keys/advise.js";
import { assessKey, countsAsKey, isReference } from "../../keys/strength.js";
import { findHost } from "../../stores/find-host.js";
import { resolveKey, resolveSetting, resolveSwitch } from "../../stores/resolve.js";
import type { Launch, System } from "../../systems/system.js";
import { chooseLaunch, chooseSystem, spellCommand } from "../choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../command.js";
import { exit } from "../exit.js";
import { loadPaint, type ProgramName } from "../output.js";

interface CheckOptions extends CommonOptions {
  readonly host?: string;
}

export function declare(command: Command, name: ProgramName): void {
  command
    .option("--host <host>", "the host to listen on; the one that the server would use if absent")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} auth check`, "is the server's own host safe?"],
        [`${name} auth check --host 0.0.0.0`, "is every interface?"],
        [`${name} auth check --host ::1 --json`, "for a script"],
      ]),
    );
}

export async function run(invocation: Invocation<CheckOptions>): Promise<number> {
  const { context, report } = invocation;
  const system = await chooseSystem(invocation);
  const launch = chooseLaunch(system, invocation);
  const { network } = system;
  const host = await nameHost(invocation, system, launch);
  const port = Number((await resolveSetting(network.port, context, launch)).value);
  const { key, effective, authentication, switchedOffBy } = await resolveKey(
    system,
    context,
    launch,
  );
  const off = switchedOffBy === null ? undefined : `authentication is off, by ${switchedOffBy}`;
  const decision = await decideBind({
    host,
    keyConfigured: countsAsKey(key),
    keyProblem: off ?? explainKeyProblem(key),
    // A key beside that switch would change nothing.
    fix: off === undefined ? fixFor(invocation, system, key) : undefined,
    interfaces: networkInterfaces,
    inContainer: isInContainer(context),
    port,
  });
  const { safe, reason, hint, remarks, ...facts } = decision;
  // Where only a key makes it safe, it cannot be told of a value that may or may not stand for one.
  if (!safe && reason.code !== "invalid-host" && isReference(key)) {
    throw cannotTell(invocation, system, { host, key, place: effective?.name });
  }
  const unsafe = system.unsafeSwitch && (await resolveSwitch(system.unsafeSwitch, context, launch));
  const serverWouldStart = system.wouldStart(host, authentication === "on", unsafe?.on);

  report.answerJson({ ...facts, safe, reason, serverWouldStart, remarks });
  const paint = await loadPaint(context, context.stdout);
  report.answer(`${safe ? paint.good("safe") : paint.bad("unsafe")}: ${reason.message}`);
  for (const remark of remarks) report.note(remark);
  const differs = describeServer(system, serverWouldStart, safe);
  if (differs !== null) report.note(differs);
  if (hint !== undefined) report.hint(hint);
  return safe ? exit.ok : exit.no;
}

function cannotTell(
  invocation: Invocation,
  system: System,
  { host, key, place }: { host: string; key: string; place: string | undefined },
): KeywardError {
  const message = `whether ${showHost(host)} is safe cannot be told: the value in ${place} is ${assessKey(key).message}`;
  const command = spellCommand(invocation, system, "auth probe --key-stdin");
  return new KeywardError("key-reference", message, {
    hint: `ask the running server, with the key from that tool: ${command}`,
  });
}

/** The host to judge: the one that was named, else the server's own, said aloud. */
async function nameHost(
  invocation: Invocation<CheckOptions>,
  system: System,
  launch: Launch,
): Promise<string> {
  const { options, report } = invocation;
  if (options.host !== undefined) return options.host;
  const { host, source, live } = await findHost(system, invocation.context, launch);
  const verb = live ? "listens" : "would listen";
  report.note(`${system.title} ${verb} on ${showHost(host)}, by ${source}`);
  return host;
}

function fixFor(invocation: Invocation, system: System, key: string | null): string | undefined {
  if (system.id === "generic") return undefined;
  return spellCommand(invocation, system, adviseCommand(key));
}

/** Only worth a word where the server's own rule is another than ours. */
function describeServer(system: System, starts: boolean | null, safe: boolean): string | null {
  if (starts === null || starts === safe) return null;
  return starts
    ? `${system.title} itself would start there all the same`
    : `${system.title} itself would refuse to start there`;
}
