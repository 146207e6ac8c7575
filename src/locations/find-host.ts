import { classifyHost } from "../hosts/classify.js";
import type { Machine } from "../core/machine.js";
import type { Launch, System } from "../systems/contract/system.js";
import { resolveSetting } from "./resolve-key.js";
import type { Unseen } from "./unseen.js";

/** The host that a server listens on, or would, and what says so; or what keeps it from being told. */
export type FoundHost =
  | {
      readonly host: string;
      readonly source: string;
      readonly live: boolean;
      readonly unseen: null;
    }
  | { readonly host: null; readonly source: null; readonly live: false; readonly unseen: Unseen };

/** Where a running server listens, by the kernel's word. */
export interface SeenAddresses {
  readonly pid: number;
  readonly addresses: readonly string[];
}

/**
 * Finds the host of the running server, else the one of its settings, else its own default.
 *
 * @param seen the running server, where it was looked at: its own word counts for less
 */
export async function findHost(
  system: System,
  machine: Machine,
  launch: Launch,
  seen: SeenAddresses | null = null,
): Promise<FoundHost> {
  const live = system.findLive(machine);
  const widest = seen === null ? null : findWidest(seen.addresses);
  if (seen !== null && widest !== null && widest !== live?.host) {
    return { host: widest, source: `process ${seen.pid}`, live: true, unseen: null };
  }
  if (live !== null) return { host: live.host, source: live.source, live: true, unseen: null };
  const { value, source, unseen } = await resolveSetting(system.network.host, machine, launch);
  if (value === null) return { host: null, source: null, live: false, unseen };
  return { host: value, source: source ?? "its own default", live: false, unseen: null };
}

/** Of several addresses it is the one that most can reach which has to be safe. */
function findWidest(addresses: readonly string[]): string | null {
  const isAll = (address: string) => ["0.0.0.0", "::", "::ffff:0.0.0.0"].includes(address);
  const isLocal = (address: string) => classifyHost(address).scope === "loopback";
  return addresses.find(isAll) ?? addresses.find((each) => !isLocal(each)) ?? addresses[0] ?? null;
}
