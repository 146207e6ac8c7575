import type { Machine } from "../machine.js";
import type { Launch, System } from "../systems/system.js";
import { resolveSetting } from "./resolve.js";

/** The host that a server listens on, or would, and what says so. */
export async function findHost(
  system: System,
  machine: Machine,
  launch: Launch,
): Promise<{ readonly host: string; readonly source: string; readonly live: boolean }> {
  const live = system.findLive(machine);
  if (live !== null) return { host: live.host, source: live.source, live: true };
  const { value, source } = await resolveSetting(system.network.host, machine, launch);
  return { host: value, source: source ?? "its own default", live: false };
}
