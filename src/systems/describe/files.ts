import { join } from "node:path";

import { homeOfUser } from "../../core/accounts.js";
import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";
import { mayHideKey } from "../../keys/looks-like-key.js";
import type {
  DataFolderDescription,
  FilePlace,
  SystemDescription,
} from "../contract/description.js";
import type { Launch } from "../contract/system.js";
import { lookUp } from "../units/command.js";
import type { Unit } from "../units/unit.js";
import { findService } from "./service.js";

/** Whose files are looked for, and how it is started. */
export interface About {
  readonly description: SystemDescription;
  readonly machine: Machine;
  readonly launch: Launch;
}

/**
 * The path of a file or folder; null where it would lie in a folder whose name may not be shown, and
 * which is not there.
 *
 * @throws KeywardError `no-home`, and `malformed` for a folder that has what looks like a key in its
 *   name
 */
export function locateFile(file: FilePlace, about: About): string | null {
  if (file.in === "root") return file.path;
  if (file.in === "working-folder") return join(about.machine.cwd, file.path);
  if (file.in === "home") return join(homeFolder(about.machine), file.path);
  const folder = locateDataFolder(about);
  return folder === null ? null : join(folder, file.path);
}

/** The folder with the system's own files. @throws as {@link locateFile} */
export function locateDataFolder({ description, machine, launch }: About): string | null {
  const { dataFolder, title, service } = description;
  if (dataFolder === undefined) throw new TypeError(`${title} has no data folder`);
  const unit = launch === "service" ? findService(service, machine) : null;
  if (unit === null) {
    for (const { variable } of dataFolder.variables) readForPath(machine.env, variable);
    return chooseFolder(dataFolder, machine.env, () => homeFolder(machine));
  }
  const env = serviceEnvironment(unit, dataFolder);
  const folder = chooseFolder(dataFolder, env, () => homeOfService(unit));
  if (!mayHideKey(folder)) return folder;
  // Mostly a slip in the unit, and no such folder is there: then the server finds nothing either.
  if (!machine.fs.existsSync(folder)) return null;
  throw new KeywardError(
    "malformed",
    `${unit.path} names a folder for ${title} that holds what looks like a key in its name`,
    { hint: "write every variable of the unit in quotes of its own" },
  );
}

function chooseFolder(
  { variables, otherwise }: DataFolderDescription,
  env: Machine["env"],
  findHome: () => string,
): string {
  for (const { variable, below, expandsTilde } of variables) {
    const value = env[variable];
    if (!value) continue;
    if (expandsTilde && value.startsWith("~/")) return join(findHome(), value.slice(2));
    return below === undefined ? value : join(value, below);
  }
  return join(findHome(), otherwise);
}

/** What tells the service where its folder is, wherever it has that from. */
function serviceEnvironment(unit: Unit, { variables }: DataFolderDescription): Machine["env"] {
  return Object.fromEntries(
    variables.map(({ variable }) => [variable, lookUp(variable, unit) ?? undefined]),
  );
}

/**
 * The home folder that systemd gives the service.
 *
 * @throws KeywardError `no-home` when the password file does not list its user
 */
function homeOfService(unit: Unit): string {
  const who = unit.user ?? (unit.scope === "user" ? unit.machine.user.name : "root");
  const own = unit.scope === "user" ? homeFolder(unit.machine) : homeOfUser(who, unit.machine);
  const home = lookUp("HOME", unit) || own;
  if (home !== null) return home;
  throw new KeywardError("no-home", `the home folder of ${who}, who runs the service, is unknown`, {
    hint: "name it in the unit: Environment=HOME=…",
  });
}
