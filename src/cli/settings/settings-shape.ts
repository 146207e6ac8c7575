import type { Launch, SystemId } from "../../systems/contract/system.js";

/** A server that the user has given a name, and what keyward knows of it by that name. Never a secret. */
export interface NamedServer {
  readonly name: string;
  readonly system: SystemId;
  /** Without user, query and slash at the end; null when the system knows where to ask. */
  readonly url: string | null;
  /** The file that holds its key, an absolute path; null for the system's own. */
  readonly file: string | null;
  /** The variable in that file; null for the system's own. */
  readonly variable: string | null;
  /** The program that reads that file; null for the system's usual one. */
  readonly dialect: string | null;
  readonly launch: Launch | null;
  /** The program and its arguments: no shell reads them. */
  readonly restartCommand: readonly [string, ...string[]] | null;
}

/** What keyward remembers of a user's wishes. */
export interface Settings {
  /** The system that commands are about when nothing else says so. */
  readonly defaultSystem: SystemId | null;
  /** By name; without a prototype, so that no name finds anything that was not put there. */
  readonly servers: Readonly<Record<string, NamedServer>>;
}

/** The settings of somebody who never made any. */
export const noSettings: Settings = { defaultSystem: null, servers: indexServers([]) };

/** Servers by their names, in the order of the names. */
export function indexServers(servers: readonly NamedServer[]): Settings["servers"] {
  const index: Record<string, NamedServer> = Object.create(null);
  const sorted = [...servers].sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const server of sorted) index[server.name] = server;
  return index;
}
