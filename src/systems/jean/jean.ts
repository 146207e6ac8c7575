import { join } from "node:path";

import { type Machine } from "../../core/machine.js";
import { homeFolder } from "../../files/home-folder.js";
import { canListen } from "../../hosts/can-listen.js";
import type { ServerProgram } from "../contract/command-line.js";
import type { EnvFileLocation, Location, Setting, Switch, System } from "../contract/system.js";
import type { UnitScope } from "../units/specifiers.js";
import { findUnitTroubles } from "../units/unit-troubles.js";
import { readUnit, type Unit } from "../units/unit.js";
import { type Flag, unitLocations } from "../units/unit-locations.js";

const unitName = "jean-server.service";
const tokenVariable = "JEAN_TOKEN";
const systemFile = "/etc/jean-server.env";
const userFile = ".config/jean-server/jean-server.env";

/**
 * Jean's headless server. Its installer writes an env file and a unit, for the machine or for the
 * user; without a token it takes one of its own, saved or made up.
 */
export const jean: System = {
  id: "jean",
  title: "Jean",
  program: null,
  keyFormat: "base64url",
  variable: tokenVariable,
  emptyMeans: "random",
  trimsKey: true,
  clients: {
    enter: "in Jean's page: enter it when asked, or open the page once with ?token= and the key",
    path: "/api/auth",
    // Older servers ignore the header.
    by: "query",
  },
  launches: ["service", "foreground"],
  network: {
    host: jeanSetting("JEAN_HOST", "127.0.0.1", { name: "--host", takes: "word" }),
    port: jeanSetting("JEAN_PORT", "3456", { name: "--port", takes: "word" }),
    tls: null,
  },
  noKeySwitch: jeanSwitch("JEAN_NO_TOKEN", "--no-token"),
  unsafeSwitch: jeanSwitch("JEAN_ALLOW_UNSAFE_NO_TOKEN", "--allow-unsafe-no-token"),
  fileDialects: ["systemd"],

  isHere: (machine) =>
    findService(machine) !== null ||
    [systemFile, join(homeFolder(machine), userFile)].some((path) => machine.fs.existsSync(path)),
  detectLaunch: (machine) => (findService(machine) === null ? "foreground" : "service"),
  locations: (machine, launch) =>
    launch === "service"
      ? serviceLocations(machine, tokenVariable, { name: "--token", takes: "word" })
      : foregroundLocations(machine, tokenVariable),
  findLive: () => null,

  // It compares the text alone, so that `::0` passes.
  wouldStart: (host, hasKey, allowsUnsafe = false) =>
    (hasKey || allowsUnsafe || !["0.0.0.0", "::"].includes(host.trim())) &&
    canListen(host.trim(), []),

  restart(machine, launch) {
    if (launch !== "service") return null;
    const isUser = scopeOf(machine) === "user";
    const scope = isUser ? ["--user"] : [];
    const knows = { args: [...scope, "is-active", "--quiet", unitName] };
    const args = [...scope, "restart", unitName];
    return { program: "systemctl", args, needsRoot: !isUser, knows };
  },

  findTroubles(machine, launch) {
    const unit = launch === "service" ? findService(machine) : null;
    return unit === null ? [] : findUnitTroubles(unit);
  },

  serviceUser(machine) {
    const unit = findService(machine);
    if (unit === null) return null;
    return unit.user ?? (unit.scope === "user" ? machine.user.name : null);
  },

  loadProbe: async () => (await import("./jean-probe.js")).jeanProbe,
};

/** An AppImage has its release in its name. */
const program: ServerProgram = {
  isServer: (name) => /^jean(?:-server|-headless|[\w.-]*\.appimage)?$/i.test(name),
};

/** The installed unit: for a user their own before the machine's, for root the other way round. */
function findService(machine: Machine): Unit | null {
  const scopes: UnitScope[] = machine.user.uid === 0 ? ["system", "user"] : ["user", "system"];
  for (const scope of scopes) {
    const unit = readUnit(machine, scope, unitName);
    if (unit !== null) return unit;
  }
  return null;
}

/** Where nothing is installed yet, what this user could install. */
function scopeOf(machine: Machine): UnitScope {
  return findService(machine)?.scope ?? (machine.user.uid === 0 ? "system" : "user");
}

function envFile(machine: Machine, scope: UnitScope, variable: string): EnvFileLocation {
  return {
    kind: "env-file",
    path: scope === "user" ? join(homeFolder(machine), userFile) : systemFile,
    variable,
    // The service manager takes the last line with the variable, the installer the first.
    dialects: ["systemd"],
    heirs: ["jean-installer"],
    writable: true,
  };
}

function serviceLocations(machine: Machine, variable: string, flag: Flag): Location[] {
  const unit = findService(machine);
  const file = envFile(machine, scopeOf(machine), variable);
  const ignored = "an exported variable does not reach the service";
  return [
    ...(unit === null ? [file] : unitLocations(unit, { variable, flag, file, program })),
    { kind: "environment", variable, ignored },
  ];
}

function foregroundLocations(machine: Machine, variable: string): Location[] {
  const file = envFile(machine, scopeOf(machine), variable);
  const ignored = "a server started from a shell does not read it";
  return [
    { kind: "environment", variable },
    { ...file, ignored },
  ];
}

/** Values are trimmed by the server, and an empty one counts as not set. */
function jeanSetting(variable: string, fallback: string, flag: Flag): Setting {
  return {
    default: fallback,
    emptyMeans: "default",
    locations: (machine, launch) =>
      launch === "service"
        ? serviceLocations(machine, variable, flag)
        : foregroundLocations(machine, variable),
  };
}

/** Older servers take `1` alone; whatever switches one of them counts. */
function jeanSwitch(variable: string, flag: string): Switch {
  return {
    variable,
    setting: jeanSetting(variable, "", { name: flag, takes: "nothing" }),
    isOn: (value) => /^(?:1|true|yes|on)$/i.test(value.trim()),
  };
}
