import type { Machine } from "../../core/machine.js";
import { listListeners } from "../../processes/socket-table.js";
import { parseTarget } from "../../net/target.js";
import type { System } from "../../systems/contract/system.js";

/** Where a server listens on this machine, and what is another with another process. */
export interface Listening {
  readonly addresses: readonly string[];
  /** The kernel's numbers of its sockets, or where those cannot be seen its process id. */
  readonly marks: readonly number[];
}

/**
 * Looks where the server of this address listens; null for another machine's, and where it cannot
 * be told. Where the kernel does not say it, the server's own word is taken.
 */
export function seeListening(url: string, system: System, machine: Machine): Listening | null {
  const { loopback, port } = parseTarget(url);
  if (!loopback) return null;
  const listeners = listListeners(machine, port);
  if (listeners !== null) {
    const addresses = [...new Set(listeners.map(({ address }) => address))].sort();
    return { addresses, marks: listeners.map(({ socket }) => socket) };
  }
  const live = system.findLive(machine);
  return live === null ? null : { addresses: [live.host], marks: [live.pid] };
}

/** What else a socket on every address reaches: Linux gives one on :: the IPv4 addresses too. */
const everywhere: Readonly<Record<string, readonly string[]>> = {
  "::": ["::ffff:0.0.0.0", "0.0.0.0"],
  "0.0.0.0": ["::ffff:0.0.0.0"],
  "::ffff:0.0.0.0": ["0.0.0.0"],
};

/**
 * An address that a server listens on now and could not be reached by before; null when there is
 * none, and when nothing is known of before. Loopback reaches nobody new.
 */
export function findWider(before: readonly string[], after: readonly string[]): string | null {
  if (before.length === 0) return null;
  const reached = new Set(before.flatMap((address) => [address, ...(everywhere[address] ?? [])]));
  const isCovered = (address: string): boolean => {
    if (reached.has(address) || /^(?:(?:::ffff:)?127\..*|::1|localhost)$/.test(address))
      return true;
    if (address in everywhere) return false;
    const isIpv4 = /^(?:::ffff:)?\d+(?:\.\d+){3}$/.test(address);
    return reached.has("::") || (isIpv4 && reached.has("0.0.0.0"));
  };
  return after.find((address) => !isCovered(address)) ?? null;
}
