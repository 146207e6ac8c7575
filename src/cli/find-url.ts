import type { Machine } from "../machine.js";
import { type DefaultUrl, defaultUrl } from "../probe/default-url.js";
import { resolveSetting } from "../stores/resolve.js";
import type { Launch, Setting, System } from "../systems/system.js";

/**
 * The address at which a system's server is asked on this machine.
 *
 * @throws KeywardError as `defaultUrl` and `resolveSetting`
 */
export async function findDefaultUrl(
  system: System,
  launch: Launch,
  machine: Machine,
): Promise<DefaultUrl> {
  const { host, port, tls } = system.network;
  const settings = [host, port, ...(tls === null ? [] : [tls.enabled, tls.certificate])];
  const values = new Map<Setting, string>();
  for (const setting of settings) {
    values.set(setting, (await resolveSetting(setting, machine, launch)).value);
  }
  return defaultUrl(system, machine, (setting) => values.get(setting) ?? setting.default);
}
