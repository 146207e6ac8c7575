import type { Finding } from "../../core/finding.js";
import type { DialectName } from "../../formats/env/dialects/dialect.js";
import type { KeyFormat } from "../../keys/formats.js";
import type { Machine } from "../../core/machine.js";
import type { ClientFacts } from "./clients.js";
import type { ServerProgram } from "./command-line.js";
import type { ProbePlan } from "./probe-plan.js";

/**
 * The server families that keyward knows, and `generic` for any server with a validate endpoint. The
 * compiler asks for the line of a new one in `systems/list.ts`.
 */
export const systemIds = ["jean2", "openjarvis", "jean", "haip", "generic"] as const;

/** One of {@link systemIds}. */
export type SystemId = (typeof systemIds)[number];

/**
 * How a server is started, which decides what it reads.
 *
 * - `daemon` by the system's own start command, with an environment of that command's choosing
 * - `service` by the service manager
 * - `foreground` from a shell, with that shell's environment
 */
export type Launch = "daemon" | "service" | "foreground";

/** What every location has. */
export interface LocationBase {
  /** Why a server started this way never reads it; absent when it does. Shown, never obeyed. */
  readonly ignored?: string;
  /** What makes the server read it, a command where there is one; absent where nothing simple does. */
  readonly remedy?: string;
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
  /** Programs that take the value from here into another file: they decide nothing, and an edit satisfies them too. */
  readonly heirs?: readonly DialectName[];
  /**
   * The user in whose folder it lies, where this is root: only a plain file of that user's is read,
   * reached without links, and nothing of it is shown but whether the variable is set.
   */
  readonly ownedBy?: number;
  /** False where keyward only looks: the working folder's `.env` belongs to somebody's project. */
  readonly writable: boolean;
}

/** One value of a TOML file. */
export interface TomlLocation extends LocationBase {
  readonly kind: "toml";
  readonly path: string;
  /**
   * Table names, then the name of the value: `["server", "auth", "api_key"]`. `*` as the table is
   * the first one that has the value; such a location is only read.
   */
  readonly keyPath: readonly [string, ...string[]];
  /** What the value must be; a string unless said otherwise. */
  readonly type?: "string" | "integer";
  /** The variable that the server puts the value into, unless it is set already; absent for none. */
  readonly variable?: string;
  readonly writable: boolean;
}

/** A value in a systemd unit file or one of its drop-ins. Keyward looks there and never writes. */
export interface UnitLocation extends LocationBase {
  readonly kind: "unit";
  /** The unit file, or the drop-in. */
  readonly path: string;
  /** The line that the assignment begins on, from 1. */
  readonly line: number;
  readonly variable: string;
  /**
   * `ExecStart` gives the value as an argument of the program, which no file can override;
   * `DefaultEnvironment` is the service manager's own, for every unit.
   */
  readonly directive: "Environment" | "ExecStart" | "DefaultEnvironment";
  /** The value: a function, so that whoever prints a location prints no key. */
  readonly read: () => string;
}

/** A place that may decide, and that keyward cannot look into: a command that a shell puts together. */
export interface UnseenLocation extends LocationBase {
  readonly kind: "unseen";
  /** The file that leads there. */
  readonly path: string;
  /** The line in it, from 1; null where it is about no line. */
  readonly line: number | null;
  readonly variable: string | undefined;
  /** Why it cannot be told, to stand after a colon. */
  readonly why: string;
  /** Whether it names the variable, or its option, so that a value of its own is likely. */
  readonly named: boolean;
  /** What to do about it, where that is not to let the server be started plainly. */
  readonly hint?: string;
}

/** One place that a server reads its key from. */
export type Location =
  EnvironmentLocation | EnvFileLocation | TomlLocation | UnitLocation | UnseenLocation;

/** A place that is a file of the key's own reader, which a store can write. */
export type FileLocation = EnvFileLocation | TomlLocation;

/** A setting beside the key: the places that may hold it, in order of precedence, and what it is without them. */
export interface Setting {
  locations(machine: Machine, launch: Launch): readonly Location[];
  readonly default: string;
  /** What an empty value means: the default at once, or that the next location is asked. */
  readonly emptyMeans: "default" | "look-further";
  /** The server trims it, so that one of blanks alone is empty. */
  readonly trimmed?: true;
  /** It is a secret itself, and nobody shows it. */
  readonly secret?: true;
}

/** A setting that is on or off. */
export interface Switch {
  readonly variable: string;
  readonly setting: Setting;
  /** Whether this value switches it on. */
  readonly isOn: (value: string) => boolean;
}

/** Where the server listens, and with what. */
export interface NetworkSettings {
  readonly host: Setting;
  /** The options of its command that name the host; `--host` where absent. */
  readonly hostFlags?: readonly string[];
  readonly port: Setting;
  /** TLS is on exactly when `enabled` is `true`; null where the system leaves TLS to a proxy. */
  readonly tls: {
    readonly enabled: Setting;
    readonly certificate: Setting;
    readonly privateKey: Setting;
  } | null;
}

/** The address of a server that says of itself that it runs. */
export interface LiveServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** The file that says so. */
  readonly source: string;
}

