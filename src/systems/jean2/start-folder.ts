import { join } from "node:path";

import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";
import { readOwnedFile } from "../../files/read-owned.js";
import type { EnvFileLocation, Location, UnseenLocation } from "../contract/system.js";
import type { Running } from "../contract/code.js";
import { readProcessFolder } from "./process-folder.js";

/**
 * The `.env` files that the server's runtime reads into the environment before Jean2 reads its own;
 * a name that is set already is left alone. A foreground server has those of the working folder. The
 * daemon works in the folder in which `jean2 start` or `restart` was typed: those that are there, or
 * what keeps the folder from being told.
 */
export function readStartFolder(variable: string, about: Running): readonly Location[] {
  const { machine, launch, findLive } = about;
  if (launch === "foreground") return listFiles(machine.cwd, modeHere(machine), variable);
  const live = findLive(machine);
  if (live === null) return [];
  const found = readProcessFolder(live.pid, machine);
  if (found.why !== null) return [hide(live.source, variable, found.why)];
  const { path: folder, mode, ownedBy } = found;
  if (ownedBy === null) return listExisting(folder, mode, variable, machine);
  return listFiles(folder, mode, variable).flatMap((place) =>
    judgeOwned({ ...place, ownedBy }, machine),
  );
}

/** The files of the working folder that a daemon started from there would obey. */
export function listStartFiles({ machine, launch, findLive }: Running): readonly EnvFileLocation[] {
  if (launch !== "daemon") return [];
  const live = findLive(machine);
  // What it reads already is told of as its own.
  const started = live === null ? null : readProcessFolder(live.pid, machine);
  if (started?.why === null && started.path === machine.cwd) return [];
  const own = join(homeFolder(machine), ".jean2/.env");
  return ["JEAN2_AUTH_TOKEN", "JEAN2_HOST"].flatMap((variable) =>
    listExisting(machine.cwd, modeHere(machine), variable, machine).filter(
      ({ path }) => path !== own,
    ),
  );
}

/** Root does not pass over what it must not read in the folder of another user: that may decide. */
function judgeOwned(place: EnvFileLocation & { ownedBy: number }, machine: Machine): Location[] {
  const { path, variable, ownedBy } = place;
  try {
    return readOwnedFile(path, ownedBy, machine).bytes === null ? [] : [place];
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    return [hide(path, variable, error.message)];
  }
}

function hide(path: string, variable: string, why: string): UnseenLocation {
  return { kind: "unseen", path, line: null, variable, why, named: false };
}

function modeHere({ env }: Machine): string {
  return readForPath(env, "NODE_ENV") || "development";
}

function listExisting(
  folder: string,
  mode: string,
  variable: string,
  machine: Machine,
): EnvFileLocation[] {
  return listFiles(folder, mode, variable).filter(({ path }) => machine.fs.existsSync(path));
}

/** The one that wins first. */
function listFiles(folder: string, mode: string, variable: string): EnvFileLocation[] {
  return [`.env.${mode}.local`, ".env.local", `.env.${mode}`, ".env"].map((name) => {
    const path = join(folder, name);
    return { kind: "env-file", path, variable, dialects: ["bun"], writable: false };
  });
}
