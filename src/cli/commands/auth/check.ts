import { networkInterfaces } from "node:os";

import type { Command } from "commander";

import type { Finding } from "../../../core/finding.js";
import type { LiveStatus } from "../../../live/describe-live.js";
import type { ServerBind } from "../../../locations/decide-server-bind.js";

import { spellFindings } from "../../../core/finding.js";
import { isInContainer } from "../../../hosts/container.js";
import { showHost } from "../../../hosts/spelling.js";
import { adviseInstead } from "../../../doctor/checks/key.js";
import { adviseCommand } from "../../../keys/advise.js";
import { decideServerBind, wouldServerStart } from "../../../locations/decide-server-bind.js";
import { findStaleServer } from "../../../doctor/live/stale-server.js";
import type { Subject } from "../../../doctor/subject.js";
import { describeLive, tellLive } from "../../../live/describe-live.js";
import { resolveLive } from "../../../live/in-force.js";
import { seenServer } from "../../../live/look.js";
import { findHost } from "../../../locations/find-host.js";
import { resolveSetting, resolveSwitch } from "../../../locations/resolve-key.js";
import type { Unseen } from "../../../locations/unseen.js";
import type { System } from "../../../systems/contract/system.js";
import { chooseSystem } from "../../which/choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { loadPaint, type ProgramName, type Reporter } from "../../output.js";
import { describeSubject } from "../../which/subject.js";
import { warnStartFolder } from "../../rotation/warn-start-folder.js";

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

/** What `auth check --json` prints. */
export interface CheckJson extends Omit<ServerBind, "hint"> {
  /** Whether the server itself would start there; null where that cannot be told. */
  readonly serverWouldStart: boolean | null;
  /** The running server, where there is one. */
  readonly live: LiveStatus | null;
  readonly findings: readonly Finding[];
}

export async function run(invocation: Invocation<CheckOptions>): Promise<number> {
  const { context, report } = invocation;
  const system = await chooseSystem(invocation);
  const { host: named } = invocation.options;
  // Where a host is named, it is not the running server that is asked about.
  const subject = await describeSubject(invocation, system, { look: named === undefined });
  const { launch, live } = subject;
  const { network } = system;
  const host = named ?? (await nameHost(subject, report));
  const { value: port } = await resolveSetting(network.port, context, launch);
  const resolution = resolveLive(subject.resolution, live, system);
  const { key, switchedOffBy } = resolution;
  const decision = await decideServerBind({
    host,
    resolution,
    // A key beside that switch would change nothing.
    fix: switchedOffBy === null && system.id !== "generic" ? adviseCommand(key) : undefined,
    interfaces: networkInterfaces,
    inContainer: isInContainer(context),
    ...(port !== null && { port: Number(port) }),
    // Loaded where the answer depends on it: most servers have a key.
    findExposures: async () => {
      const { findExposures } = await import("../../../exposure/find-exposures.js");
      return findExposures(context, Number(port));
    },
  });
  const { safe, reason, hint, remarks, ...facts } = decision;
  const unsafe = system.unsafeSwitch && (await resolveSwitch(system.unsafeSwitch, context, launch));
  const serverWouldStart = wouldServerStart(system, decision.host, resolution, unsafe);

  const stale = spellFindings(await findStaleServer(subject), report.spell);
  report.answerJson<CheckJson>({
    ...facts,
    safe,
    reason,
    serverWouldStart,
    remarks,
    live: describeLive(live),
    findings: stale,
  });
  const paint = await loadPaint(context, context.stdout);
  const answer =
    safe === null
      ? paint.caution("cannot be told")
      : safe
        ? paint.good("safe")
        : paint.bad("unsafe");
  report.answer(`${answer}: ${reason.message}`);
  for (const remark of remarks) report.note(remark);
  const differs = safe === null ? null : describeServer(system, serverWouldStart, safe);
  if (differs !== null) report.note(differs);
  if (live.kind !== "none" && seenServer(live) === null) report.note(tellLive(live));
  for (const finding of stale) {
    report.warn(finding.message);
    if (finding.fix !== null) report.hint(finding.fix);
  }
  if (switchedOffBy !== null && safe === false) report.hint(`take away ${switchedOffBy}`);
  else if (hint !== undefined) report.hint(adviseInstead(resolution) ?? hint);
  await warnStartFolder(invocation, system);
  if (safe === null) return exit.failed;
  return safe ? exit.ok : exit.no;
}

/** The server's own host, said aloud where it is known. */
async function nameHost(
  { system, machine, launch, live: look }: Subject,
  report: Reporter,
): Promise<string | Unseen> {
  const found = await findHost(system, machine, launch, seenServer(look));
  const { host, source, live, unseen } = found;
  if (host === null) return unseen;
  const verb = live ? "listens" : "would listen";
  report.note(`${system.title} ${verb} on ${showHost(host)}, by ${source}`);
  return host;
}

/** Only worth a word where the server's own rule is another than ours. */
function describeServer(system: System, starts: boolean | null, safe: boolean): string | null {
  if (starts === null || starts === safe) return null;
  return starts
    ? `${system.title} itself would start there all the same`
    : `${system.title} itself would refuse to start there`;
}
