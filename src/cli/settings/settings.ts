import type { Machine } from "../../core/machine.js";
import { settingsFile } from "./settings-file.js";
import { noSettings, type Settings } from "./settings-shape.js";

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
