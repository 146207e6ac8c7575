import { networkInterfaces } from "node:os";

import { aboutServer } from "../../core/hint.js";
import { isInContainer } from "../../hosts/container.js";
import { showHost } from "../../hosts/spelling.js";
import type { RawFinding } from "../../core/finding.js";
import { adviseCommand } from "../../keys/advise.js";
import type { Exposures } from "../../exposure/exposure.js";
import {
  decideServerBind,
  tellNoExposure,
  wouldServerStart,
} from "../../locations/decide-server-bind.js";
import { resolveLive } from "../../live/in-force.js";
import { seenServer } from "../../live/look.js";
import { findHost } from "../../locations/find-host.js";
import { resolveSetting, resolveSwitch } from "../../locations/resolve-key.js";
import { adviseMissing } from "./key.js";
import type { Subject } from "../subject.js";

/** A host that lets everybody in, since there is no key; and one that the server itself refuses. */
export async function findUnsafeBind(subject: Subject): Promise<RawFinding[]> {
  const { system, machine, launch, live } = subject;
  const resolution = resolveLive(subject.resolution, live, system);
  const { key, switchedOffBy } = resolution;
  // Of a server with no known files it is not known either where it listens.
  if (resolution.states.length === 0 || !subject.isLocal) return [];
  const found = await findHost(system, machine, launch, seenServer(live));
  const port = await findPort(subject);
  let looked: Exposures | null = null;
  const { safe, reason, hint } = await decideServerBind({
    host: found.host ?? found.unseen,
    resolution,
    interfaces: networkInterfaces,
    inContainer: isInContainer(machine),
    ...(port !== null && {
      port,
      findExposures: async () => {
        const { findExposures } = await import("../../exposure/find-exposures.js");
        return (looked = findExposures(machine, port));
      },
    }),
  });
  if (safe === null) {
    return [{ id: "cannot-tell", severity: "warning", message: reason.message, fix: hint ?? null }];
  }
  const { host, source, live: isLive } = found;
  if (host === null) return [];
  const listens = `${system.title} ${isLive ? "listens" : "would listen"} on ${showHost(host)}, by ${source}`;
  const unsafe = system.unsafeSwitch && (await resolveSwitch(system.unsafeSwitch, machine, launch));
  const starts = wouldServerStart(system, host, resolution, unsafe);
  const findings: RawFinding[] = noteExposures(looked, port);
  if (!safe) {
    const fix = key === null ? adviseMissing(subject) : adviseCommand(key);
    findings.push({
      id: "unsafe-bind",
      severity: "error",
      message: `${listens}: ${reason.message}`,
      fix: switchedOffBy === null ? fix : `take away ${switchedOffBy}`,
    });
  }
  if (starts === false && !isLive) {
    const message = `${system.title} would refuse to start on ${showHost(host)}, by ${source}`;
    const fix = aboutServer("auth check");
    findings.push({ id: "would-not-start", severity: "warning", message, fix });
  }
  return findings;
}

/** Nothing seen is not nothing there. */
function noteExposures(looked: Exposures | null, port: number | null): RawFinding[] {
  if (looked === null || looked.found.length > 0) return [];
  const message = tellNoExposure(port ?? undefined, looked.unseen);
  return [{ id: "no-exposure-seen", severity: "info", message, fix: null }];
}

async function findPort({ system, machine, launch, live }: Subject): Promise<number | null> {
  const process = seenServer(live);
  if (process !== null) return process.port;
  const { value } = await resolveSetting(system.network.port, machine, launch);
  const port = Number.parseInt(value ?? "", 10);
  return port >= 1 && port <= 65_535 ? port : null;
}
