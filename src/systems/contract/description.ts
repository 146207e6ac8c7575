import type { Hint } from "../../core/hint.js";
import type { Finding } from "../../core/finding.js";
import type { DialectName } from "../../formats/env/dialects/dialect.js";
import type { HostSpelling } from "../../hosts/can-listen.js";
import type { KeyFormat } from "../../keys/formats.js";
import type { Flag } from "../units/unit-locations.js";
import type { Inheritance, Launch, StartAnew, SystemId, TomlLocation } from "./system.js";

/** A file or folder that a system names: where the path begins, and the rest of it. */
export interface FilePlace {
  /**
   * - `root` the path is absolute
   * - `home` of the user; of a service, of the user that it runs as
   * - `working-folder` the one that the server is started in
   * - `data-folder` the system's own, see {@link SystemDescription.dataFolder}
   */
  readonly in: "root" | "home" | "working-folder" | "data-folder";
  readonly path: string;
}

/** The folder that a system keeps its files in: what the first variable with a value says, else one at home. */
export interface DataFolderDescription {
  readonly variables: readonly {
    readonly variable: string;
    /** The variable names a folder for many programs, and this is the system's own in it. */
    readonly below?: string;
    /** `~/` at the start of the value stands for the home folder. */
    readonly expandsTilde?: true;
  }[];
  /** In the home folder. */
  readonly otherwise: string;
}

/** By which names a value goes. Where it has none of a kind, places of that kind do not hold it. */
export interface ValueNames {
  /** In the environment, and in env files. */
  readonly variable?: string;
  /** On the command line that a unit has. */
  readonly flag?: Flag;
  /** In a file of the system's own format. */
  readonly keyPath?: TomlLocation["keyPath"];
  /** What it must be there; a string unless said otherwise. */
  readonly type?: TomlLocation["type"];
}

/** The key: its names, and what the server makes of a value. */
export interface KeyDescription extends ValueNames {
  readonly variable: string;
  readonly format: KeyFormat;
  /** As in `System`. */
  readonly emptyMeans: "off" | "look-further" | "random";
  readonly trimmed?: true;
}

/** A setting beside the key. */
export interface SettingDescription extends ValueNames {
  readonly default: string;
  /** As in `Setting`; the default at once, unless said otherwise. */
  readonly emptyMeans?: "default" | "look-further";
  readonly trimmed?: true;
}

/** A setting that is on or off, and off by default. */
export interface SwitchDescription extends Required<Pick<ValueNames, "variable" | "flag">> {
  /** The values that switch it on, in lower case: any case will do, and blanks round it. */
  readonly on: readonly string[];
}

interface SourceBase {
  /** Why the server never reads it, though people expect it to. Shown, never obeyed. */
  readonly ignored?: string;
}

/** One place, or kind of place, that a server gets its values from. */
export type Source =
  /** The environment that the server's process is given. */
  | (SourceBase & { readonly kind: "environment" })
  /** A file of lines `VARIABLE=value`. One that an earlier source names, too, has the readers of both. */
  | (SourceBase & {
      readonly kind: "env-file";
      readonly file: FilePlace;
      readonly readers: readonly [DialectName, ...DialectName[]];
    })
  | (SourceBase & {
      readonly kind: "toml";
      readonly file: FilePlace;
      /** Its tables are not the system's: the first that has the variable counts, and it is only read. */
      readonly anyTable?: true;
    })
  /** The unit of the installed service, see {@link ServiceDescription}; without one, its env file. */
  | { readonly kind: "unit" }
  /** The env file of the unit alone. */
  | (SourceBase & { readonly kind: "unit-env-file" })
  /** The files of the folder that the server's process works in: what code says, `SystemCode.readStartFolder`. */
  | {
      readonly kind: "start-folder";
      /** Where the folder cannot be seen, nothing is missed by it. */
      readonly onlySeen?: true;
    };

/** How a change of the key gets into force. */
export type RestartDescription =
  /** The service manager restarts the unit. */
  | { readonly by: "unit" }
  /** The system's own command does. */
  | {
      readonly by: "command";
      readonly program: string;
      readonly args: readonly string[];
      /** Options that take the live address, which it would otherwise forget. */
      readonly address?: { readonly host: string; readonly port: string };
      /** What it takes instead where the pid file is that of a server that is gone. */
      readonly whenStale?: readonly string[];
      readonly inherits?: Inheritance;
      /** The program's commands and options that do not forget the address, where `args` do. */
      readonly anew?: Omit<StartAnew, "program">;
    };

/** One way to start the server. */
export interface LaunchDescription {
  readonly launch: Launch;
  /** The places of the key, the one that wins first. */
  readonly key: readonly Source[];
  /** Those of all other values; the key's where absent. */
  readonly settings?: readonly Source[];
  /** Null where only whoever started it can. */
  readonly restart: RestartDescription | null;
}

