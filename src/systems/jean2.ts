import { join } from "node:path";

import { homeFolder, type Machine, readForPath } from "../machine.js";
import { readPidFile } from "./pid-file.js";
import type { Launch, Location, Setting, System } from "./system.js";

const tokenVariable = "JEAN2_AUTH_TOKEN";
const dataFolderVariable = "JEAN2_DATA_DIR";

/**
 * Jean2 (version 1.4.0). `jean2 start` gives the daemon an environment of its own, in which neither
 * an exported JEAN2_AUTH_TOKEN nor JEAN2_DATA_DIR arrives, so only the file in `~/.jean2` counts.
 */
export const jean2: System = {
  id: "jean2",
  title: "Jean2",
  program: "jean2",
  keyFormat: "base64url",
  variable: tokenVariable,
  emptyMeans: "off",
  launches: ["daemon", "foreground"],
  network: {
    host: serverSetting("JEAN2_HOST", "0.0.0.0"),
    hostFlags: ["--host", "-h"],
    port: serverSetting("JEAN2_PORT", "8742"),
    tls: {
      enabled: serverSetting("JEAN2_TLS_ENABLED", "false"),
      certificate: serverSetting("JEAN2_TLS_CERT_FILE", ""),
      privateKey: serverSetting("JEAN2_TLS_KEY_FILE", ""),
    },
  },

  fileDialects: ["jean2"],

  isHere: (machine) =>
    [defaultFolder(machine), dataFolder(machine)].some((folder) =>
      machine.fs.existsSync(join(folder, ".env")),
    ),
  detectLaunch: () => "daemon",

  locations(machine, launch) {
    return launch === "foreground"
      ? foregroundLocations(machine, tokenVariable)
      : daemonLocations(machine);
  },

  findLive(machine) {
    return readPidFile(pidFile(machine), machine);
  },

  // It has no bind rule: it listens anywhere, key or not.
  wouldStart: () => true,

  restart(machine, launch) {
    if (launch !== "daemon") return null;
    // Left to itself, restart forgets the host and port that start was given.
    const live = jean2.findLive(machine);
    const address = live === null ? [] : ["--host", live.host, "--port", String(live.port)];
    const knows = { pidFile: pidFile(machine) };
    return { program: "jean2", args: ["restart", ...address], needsRoot: false, knows };
  },

  logs: (machine) => [join(dataFolder(machine), "server.log")],

  loadProbe: async () => (await import("./jean2-probe.js")).jean2Probe,
};

function defaultFolder(machine: Machine): string {
  return join(homeFolder(machine), ".jean2");
}

function dataFolder(machine: Machine): string {
  return readForPath(machine.env, dataFolderVariable) || defaultFolder(machine);
}

function pidFile(machine: Machine): string {
  return join(dataFolder(machine), "server.pid");
}

function dataFile(folder: string, variable: string): Location {
  const path = join(folder, ".env");
  return { kind: "env-file", path, variable, dialects: ["jean2"], writable: true };
}

function daemonLocations(machine: Machine): Location[] {
  const moved = readForPath(machine.env, dataFolderVariable);
  const ignored = (what: string) => `${what} does not reach the daemon that jean2 start makes`;
  const locations: Location[] = [
    dataFile(defaultFolder(machine), tokenVariable),
    { kind: "environment", variable: tokenVariable, ignored: ignored("an exported variable") },
  ];
  if (moved !== undefined && moved !== "" && moved !== defaultFolder(machine)) {
    const elsewhere = dataFile(moved, tokenVariable);
    locations.push({ ...elsewhere, ignored: ignored(`an exported ${dataFolderVariable}`) });
  }
  return locations;
}

/**
 * The foreground server's runtime reads the `.env` files of the working folder into the environment
 * before Jean2 reads its own file; a name that is set already is left alone.
 */
function foregroundLocations(machine: Machine, variable: string): Location[] {
  const mode = readForPath(machine.env, "NODE_ENV") || "development";
  const own = dataFile(dataFolder(machine), variable);
  const working = [`.env.${mode}.local`, ".env.local", `.env.${mode}`, ".env"]
    .map((name) => join(machine.cwd, name))
    .map((path): Location => {
      const isOwn = own.kind === "env-file" && own.path === path;
      return isOwn
        ? { ...own, dialects: ["bun", "jean2"] }
        : { kind: "env-file", path, variable, dialects: ["bun"], writable: false };
    });
  const holdsOwn = working.some((location) => "writable" in location && location.writable);
  return [{ kind: "environment", variable }, ...working, ...(holdsOwn ? [] : [own])];
}

/** `jean2 start` works these out in the shell it is typed in and hands them to the daemon. */
function serverSetting(variable: string, fallback: string): Setting {
  return {
    default: fallback,
    emptyMeans: "default",
    locations: (machine: Machine, launch: Launch) =>
      launch === "foreground"
        ? foregroundLocations(machine, variable)
        : [{ kind: "environment", variable }, dataFile(dataFolder(machine), variable)],
  };
}
