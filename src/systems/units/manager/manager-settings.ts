import { join } from "node:path";

import type { Machine } from "../../../core/machine.js";
import { homeFolder } from "../../../files/home-folder.js";
import { isMissing } from "../environment-files.js";
import { listConfFiles } from "../find-unit.js";
import type { SpecifierContext, UnitScope } from "../specifiers.js";
import { readLines, setVariables, type UnitVariable } from "../unit.js";

/** Where settings of the machine are, the folder that wins first. */
export const settingFolders = ["/etc", "/run", "/usr/local/lib", "/usr/lib"];

/**
 * What `DefaultEnvironment=` in the settings of the service manager gives to every unit.
 *
 * @throws KeywardError `unreadable` or `malformed`
 */
export function readDefaultEnvironment(
  context: SpecifierContext,
): ReadonlyMap<string, UnitVariable> {
  const variables = new Map<string, UnitVariable>();
  for (const path of listSettings(context.machine, context.scope)) {
    for (const { section, name, value, line } of readLines(path, context.machine)) {
      if (section !== "Manager" || name !== "DefaultEnvironment") continue;
      setVariables(variables, value, { path, line }, context);
    }
  }
  return variables;
}

/** The first of the main files, then the drop-ins. */
function listSettings(machine: Machine, scope: UnitScope): readonly string[] {
  const own = scope === "user" ? [join(homeFolder(machine), ".config")] : [];
  const folders = [...own, ...settingFolders].map((folder) => join(folder, "systemd"));
  const main = folders
    .map((folder) => join(folder, `${scope}.conf`))
    .find((path) => !isMissing(path, machine));
  const dropIns = folders.map((folder) => join(folder, `${scope}.conf.d`));
  return [...(main === undefined ? [] : [main]), ...listConfFiles(dropIns, machine)];
}