/** The service of the system's own guide or installer. */
export interface ServiceDescription {
  /** Its unit; `.service` may be left out. */
  readonly unit: string;
  /** Whose service manager runs it; a user's own comes before the machine's. */
  readonly scopes: readonly ("system" | "user")[];
  /** The server's program in the unit's command, in any case; `*` stands for any part of a name. */
  readonly programs: readonly string[];
  /** The names by which Python starts it. */
  readonly modules?: readonly string[];
  /** The env file that the installer writes. */
  readonly envFile: {
    readonly system: string;
    /** In the home folder. */
    readonly user?: string;
    readonly readers: readonly [DialectName, ...DialectName[]];
    /** Programs that take the value from here into another file. */
    readonly heirs?: readonly DialectName[];
  };
}

/** A way in which clients present the key. */
export type KeyForm =
  | {
      readonly in: "header";
      readonly name: string;
      /** What stands before the key, its blank included. */
      readonly prefix: string;
    }
  | { readonly in: "query"; readonly name: string }
  /** A WebSocket subprotocol, offered beside another that is selected. */
  | {
      readonly in: "subprotocol";
      readonly beside: string;
      readonly prefix: string;
      /** How the key is written there; as it is unless said otherwise. */
      readonly encoding?: "base64url";
    }
  /** The client's first message on a WebSocket, JSON: the type of the message, and where the key is. */
  | {
      readonly in: "first-message";
      readonly type: string;
      readonly keyPath: readonly [string, ...string[]];
    };

/** What clients of the system are advised. */
export interface ClientsDescription {
  /** Where its own client takes a new key. */
  readonly enter: Hint;
  /** What is asked, below the server's address. */
  readonly path: string;
  /** Which form: the header stays out of logs; the query where nothing else is sure. */
  readonly by: "header" | "query";
  /** The variable that programs read; the key's own unless they present something made of it. */
  readonly variable?: string;
}

/** On which hosts the server starts. */
export interface BindRule {
  /**
   * What it refuses without a key: nothing; these hosts, by their text alone; or all that is not
   * loopback to Python's `ipaddress`.
   */
  readonly refusesWithoutKey:
    "nothing" | { readonly hosts: readonly string[] } | "beyond-python-loopback";
  /** The spellings that it listens on beside those of a C library; on what is neither, it dies. */
  readonly spellings: readonly HostSpelling[];
  readonly trimmed?: true;
}

/** Where the server listens, and by what rule. */
export interface ListeningDescription {
  readonly host: SettingDescription;
  /** The options of its command that name the host; `--host` where absent. */
  readonly hostFlags?: readonly string[];
  readonly port: SettingDescription;
  /** Null where the system leaves TLS to a proxy. */
  readonly tls: {
    /** On exactly when it is `true`. */
    readonly enabled: SettingDescription;
    readonly certificate: SettingDescription;
    readonly privateKey: SettingDescription;
  } | null;
  /** Null where nothing is known of it. */
  readonly bindRule: BindRule | null;
  /** Lets the server start without authentication where its rule would refuse. */
  readonly unsafeSwitch?: SwitchDescription;
}

/** The file in which a running server says so. */
export interface PidFileDescription {
  readonly file: FilePlace;
  /** JSON with `pid`, `host` and `port`, or the process id alone. */
  readonly holds: "address" | "pid";
}

/**
 * A server family as plain data: all that is peculiar to it, except for what its folder says in code
 * (`SystemCode`). `createSystem` makes a `System` of it.
 */
export interface SystemDescription {
  readonly id: SystemId;
  /** As its makers write it. */
  readonly title: string;
  /** The command that its users know it by; keyward answers `auth` and `token` under that name. */
  readonly program: "jean2" | "jarvis" | null;
  readonly key: KeyDescription;
  /** Its files do not tell whether it asks for the key: that is up to the program around it. */
  readonly hostDecides?: true;
  /** Nothing is known of where its server listens. */
  readonly hasNoAddress?: true;
  readonly dataFolder?: DataFolderDescription;
  readonly service?: ServiceDescription;
  readonly pidFile?: PidFileDescription;
  /** The ways to start it: by its unit where that is installed, else the first other one. */
  readonly launches: readonly [LaunchDescription, ...LaunchDescription[]];
  /**
   * What shows that it is on this machine, beside its unit, pid file and data folder: a file, or one
   * that sets this variable.
   */
  readonly shownBy: readonly { readonly file: FilePlace; readonly variable?: string }[];
  readonly listening: ListeningDescription;
  /** How long the JWTs that are signed with the key are to live, `24h`; absent where there are none. */
  readonly lifetime?: SettingDescription;
  /** Switches authentication off, whatever the key; absent where nothing does. */
  readonly noKeySwitch?: SwitchDescription;
  /** The programs that read a file which the user names as the one with the key. */
  readonly fileReaders: readonly [DialectName, ...DialectName[]];
  /** The files that the server writes its log to. */
  readonly logs?: readonly FilePlace[];
  /** How clients present the key, or the JWT that it signed. */
  readonly forms: readonly [KeyForm, ...KeyForm[]];
  readonly clients: ClientsDescription;
  /** What is to be said of this system's key wherever it stands. */
  readonly remarks?: readonly Finding[];
}
