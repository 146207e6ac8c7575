import { join } from "node:path";

import { KeywardError, systemErrorCode } from "../../core/errors.js";
import { type Machine } from "../../core/machine.js";
import { homeFolder } from "../../files/home-folder.js";
import type { UnitScope } from "./specifiers.js";

/** A unit file and its drop-ins, in the order in which systemd reads them. */
export interface UnitFiles {
  readonly path: string;
  readonly dropIns: readonly string[];
}

const systemFolders = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/** The user's manager has an environment of its own, so a shell's XDG_CONFIG_HOME is not asked. */
function userFolders(machine: Machine): string[] {
  const home = homeFolder(machine);
  return [
    join(home, ".config/systemd/user"),
    "/etc/systemd/user",
    `/run/user/${machine.user.uid}/systemd/user`,
    "/run/systemd/user",
    join(home, ".local/share/systemd/user"),
    "/usr/local/share/systemd/user",
    "/usr/share/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
    "/lib/systemd/user",
  ];
}

/**
 * Finds an installed unit; null when there is none, or when it is masked.
 *
 * @throws KeywardError `unreadable`
 */
export function findUnit(machine: Machine, scope: UnitScope, unit: string): UnitFiles | null {
  const folders = scope === "user" ? userFolders(machine) : systemFolders;
  const path = folders.map((folder) => join(folder, unit)).find((file) => isThere(file, machine));
  // The first folder decides, also by an empty file or a link to nothing.
  if (path === undefined || isMasked(path, machine)) return null;
  return { path, dropIns: listConfFiles(listDropInFolders(folders, unit), machine) };
}

/**
 * The `*.conf` files of several folders in the order in which systemd reads them: by name, and of two
 * of one name that of the first folder, be it to mask the other.
 *
 * @throws KeywardError `unreadable`
 */
export function listConfFiles(folders: readonly string[], machine: Machine): readonly string[] {
  const found = new Map<string, string>();
  for (const folder of folders) {
    for (const name of listConf(folder, machine)) {
      if (!found.has(name)) found.set(name, join(folder, name));
    }
  }
  const inOrder = [...found.keys()].sort().map((name) => found.get(name) ?? "");
  return inOrder.filter((file) => !isMasked(file, machine));
}

/** `a-b.service.d` before `a-.service.d`, folder by folder; what is for all services comes last. */
function listDropInFolders(folders: readonly string[], unit: string): string[] {
  const dot = unit.lastIndexOf(".");
  const suffix = unit.slice(dot);
  const parts = unit.slice(0, dot).split("-");
  const prefixes = parts.slice(1).map((_, index) => `${parts.slice(0, -1 - index).join("-")}-`);
  const own = [unit.slice(0, dot), ...prefixes].map((name) => `${name}${suffix}.d`);
  return [
    ...folders.flatMap((folder) => own.map((name) => join(folder, name))),
    ...folders.map((folder) => join(folder, `${suffix.slice(1)}.d`)),
  ];
}

function isThere(path: string, { fs }: Machine): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR") return false;
    throw unreadable(path, error);
  }
}

function isMasked(path: string, { fs }: Machine): boolean {
  try {
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    return stats === undefined || !stats.isFile() || stats.size === 0;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function listConf(folder: string, { fs }: Machine): string[] {
  try {
    return fs.readdirSync(folder).filter((name) => /^[^.].*\.conf$/s.test(name));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return [];
    throw unreadable(folder, error);
  }
}

/** What cannot be read may decide about the key, so it is not passed over. */
export function unreadable(path: string, cause: unknown): KeywardError {
  return new KeywardError("unreadable", `cannot read ${path}, which may hold the server's key`, {
    hint: "run it as a user who may read it, for example with sudo",
    cause,
  });
}
