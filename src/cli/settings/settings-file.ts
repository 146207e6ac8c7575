import { join } from "node:path";

import { type Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";

/** The folder of the settings: `$XDG_CONFIG_HOME/keyward`, else `~/.config/keyward`. */
export function settingsFolder(machine: Machine): string {
  const config = readForPath(machine.env, "XDG_CONFIG_HOME");
  // The XDG specification has relative paths ignored.
  if (config?.startsWith("/")) return join(config, "keyward");
  return join(homeFolder(machine), ".config", "keyward");
}

/** The file of the settings, there or not. */
export function settingsFile(machine: Machine): string {
  return join(settingsFolder(machine), "config.json");
}
