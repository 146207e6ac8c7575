import { aboutServer } from "../../core/hint.js";
import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { type DefaultUrl, defaultUrl } from "../../locations/default-url.js";
import { resolveSetting, type SettingResolution } from "../../locations/resolve-key.js";
import { explainUnseen } from "../../locations/unseen.js";
import type { Launch, Setting, System } from "../../systems/contract/system.js";

/**
 * The address at which a system's server is asked on this machine.
 *
 * @throws KeywardError `cannot-be-told`, and as `defaultUrl` and `resolveSetting`
 */
export async function findDefaultUrl(
  system: System,
  launch: Launch,
  machine: Machine,
): Promise<DefaultUrl> {
  if (system.hasNoAddress === true) {
    throw new KeywardError("cannot-be-told", `the address of ${system.title} is not known`, {
      hint: [
        "give it: ",
        aboutServer("auth probe URL"),
        "; or name it: ",
        aboutServer("server add NAME --url URL"),
      ],
    });
  }
  const { host, port, tls } = system.network;
  const settings = [host, port, ...(tls === null ? [] : [tls.enabled, tls.certificate])];
  const values = new Map<Setting, SettingResolution>();
  for (const setting of settings) {
    values.set(setting, await resolveSetting(setting, machine, launch));
  }
  return defaultUrl(system, machine, (setting) => {
    const { value, unseen } = values.get(setting) ?? { value: setting.default };
    if (value !== null) return value;
    throw new KeywardError("cannot-be-told", explainUnseen("where the server listens", unseen), {
      hint: [
        "give its address: ",
        aboutServer("auth probe URL"),
        "; or name it: ",
        aboutServer("server add NAME --url URL"),
      ],
    });
  });
}