/** How a running server is known, and the options of its command that count. */
export interface RunningFacts {
  /** Null where nothing is known of its command. */
  readonly program: ServerProgram | null;
  /** The unit of its service, with `.service`; null for none. */
  readonly unit: string | null;
  readonly hostFlags: readonly string[];
  readonly portFlags: readonly string[];
  readonly keyFlags: readonly string[];
  /** They switch authentication off, and take no value. */
  readonly offFlags: readonly string[];
}

/** The program that restarts a server, and its arguments. */
export interface RestartPlan {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether only root may do it. */
  readonly needsRoot: boolean;
  /**
   * How it is told whether the program knows of a server that runs: by the process id in a file, a
   * number or JSON with `pid`, or by these arguments, with which it ends with status 0. Absent where
   * nothing tells.
   */
  readonly knows?:
    | { readonly pidFile: string }
    | {
        readonly args: readonly string[];
        /** The unit that it restarts, with `.service`. */
        readonly unit: string;
      };
  /**
   * Where the server listens afterwards: at the address that is passed on, or by its settings. Absent
   * where that is not known.
   */
  readonly listens?: { readonly host: string; readonly port: number } | "by-settings";
  /** What the server has from whoever runs the program; absent for nothing. */
  readonly inherits?: Inheritance;
  /** How it is started anew with what the program forgets; absent where it forgets nothing. */
  readonly anew?: StartAnew;
}

/** What a server has from the shell that it was started from. */
export interface Inheritance {
  /** The folder that it works in. */
  readonly folder: true;
  /** The variables that it reads from its environment; `*` stands for any part of a name. */
  readonly variables?: readonly string[];
}

/** Commands that start a server with an address and options of its own. */
export interface StartAnew {
  readonly program: string;
  readonly stop: readonly string[];
  readonly start: readonly string[];
  /** The options that take the address. */
  readonly host: string;
  readonly port: string;
  /** Other options that a restart forgets; each takes a value. */
  readonly options: readonly string[];
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
  /**
   * What an empty value means: authentication off, that the next location is asked, or that the
   * server takes a key of its own that nobody else knows.
   */
  readonly emptyMeans: "off" | "look-further" | "random";
  /** Its files do not tell whether it asks for the key: that is up to the program around it. */
  readonly hostDecides?: true;
  /** Nothing is known of where its server listens. */
  readonly hasNoAddress?: true;
  /** Nothing is known of how its server is asked. */
  readonly hasNoProbe?: true;
  /** Where its clients take a key, and how programs present one. */
  readonly clients: ClientFacts;
  readonly launches: readonly [Launch, ...Launch[]];
  readonly network: NetworkSettings;
  /** The server trims the key, so that one of blanks alone is empty. */
  readonly trimsKey?: true;
  /** How long the JWTs that are signed with the key are to live, `24h`; absent where there are none. */
  readonly lifetime?: Setting;
  /** Switches authentication off, whatever the key; absent where nothing does. */
  readonly noKeySwitch?: Switch;
  /** Lets the server start without authentication where its bind rule would refuse. */
  readonly unsafeSwitch?: Switch;
  /** The programs that read a file which the user names as the one with the key. */
  readonly fileDialects: readonly [DialectName, ...DialectName[]];
  /** What is to be said of this system's key wherever it stands. */
  readonly remarks?: readonly Finding[];
  /** Whether files of this system are on this machine. */
  isHere(machine: Machine): boolean;
  /** How the server is started on this machine, as far as its files tell. */
  detectLaunch(machine: Machine): Launch;
  /** Every place that may hold the key, in order of precedence. */
  locations(machine: Machine, launch: Launch): readonly Location[];
  /**
   * The files of the working folder that a server started from there would obey over its own, where
   * that is easily done without meaning it; absent where nothing reads them.
   */
  startFiles?(machine: Machine, launch: Launch): readonly EnvFileLocation[];
  readonly running: RunningFacts;
  /** The process in its pid file, be it its own or another one by now; absent where it has none. */
  findPid?(machine: Machine, launch: Launch): number | null;
  /** The running server by its own account, or null; a dead or foreign process counts as none. */
  findLive(machine: Machine): LiveServer | null;
  /**
   * What the server itself does with this host: its own rule, holes included; null when unknown.
   *
   * @param hasKey whether it asks for a key
   * @param allowsUnsafe whether its `unsafeSwitch` is on
   */
  wouldStart(host: string, hasKey: boolean, allowsUnsafe?: boolean): boolean | null;
  restart(machine: Machine, launch: Launch): RestartPlan | null;
  /** The files that the server writes its log to, there or not. */
  logs?(machine: Machine): readonly string[];
  /** What is wrong with how the installed service is given its variables; no finding holds a key. */
  findTroubles?(machine: Machine, launch: Launch): readonly Finding[];
  /** Where the service manager has loaded something else of the installed service than its files say. */
  findLoaded?(machine: Machine, launch: Launch): readonly Finding[];
  /** The user that the installed service runs as, by name or number; null for none but root. */
  serviceUser?(machine: Machine): string | null;
  /** What its server is asked. Loaded at its first use: most commands ask no server. */
  loadProbe(): Promise<ProbePlan>;
}

/** Where something stands that cannot be told: `PATH:LINE`. */
export function placeOfUnseen({ path, line }: Pick<UnseenLocation, "path" | "line">): string {
  return line === null ? path : `${path}:${line}`;
}

/** A location's public name: an absolute path, or `env:NAME`. */
export function nameLocation(location: Location): string {
  return location.kind === "environment" ? `env:${location.variable}` : location.path;
}
