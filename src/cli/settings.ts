import { join } from "node:path";

import { KeywardError } from "../errors.js";
import { homeFolder, type Machine } from "../machine.js";
import { userName } from "../stores/accounts.js";
import { findFile, type FoundFile } from "../stores/file-checks.js";
import type { System } from "../systems/system.js";
import { findNearest } from "./nearest.js";
import { parseSettings } from "./settings-format.js";
import { type NamedServer, noSettings, type Settings } from "./settings-shape.js";

/** The folder of the settings: `$XDG_CONFIG_HOME/keyward`, else `~/.config/keyward`. */
export function settingsFolder(machine: Machine): string {
  const config = machine.env["XDG_CONFIG_HOME"];
  // The XDG specification has relative paths ignored.
  if (config?.startsWith("/")) return join(config, "keyward");
  return join(homeFolder(machine), ".config", "keyward");
}

/** The file of the settings, there or not. */
export function settingsFile(machine: Machine): string {
  return join(settingsFolder(machine), "config.json");
}

/**
 * The settings as they stand in their file; empty ones where there is none. The file is never
 * touched: one that is not understood stays for its owner to look at.
 *
 * Reading is ours and writing is conf's (settings-write.ts). Conf takes longer to load than a whole
 * command may take, and would obey a file that anybody wrote.
 *
 * @throws KeywardError `untrusted` when somebody else may have written it, `malformed`, `unreadable`,
 *   `not-a-file`, `not-found` for a symbolic link to nothing
 */
export function loadSettings(machine: Machine): Settings {
  const file = findFile(settingsFile(machine), machine);
  if (file.bytes === null) return noSettings;
  refuseForeign(file, machine);
  return parseSettings(file.bytes, file.target);
}

/**
 * The server that the user has named so.
 *
 * @throws KeywardError `not-found`, and what {@link loadSettings} throws
 */
export function findServer(machine: Machine, name: string): NamedServer {
  return pickServer(loadSettings(machine), name);
}

/**
 * The addresses that the stored key of a system may be sent to, beside loopback.
 *
 * @throws what {@link loadSettings} throws
 */
export function listNamedUrls(machine: Machine, system: System): readonly string[] {
  return Object.values(loadSettings(machine).servers).flatMap((server) =>
    server.system === system.id && server.url !== null ? [server.url] : [],
  );
}

/** As {@link findServer}, of settings that are at hand. */
export function pickServer({ servers }: Settings, name: string): NamedServer {
  const server = servers[name];
  if (server !== undefined) return server;
  const names = Object.keys(servers).sort();
  const nearest = findNearest(name, names);
  throw new KeywardError("not-found", `no server is named ${name}`, {
    hint:
      nearest !== null
        ? `did you mean ${nearest}?`
        : names.length > 0
          ? `one of: ${names.join(", ")}`
          : `name it: keyward server add ${name} --system SYSTEM`,
  });
}

/**
 * A named server's restart command is run, and its address is sent a key: whoever writes the file
 * decides both. The file's own owner and mode are enough to know who that can be, since nobody can
 * make a file that belongs to this user or to root.
 */
function refuseForeign({ target, facts }: FoundFile, machine: Machine): void {
  if (facts === null) return;
  const { uid } = machine.user;
  if (facts.uid !== uid && facts.uid !== 0) {
    throw new KeywardError(
      "untrusted",
      `${target} belongs to ${userName(facts.uid, machine)}, who could have any command run by it`,
      { hint: `if you trust what it says: chown ${uid} ${target}` },
    );
  }
  if ((facts.mode & 0o022) !== 0) {
    const who = (facts.mode & 0o002) !== 0 ? "anybody" : "its group";
    throw new KeywardError(
      "untrusted",
      `${target} may be written by ${who}, who could have any command run by it`,
      { hint: `look at what it says, then: chmod 600 ${target}` },
    );
  }
}
