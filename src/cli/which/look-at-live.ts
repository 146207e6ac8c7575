import type { LiveLook, LookOptions } from "../../live/look.js";
import { resolveSetting } from "../../locations/resolve-key.js";

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
  return lookAtServer({ ...options, port: await findPort() });

  async function findPort(): Promise<number | null> {
    if (url !== null) {
      const { parseTarget } = await import("../../net/target.js");
      return parseTarget(url).port;
    }
    try {
      const { value } = await resolveSetting(system.network.port, machine, launch);
      const port = Number.parseInt(value ?? "", 10);
      return port >= 1 && port <= 65_535 ? port : null;
    } catch {
      // That it cannot be read is another check's to say.
      return null;
    }
  }
}
