import { networkInterfaces } from "node:os";

import { explainKeyProblem } from "../bind/check.js";
import { isInContainer } from "../bind/container.js";
import { decideBind } from "../bind/decide.js";
import { showHost } from "../bind/spelling.js";
import type { Finding } from "../finding.js";
import { adviseCommand } from "../keys/advise.js";
import { countsAsKey, isReference } from "../keys/strength.js";
import { findHost } from "../stores/find-host.js";
import { resolveSwitch } from "../stores/resolve.js";
import type { Subject } from "./subject.js";

/** A host that lets everybody in, since there is no key; and one that the server itself refuses. */
export async function findUnsafeBind(subject: Subject): Promise<Finding[]> {
  const { system, machine, launch, resolution, spell } = subject;
  const { key, authentication, switchedOffBy } = resolution;
  // Of a server with no known files it is not known either where it listens.
  if (resolution.states.length === 0 || !subject.isLocal) return [];
  const { host, source, live } = await findHost(system, machine, launch);
  const off = switchedOffBy === null ? undefined : `authentication is off, by ${switchedOffBy}`;
  const { safe, reason } = await decideBind({
    host,
    // A server that makes a key of its own asks for that one.
    keyConfigured: key === null ? authentication === "on" : countsAsKey(key),
    keyProblem: off ?? explainKeyProblem(key),
    interfaces: networkInterfaces,
    inContainer: isInContainer(machine),
  });
  const listens = `${system.title} ${live ? "listens" : "would listen"} on ${showHost(host)}, by ${source}`;
  const unsafe = system.unsafeSwitch && (await resolveSwitch(system.unsafeSwitch, machine, launch));
  const starts = system.wouldStart(host, authentication === "on", unsafe?.on);
  const findings: Finding[] = [];
  if (!safe) {
    const unknown = isReference(key) && reason.code !== "invalid-host";
    findings.push({
      id: unknown ? "bind-unknown" : "unsafe-bind",
      severity: unknown ? "warning" : "error",
      message: `${listens}: ${reason.message}`,
      fix: switchedOffBy === null ? spell(adviseCommand(key)) : `take away ${switchedOffBy}`,
    });
  }
  if (starts === false && !live) {
    const message = `${system.title} would refuse to start on ${showHost(host)}, by ${source}`;
    const fix = spell("auth check");
    findings.push({ id: "would-not-start", severity: "warning", message, fix });
  }
  return findings;
}
