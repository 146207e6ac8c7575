import { join } from "node:path";

import type { Machine } from "../../../core/machine.js";
import { homeFolder } from "../../../files/home-folder.js";
import type { Location, UnitLocation, UnseenLocation } from "../../contract/system.js";
import { listConfFiles } from "../find-unit.js";
import { readDefaultEnvironment, settingFolders } from "./manager-settings.js";
import { findMentions, readPlainFile, readStart } from "./setting-files.js";
import type { Unit } from "../unit.js";

/**
 * The places from which the service manager has a variable that it hands to its units, the one that
 * wins first; the unit's own lines win over all of them. What `systemctl set-environment` sets stands
 * in no file, and is not among them.
 *
 * @throws KeywardError `unreadable` or `malformed`
 */
export function inheritedLocations(unit: Unit, variable: string): Location[] {
  return [
    ...(unit.scope === "system" ? findPassed(unit, variable) : []),
    ...findMentions(listGenerators(unit), variable, unit.machine, "is a program that names it"),
    ...(unit.scope === "user" ? readEnvironmentFolders(variable, unit.machine) : []),
    // The user's manager hands on all that it has, named or not; who names a variable expects it.
    ...(unit.scope === "user" ? findPassed(unit, variable) : []),
    ...(unit.scope === "system" ? findOfKernel(variable, unit.machine) : []),
    ...findDefault(unit, variable),
    ...(unit.scope === "user" ? readOfLogin(unit, variable) : []),
  ];
}

/** What PAM sets over all that the unit sets; nothing where the unit does not ask for it. */
export function pamLocations({ pam, machine }: Unit, variable: string): Location[] {
  if (pam === null) return [];
  const found = findMentions(
    listPamFiles(machine),
    variable,
    machine,
    "may set it through PAMName=",
  );
  return found.slice(0, 1);
}

function findPassed({ passed }: Unit, variable: string): UnseenLocation[] {
  const place = passed.get(variable);
  if (place === undefined) return [];
  const hint = `write ${variable} to an EnvironmentFile= of the unit, and remove line ${place.line} of ${place.path}`;
  return [
    {
      kind: "unseen",
      ...place,
      variable,
      why: `PassEnvironment= takes ${variable} from the environment of systemd itself`,
      named: true,
      hint,
    },
  ];
}

function listGenerators({ scope, machine }: Unit): readonly string[] {
  const found = new Map<string, string>();
  for (const folder of settingFolders) {
    const path = join(folder, "systemd", `${scope}-environment-generators`);
    for (const name of listNames(path, machine)) {
      if (!found.has(name)) found.set(name, join(path, name));
    }
  }
  return [...found.values()];
}

function listNames(folder: string, { fs }: Machine): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/** The files of environment.d, which set variables for all that a user's manager starts. */
function readEnvironmentFolders(variable: string, machine: Machine): Location[] {
  const folders = [join(homeFolder(machine), ".config"), ...settingFolders];
  const files = listConfFiles(
    folders.map((folder) => join(folder, "environment.d")),
    machine,
  );
  return files.toReversed().flatMap((path) => readPlainFile(path, variable, machine));
}

/** The variables of a login, from which the user's manager is started. */
function readOfLogin({ machine }: Unit, variable: string): Location[] {
  const drop = ["user@.service.d", `user@${machine.user.uid}.service.d`];
  const folders = settingFolders.flatMap((folder) =>
    drop.map((name) => join(folder, "systemd/system", name)),
  );
  const others = [...listConfFiles(folders, machine), ...listPamFiles(machine).slice(1)];
  // Debian hands the same file to environment.d.
  const isRead = readEnvironmentFolders(variable, machine).some(
    (place) => "path" in place && machine.fs.realpathSync(place.path) === "/etc/environment",
  );
  return [
    ...findMentions(others, variable, machine, "may set it for the user's manager"),
    ...(isRead ? [] : readPlainFile("/etc/environment", variable, machine)),
  ];
}

function listPamFiles(machine: Machine): readonly [string, ...string[]] {
  const own = join(homeFolder(machine), ".pam_environment");
  return ["/etc/environment", "/etc/security/pam_env.conf", own];
}

function findOfKernel(variable: string, machine: Machine): Location[] {
  const path = "/proc/cmdline";
  const text = readStart(path, machine)?.toString("latin1") ?? "";
  if (!text.includes(`systemd.setenv=${variable}=`)) return [];
  const why = "the kernel's command line sets it with systemd.setenv=";
  const hint = "remove systemd.setenv= from the kernel's command line";
  return [{ kind: "unseen", path, line: null, variable, why, named: true, hint }];
}

function findDefault(unit: Unit, variable: string): UnitLocation[] {
  const found = readDefaultEnvironment(unit).get(variable);
  if (found === undefined) return [];
  const { value, ...place } = found;
  return [{ kind: "unit", ...place, variable, directive: "DefaultEnvironment", read: () => value }];
}
