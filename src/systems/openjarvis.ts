import { join } from "node:path";

import { homeFolder, type Machine } from "../machine.js";
import { openjarvisProbe } from "./openjarvis-probe.js";
import { openjarvisWire } from "./openjarvis-wire.js";
import { isPythonLoopback } from "./python-loopback.js";
import type { EnvFileLocation, Location, System, TomlLocation } from "./system.js";

const keyVariable = "OPENJARVIS_API_KEY";
const deploymentFile = "/etc/openjarvis/env";
const unitFiles = [
  "/etc/systemd/system/openjarvis.service",
  "/usr/local/lib/systemd/system/openjarvis.service",
  "/usr/lib/systemd/system/openjarvis.service",
  "/lib/systemd/system/openjarvis.service",
];

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
  launches: ["foreground", "service"],
  network: {
    // There is no variable for either: a flag, else the file.
    host: {
      default: "127.0.0.1",
      emptyMeans: "look-further",
      locations: (machine) => [configValue(machine, ["server", "host"])],
    },
    port: {
      default: "8000",
      emptyMeans: "look-further",
      locations: (machine) => [{ ...configValue(machine, ["server", "port"]), type: "integer" }],
    },
    tls: null,
  },

  detectLaunch: (machine) =>
    unitFiles.some((path) => machine.fs.existsSync(path)) ? "service" : "foreground",

  locations(machine, launch) {
    const config = configValue(machine, ["server", "auth", "api_key"]);
    const variable: Location = { kind: "environment", variable: keyVariable };
    if (launch === "foreground") return [variable, config];
    const ignored = "an exported variable does not reach the service";
    return [serviceFile, config, { ...variable, ignored }];
  },

  findLive: () => null,
  wouldStart: (host, hasKey) => hasKey || isPythonLoopback(host),

  restart: (_machine, launch) =>
    launch === "service"
      ? { program: "systemctl", args: ["restart", "openjarvis"], needsRoot: true }
      : { program: "jarvis", args: ["restart"], needsRoot: false },

  wire: openjarvisWire,
  probe: openjarvisProbe,
};

const serviceFile: EnvFileLocation = {
  kind: "env-file",
  path: deploymentFile,
  variable: keyVariable,
  dialects: ["systemd"],
  writable: true,
};

function configValue(machine: Machine, keyPath: TomlLocation["keyPath"]): TomlLocation {
  return {
    kind: "toml",
    path: join(configFolder(machine), "config.toml"),
    keyPath,
    writable: true,
  };
}

function configFolder(machine: Machine): string {
  const { OPENJARVIS_HOME: own, XDG_DATA_HOME: data } = machine.env;
  if (own) return own.startsWith("~/") ? join(homeFolder(machine), own.slice(2)) : own;
  return data ? join(data, "openjarvis") : join(homeFolder(machine), ".openjarvis");
}
