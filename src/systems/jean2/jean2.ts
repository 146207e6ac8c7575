import { join } from "node:path";

import { type Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";
import { canListen } from "../../hosts/can-listen.js";
import { isStalePidFile, readPidFile } from "./pid-file.js";
import { readProcessFolder } from "./process-folder.js";
import type { EnvFileLocation, Launch, Location, Setting, System } from "../contract/system.js";

const tokenVariable = "JEAN2_AUTH_TOKEN";
const dataFolderVariable = "JEAN2_DATA_DIR";

/**
 * Jean2 (version 1.4.0). `jean2 start` gives the daemon an environment of its own, in which neither
 * an exported JEAN2_AUTH_TOKEN nor JEAN2_DATA_DIR arrives, so the file in `~/.jean2` counts, and
 * over it the `.env` files of the folder that it is started in.
 */
export const jean2: System = {
  id: "jean2",
  title: "Jean2",
  program: "jean2",
  keyFormat: "base64url",
  variable: tokenVariable,
  emptyMeans: "off",
  clients: {
    enter: "in Jean2's client: the server's entry, its authentication token",
    path: "/api/auth/verify",
    by: "header",
  },
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

  startFiles(machine, launch) {
    if (launch !== "daemon") return [];
    const live = jean2.findLive(machine);
    // What it reads already is told of as its own.
    const isStarted = live !== null && readProcessFolder(live.pid, machine)?.cwd === machine.cwd;
    if (isStarted) return [];
    const own = dataFile(defaultFolder(machine), tokenVariable).path;
    return [tokenVariable, "JEAN2_HOST"].flatMap((variable) =>
      listProjectFiles(machine.cwd, machine.env, variable, machine).filter(
        ({ path }) => path !== own,
      ),
    );
  },

  findLive(machine) {
    return readPidFile(pidFile(machine), machine);
  },

  // It has no bind rule: it listens anywhere, key or not.
  wouldStart: (host) => canListen(host, ["*", "[::1]"]),

  restart(machine, launch) {
    if (launch !== "daemon") return null;
    // Left to itself, restart forgets the host and port that start was given.
    const live = jean2.findLive(machine);
    const address = live === null ? [] : ["--host", live.host, "--port", String(live.port)];
    const knows = { pidFile: pidFile(machine) };
    // With the file of one that is gone, restart fails, and start does what is wanted.
    if (isStalePidFile(knows.pidFile, machine)) {
      return { program: "jean2", args: ["start"], needsRoot: false, knows };
    }
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

function dataFile(folder: string, variable: string): EnvFileLocation {
  const path = join(folder, ".env");
  return { kind: "env-file", path, variable, dialects: ["jean2"], writable: true };
}

function daemonLocations(machine: Machine): Location[] {
  const moved = readForPath(machine.env, dataFolderVariable);
  const ignored = (what: string) => `${what} does not reach the daemon that jean2 start makes`;
  const own = dataFile(defaultFolder(machine), tokenVariable);
  const locations: Location[] = [
    ...mergeOwn(startLocations(machine, tokenVariable), own),
    { kind: "environment", variable: tokenVariable, ignored: ignored("an exported variable") },
  ];
  if (moved !== undefined && moved !== "" && moved !== defaultFolder(machine)) {
    const elsewhere = dataFile(moved, tokenVariable);
    locations.push({ ...elsewhere, ignored: ignored(`an exported ${dataFolderVariable}`) });
  }
  return locations;
}

/**
 * The daemon works in the folder in which `jean2 start` or `restart` was typed, and its runtime has
 * read the `.env` files there: those that are there, or what keeps the folder from being told.
 */
function startLocations(machine: Machine, variable: string): Location[] {
  const live = jean2.findLive(machine);
  if (live === null) return [];
  const found = readProcessFolder(live.pid, machine);
  if (found !== null) return listProjectFiles(found.cwd, found.env, variable, machine);
  const why = `the folder that process ${live.pid} was started in, whose .env files win, cannot be seen`;
  return [{ kind: "unseen", path: live.source, line: null, variable, why, named: false }];
}

/** The files of a folder that the runtime reads, the one that wins first; only those that are there. */
function listProjectFiles(
  folder: string,
  env: Machine["env"],
  variable: string,
  machine: Machine,
): EnvFileLocation[] {
  return projectFiles(folder, env, variable).filter(({ path }) => machine.fs.existsSync(path));
}

function projectFiles(folder: string, env: Machine["env"], variable: string): EnvFileLocation[] {
  const mode = readForPath(env, "NODE_ENV") || "development";
  return [`.env.${mode}.local`, ".env.local", `.env.${mode}`, ".env"].map((name) => {
    const path = join(folder, name);
    return { kind: "env-file", path, variable, dialects: ["bun"], writable: false };
  });
}

/** In its own folder the runtime reads Jean2's own file before Jean2 does. */
function mergeOwn(places: readonly Location[], own: EnvFileLocation): Location[] {
  const isOwn = (place: Location) => place.kind === "env-file" && place.path === own.path;
  const merged: EnvFileLocation = { ...own, dialects: ["bun", "jean2"] };
  const all = places.map((place) => (isOwn(place) ? merged : place));
  return places.some(isOwn) ? all : [...all, own];
}

/**
 * The foreground server's runtime reads the `.env` files of the working folder into the environment
 * before Jean2 reads its own file; a name that is set already is left alone.
 */
function foregroundLocations(machine: Machine, variable: string): Location[] {
  const files = projectFiles(machine.cwd, machine.env, variable);
  const own = dataFile(dataFolder(machine), variable);
  return [{ kind: "environment", variable }, ...mergeOwn(files, own)];
}

/** `jean2 start` works these out in the shell it is typed in and hands them to the daemon. */
function serverSetting(variable: string, fallback: string): Setting {
  return {
    default: fallback,
    emptyMeans: "default",
    locations: (machine: Machine, launch: Launch) =>
      launch === "foreground"
        ? foregroundLocations(machine, variable)
        : [
            { kind: "environment", variable },
            // Where the live one listens it says itself.
            ...mergeOwn(
              startLocations(machine, variable).filter(({ kind }) => kind !== "unseen"),
              dataFile(dataFolder(machine), variable),
            ),
          ],
  };
}
