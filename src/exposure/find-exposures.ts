import type { Machine } from "../core/machine.js";
import type { Exposure, Exposures } from "./exposure.js";
import { listRunning } from "../processes/words.js";
import { findProxyKind, searchProxyFiles } from "./proxy-files.js";
import { judgeTunnel } from "./tunnels.js";

/** What no look at this machine shows. */
const neverSeen = ["other network namespaces", "the router's port forwarding"];

/**
 * Looks for what passes a port of this machine on to others: tunnels among the running processes,
 * reverse proxies that run and whose configuration names the port, ports that a container publishes.
 * Nothing of a process but its kind and number is told, since keys stand among its words.
 *
 * @param port the port of a server that listens on loopback
 */
export function findExposures(machine: Machine, port: number): Exposures {
  const processes = listRunning(machine);
  if (processes === null)
    return { found: [], unseen: ["running tunnels and proxies", ...neverSeen] };
  const found: Exposure[] = [];
  const unseen = new Set<string>();
  const proxies = new Set<string>();
  for (const process of processes) {
    const { pid, program } = process;
    if (findProxyKind(program) !== null) proxies.add(program);
    const tunnel = judgeTunnel(process, port);
    if (tunnel?.leads === "yes") {
      found.push({ by: tunnel.title, place: `process ${pid}`, authenticates: false });
    } else if (tunnel?.leads === "unseen") {
      unseen.add(`where ${tunnel.title} leads (process ${pid})`);
    }
  }
  for (const program of proxies) {
    const kind = findProxyKind(program);
    if (kind === null) continue;
    const files = searchProxyFiles(kind, port, machine.fs);
    found.push(...files.found);
    for (const path of files.unreadable) unseen.add(path);
  }
  return { found, unseen: [...unseen, ...neverSeen] };
}
