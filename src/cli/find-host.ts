import { resolveSetting } from "../stores/resolve.js";
import type { Launch, System } from "../systems/system.js";
import type { Invocation } from "./command.js";

/** The host that a server listens on, or would, and what says so. */
export async function findHost(
  { context }: Invocation,
  system: System,
  launch: Launch,
): Promise<{ readonly host: string; readonly source: string; readonly live: boolean }> {
  const live = system.findLive(context);
  if (live !== null) return { host: live.host, source: live.source, live: true };
  const { value, source } = await resolveSetting(system.network.host, context, launch);
  return { host: value, source: source ?? "its own default", live: false };
}
