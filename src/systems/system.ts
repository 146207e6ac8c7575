import type { KeyFormat } from "../keys/formats.js";
import type { Machine } from "../machine.js";
import type { ProbePlan } from "./probe-plan.js";
import type { WireForms } from "./wire.js";

/** The server families that keyward knows, and any server with a validate endpoint. */
export type SystemId = "jean2" | "openjarvis" | "generic";

/**
 * How a server is started, which decides what it reads.
 *
 * - `daemon` by the system's own start command, with an environment of that command's choosing
 * - `service` by the service manager
 * - `foreground` from a shell, with that shell's environment
 */
export type Launch = "daemon" | "service" | "foreground";

/** The program whose rules decide what an env file says. */
export type DialectName = "jean2" | "bun" | "dotenv" | "docker" | "compose" | "systemd";

interface LocationBase {
  /** Why a server started this way never reads it; absent when it does. Shown, never obeyed. */
  readonly ignored?: string;
}

/** A variable in the environment of the server's process. */
export interface EnvironmentLocation extends LocationBase {
  readonly kind: "environment";
  readonly variable: string;
}

/** A line `VARIABLE=value` of a file. */
export interface EnvFileLocation extends LocationBase {
  readonly kind: "env-file";
  readonly path: string;
  readonly variable: string;
  /** Every program that reads this file for this variable; an edit satisfies all, the first decides. */
  readonly dialects: readonly [DialectName, ...DialectName[]];
  /** False where keyward only looks: the working folder's `.env` belongs to somebody's project. */
  readonly writable: boolean;
}

/** One value of a TOML file. */
export interface TomlLocation extends LocationBase {
  readonly kind: "toml";
  readonly path: string;
  /** Table names, then the name of the value: `["server", "auth", "api_key"]`. */
  readonly keyPath: readonly [string, ...string[]];
  /** What the value must be; a string unless said otherwise. */
  readonly type?: "string" | "integer";
  readonly writable: boolean;
}

/** One place that a server reads its key from. */
export type Location = EnvironmentLocation | EnvFileLocation | TomlLocation;

/** A place that is a file. */
export type FileLocation = EnvFileLocation | TomlLocation;

/** A setting beside the key: the places that may hold it, in order of precedence, and what it is without them. */
export interface Setting {
  locations(machine: Machine, launch: Launch): readonly Location[];
  readonly default: string;
  /** What an empty value means: the default at once, or that the next location is asked. */
  readonly emptyMeans: "default" | "look-further";
}

/** Where the server listens, and with what. */
export interface NetworkSettings {
  readonly host: Setting;
  readonly port: Setting;
  /** TLS is on exactly when `enabled` is `true`; null where the system leaves TLS to a proxy. */
  readonly tls: { readonly enabled: Setting; readonly certificate: Setting } | null;
}

/** The address of a server that says of itself that it runs. */
export interface LiveServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** The file that says so. */
  readonly source: string;
}

/** The program that restarts a server, and its arguments. */
export interface RestartPlan {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether only root may do it. */
  readonly needsRoot: boolean;
}

/** A server family and every fact peculiar to it. */
export interface System {
  readonly id: SystemId;
  /** As its makers write it. */
  readonly title: string;
  /** The command that its users know it by; keyward answers `auth` and `token` under that name. */
  readonly program: "jean2" | "jarvis" | null;
  readonly keyFormat: KeyFormat;
  /** The variable that holds the key. */
  readonly variable: string;
  /** What an empty value means: authentication off, or that the next location is asked. */
  readonly emptyMeans: "off" | "look-further";
  readonly launches: readonly [Launch, ...Launch[]];
  readonly network: NetworkSettings;
  /** How the server is started on this machine, as far as its files tell. */
  detectLaunch(machine: Machine): Launch;
  /** Every place that may hold the key, in order of precedence. */
  locations(machine: Machine, launch: Launch): readonly Location[];
  /** The running server by its own account, or null; a dead or foreign process counts as none. */
  findLive(machine: Machine): LiveServer | null;
  /** What the server itself does with this host: its own rule, holes included; null when unknown. */
  wouldStart(host: string, hasKey: boolean): boolean | null;
  restart(machine: Machine, launch: Launch): RestartPlan | null;
  /** How it asks for the key; null when only its validate endpoint is known. */
  readonly wire: WireForms | null;
  readonly probe: ProbePlan;
}

/** A location's public name: an absolute path, or `env:NAME`. */
export function nameLocation(location: Location): string {
  return location.kind === "environment" ? `env:${location.variable}` : location.path;
}
