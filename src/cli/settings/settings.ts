import { join } from "node:path";

import { homeFolder, type Machine, readForPath } from "../../core/machine.js";
import { noSettings, type Settings } from "./settings-shape.js";

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

/**
 * The settings as they stand in their file; empty ones where there is none, as on most machines:
 * then nothing is loaded to read it.
 *
 * @throws KeywardError `no-home`, and as `readSettings`
 */
export async function loadSettings(machine: Machine): Promise<Settings> {
  if (!machine.fs.existsSync(settingsFile(machine))) return noSettings;
  const { readSettings } = await import("./settings-read.js");
  return readSettings(machine);
}
