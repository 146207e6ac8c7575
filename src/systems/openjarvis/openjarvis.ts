import { join } from "node:path";

import { homeOfUser } from "../../core/accounts.js";
import { KeywardError } from "../../core/errors.js";
import { mayHideKey } from "../../keys/looks-like-key.js";
import { type Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";
import { canListen } from "../../hosts/can-listen.js";
import type { ServerProgram } from "../contract/command-line.js";
import { isPythonLoopback } from "../../hosts/python-loopback.js";
import type {
  EnvFileLocation,
  Launch,
  Location,
  System,
  TomlLocation,
} from "../contract/system.js";
import { findUnitTroubles } from "../units/unit-troubles.js";
import { readUnit, type Unit } from "../units/unit.js";
import { flagLocations, unitLocations } from "../units/unit-locations.js";

const keyVariable = "OPENJARVIS_API_KEY";
const deploymentFile = "/etc/openjarvis/env";
const unitName = "openjarvis.service";

/**
 * OpenJarvis (of August 2026). The environment wins when it is not empty; else `config.toml`,
 * whose value is taken as it stands, blanks and all.
 */
export const openjarvis: System = {
  id: "openjarvis",
  title: "OpenJarvis",
  program: "jarvis",
  keyFormat: "openjarvis",
  variable: keyVariable,
  emptyMeans: "look-further",
  clients: {
    enter: "in OpenJarvis's page: Settings, API key; for jarvis itself: OPENJARVIS_API_KEY",
    path: "/v1/info",
    by: "header",
  },
  launches: ["foreground", "service"],
  network: {
    // There is no variable for either: a flag, else the file.
    host: {
      default: "127.0.0.1",
      emptyMeans: "look-further",
      locations: (machine, launch) =>
        withFlag(machine, launch, "--host", configValue(machine, launch, ["server", "host"])),
    },
    port: {
      default: "8000",
      emptyMeans: "look-further",
      locations: (machine, launch) =>
        withFlag(
          machine,
          launch,
          "--port",
          configValue(machine, launch, ["server", "port"]).map((place) => ({
            ...place,
            type: "integer",
          })),
        ),
    },
    tls: null,
  },

  fileDialects: ["compose"],

  isHere: (machine) =>
    findService(machine) !== null ||
    [deploymentFile, ...configFiles(machine, "foreground")].some((path) =>
      machine.fs.existsSync(path),
    ),
  detectLaunch: (machine) => (findService(machine) === null ? "foreground" : "service"),

  locations(machine, launch) {
    const files: Location[] = [
      ...credential(machine, launch),
      ...configValue(machine, launch, ["server", "auth", "api_key"]),
    ];
    const exported: Location = { kind: "environment", variable: keyVariable };
    if (launch === "foreground") return [exported, ...files];
    const unit = findService(machine);
    const question = { variable: keyVariable, file: serviceFile, program };
    const ignored = "an exported variable does not reach the service";
    return [
      ...(unit === null ? [serviceFile] : unitLocations(unit, question)),
      ...files,
      { ...exported, ignored },
    ];
  },

  findLive: () => null,
  wouldStart: (host, hasKey) => (hasKey || isPythonLoopback(host)) && canListen(host, ["*"]),

  restart(machine, launch) {
    if (launch === "service") {
      const knows = { args: ["is-active", "--quiet", "openjarvis"] };
      return { program: "systemctl", args: ["restart", "openjarvis"], needsRoot: true, knows };
    }
    const [pidFile] = besideConfig(machine, launch, "server.pid");
    const knows = pidFile === undefined ? {} : { knows: { pidFile } };
    return { program: "jarvis", args: ["restart"], needsRoot: false, ...knows };
  },

  findTroubles(machine, launch) {
    const unit = launch === "service" ? findService(machine) : null;
    return unit === null ? [] : findUnitTroubles(unit);
  },

  serviceUser: (machine) => findService(machine)?.user ?? null,

  // The second and third are macOS's, by the launchd file of its guide.
  logs: (machine) => [
    ...openjarvis.launches.flatMap((launch) => besideConfig(machine, launch, "server.log")),
    "/tmp/openjarvis.stdout.log",
    "/tmp/openjarvis.stderr.log",
  ],

  loadProbe: async () => (await import("./openjarvis-probe.js")).openjarvisProbe,
};

const program: ServerProgram = {
  isServer: (name) => name === "jarvis" || name === "openjarvis",
  modules: ["openjarvis", "openjarvis.cli"],
};

const serviceFile: EnvFileLocation = {
  kind: "env-file",
  path: deploymentFile,
  variable: keyVariable,
  dialects: ["systemd"],
  writable: true,
};

function findService(machine: Machine): Unit | null {
  return readUnit(machine, "system", unitName);
}

/** The unit's command beats the file; neither has a variable. */
function withFlag(
  machine: Machine,
  launch: Launch,
  name: string,
  config: readonly TomlLocation[],
): Location[] {
  const unit = launch === "service" ? findService(machine) : null;
  return [
    ...(unit === null ? [] : flagLocations(unit, program, { name, takes: "word-or-equals" })),
    ...config,
  ];
}

function configValue(
  machine: Machine,
  launch: Launch,
  keyPath: TomlLocation["keyPath"],
): TomlLocation[] {
  return configFiles(machine, launch).map((path) => ({
    kind: "toml",
    path,
    keyPath,
    writable: true,
  }));
}

/**
 * What the server's tools keep goes into its environment at the start, whatever its name, except
 * for a name that is set already, be it to nothing.
 */
function credential(machine: Machine, launch: Launch): TomlLocation[] {
  return besideConfig(machine, launch, "credentials.toml").map((path) => ({
    kind: "toml",
    path,
    keyPath: ["*", keyVariable],
    variable: keyVariable,
    writable: false,
  }));
}

/** The server's `config.toml`; none where its folder has a name that may not be shown. */
function configFiles(machine: Machine, launch: Launch): string[] {
  return besideConfig(machine, launch, "config.toml");
}

function besideConfig(machine: Machine, launch: Launch, name: string): string[] {
  const unit = launch === "service" ? findService(machine) : null;
  if (unit === null) return [join(ownFolder(machine), name)];
  const folder = configFolder(serviceEnvironment(unit), () => homeOfService(unit));
  if (!mayHideKey(folder)) return [join(folder, name)];
  // Mostly a slip in the unit, and no such folder is there: then the server finds nothing either.
  if (!machine.fs.existsSync(folder)) return [];
  throw new KeywardError(
    "malformed",
    `${unit.path} names a folder for OpenJarvis that holds what looks like a key in its name`,
    { hint: "write every variable of the unit in quotes of its own" },
  );
}

function ownFolder(machine: Machine): string {
  for (const variable of ["OPENJARVIS_HOME", "XDG_DATA_HOME"]) readForPath(machine.env, variable);
  return configFolder(machine.env, () => homeFolder(machine));
}

function configFolder(env: Machine["env"], findHome: () => string): string {
  const { OPENJARVIS_HOME: own, XDG_DATA_HOME: data } = env;
  if (own) return own.startsWith("~/") ? join(findHome(), own.slice(2)) : own;
  return data ? join(data, "openjarvis") : join(findHome(), ".openjarvis");
}

/** What the unit sets itself; a folder that only its env files name is not followed. */
function serviceEnvironment({ environment }: Unit): Machine["env"] {
  return Object.fromEntries([...environment].map(([name, { value }]) => [name, value]));
}

/**
 * The home folder that systemd gives the service.
 *
 * @throws KeywardError `no-home` when the password file does not list its user
 */
function homeOfService({ environment, user, machine }: Unit): string {
  const who = user ?? "root";
  const home = environment.get("HOME")?.value || homeOfUser(who, machine);
  if (home !== null) return home;
  throw new KeywardError("no-home", `the home folder of ${who}, who runs the service, is unknown`, {
    hint: "name it in the unit: Environment=HOME=…",
  });
}
