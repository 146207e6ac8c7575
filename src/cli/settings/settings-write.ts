import { basename, dirname } from "node:path";

import type { Machine } from "../../core/machine.js";
import { fileError } from "../../files/file-errors.js";
import { removeQuietly, syncFolder } from "../../files/file-steps.js";
import { nameBeside } from "../../files/leftovers.js";
import { acquireLock } from "../../files/lock.js";
import { settingsFile } from "./settings-file.js";
import { formatSettings } from "./settings-format.js";
import { readSettings } from "./settings-read.js";
import type { Settings } from "./settings-shape.js";

/**
 * Changes the settings: read, changed and written as one step, while no other keyward does the same.
 * The file is 0600 afterwards, in a folder that is 0700 if it was not there.
 *
 * @param change gives the new settings, or throws and leaves the file as it is
 * @returns the settings as they were before
 * @throws KeywardError as `readSettings`, and `locked`, `hard-link`, `unwritable`, `write-failed`
 */
export async function changeSettings(
  machine: Machine,
  change: (settings: Settings) => Settings,
): Promise<Settings> {
  const lock = acquireLock(settingsFile(machine), machine);
  try {
    const before = readSettings(machine);
    await writeWithConf(lock.target, change(before), machine);
    return before;
  } finally {
    lock.release();
  }
}

/**
 * Everything that conf would work out from the process is said to it: the folder, so that it looks
 * up none; the mode; and that a dot in a name is a dot.
 *
 * What it writes is a file of its own that takes the old one's place: inside a snap, as an editor's
 * terminal may be, conf writes into a file that is there, bit by bit, and leaves it its mode.
 */
async function writeWithConf(target: string, settings: Settings, machine: Machine): Promise<void> {
  const { default: Conf } = await import("conf");
  const draft = nameBeside(target, "tmp");
  try {
    const conf = new Conf<Record<string, unknown>>({
      cwd: dirname(draft),
      configName: basename(draft),
      fileExtension: "",
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: false,
      serialize: (value) => `${JSON.stringify(value, null, 2)}\n`,
    });
    conf.store = formatSettings(settings);
    machine.fs.renameSync(draft, target);
    syncFolder(dirname(target), machine);
  } catch (error) {
    removeQuietly(draft, machine);
    throw fileError(error, "write", target);
  }
}
