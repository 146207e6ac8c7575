import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import type { LiveLook, LookOptions } from "../../live/look.js";
import { resolveSetting } from "../../locations/resolve-key.js";
import type { Launch, System } from "../../systems/contract/system.js";

/**
 * Looks at the running server of this machine, where its port is known: of the address that the user
 * gave, else of its settings.
 */
export async function lookAtLive(
  options: Omit<LookOptions, "port">,
  url: string | null = null,
): Promise<LiveLook> {
  const { system, machine, launch } = options;
  if (machine.platform !== "linux" || system.hasNoAddress === true) return { kind: "none" };
  const { lookAtServer } = await import("../../live/look.js");
  const port = url === null ? await findPort(system, machine, launch) : await portOf(url);
  return lookAtServer({ ...options, port });
}

async function portOf(url: string): Promise<number> {
  const { parseTarget } = await import("../../net/target.js");
  return parseTarget(url).port;
}

/** The port of a server's settings; null where it cannot be told, which is another check's to say. */
export async function findPort(
  { network }: System,
  machine: Machine,
  launch: Launch,
): Promise<number | null> {
  try {
    const { value } = await resolveSetting(network.port, machine, launch);
    const port = Number.parseInt(value ?? "", 10);
    return port >= 1 && port <= 65_535 ? port : null;
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    return null;
  }
}
