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

/** Finds the host of the running server, else the one of its settings, else its own default. */
export async function findHost(
  system: System,
  machine: Machine,
  launch: Launch,
): Promise<FoundHost> {
  const live = system.findLive(machine);
  if (live !== null) return { host: live.host, source: live.source, live: true, unseen: null };
  const { value, source, unseen } = await resolveSetting(system.network.host, machine, launch);
  if (value === null) return { host: null, source: null, live: false, unseen };
  return { host: value, source: source ?? "its own default", live: false, unseen: null };
}
