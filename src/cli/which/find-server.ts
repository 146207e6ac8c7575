import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import type { System } from "../../systems/contract/system.js";
import { findNearest } from "../nearest.js";
import { loadSettings } from "../settings/settings.js";
import type { NamedServer, Settings } from "../settings/settings-shape.js";

/**
 * The server that the user has named so.
 *
 * @throws KeywardError `not-found`, and what `loadSettings` throws
 */
export async function findServer(machine: Machine, name: string): Promise<NamedServer> {
  return pickServer(await loadSettings(machine), name);
}

/** As {@link findServer}, of settings that are at hand. */
export function pickServer({ servers }: Settings, name: string): NamedServer {
  const server = servers[name];
  if (server !== undefined) return server;
  throw new KeywardError("not-found", `no server is named ${name}`, {
    hint: suggestName(name, Object.keys(servers)),
  });
}

/**
 * The addresses that the stored key of a system may be sent to, beside loopback: those of the named
 * servers of that system. Another system's server has another key.
 *
 * @throws what `loadSettings` throws
 */
export async function listNamedUrls(machine: Machine, system: System): Promise<readonly string[]> {
  const { servers } = await loadSettings(machine);
  return Object.values(servers).flatMap((server) =>
    server.system === system.id && server.url !== null ? [server.url] : [],
  );
}

function suggestName(name: string, names: readonly string[]): string {
  const nearest = findNearest(name, names);
  if (nearest !== null) return `did you mean ${nearest}?`;
  if (names.length > 0) return `one of: ${names.join(", ")}`;
  return "name it first: keyward server add --help";
}
