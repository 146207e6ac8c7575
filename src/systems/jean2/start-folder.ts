import { join } from "node:path";

import type { Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";
import type { EnvFileLocation, Location } from "../contract/system.js";
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
  if (launch === "foreground") return listFiles(machine.cwd, machine.env, variable);
  const live = findLive(machine);
  if (live === null) return [];
  const found = readProcessFolder(live.pid, machine);
  if (found !== null) return listExisting(found.cwd, found.env, variable, machine);
  const why = `the folder that process ${live.pid} was started in, whose .env files win, cannot be seen`;
  return [{ kind: "unseen", path: live.source, line: null, variable, why, named: false }];
}

/** The files of the working folder that a daemon started from there would obey. */
export function listStartFiles({ machine, launch, findLive }: Running): readonly EnvFileLocation[] {
  if (launch !== "daemon") return [];
  const live = findLive(machine);
  // What it reads already is told of as its own.
  const isStarted = live !== null && readProcessFolder(live.pid, machine)?.cwd === machine.cwd;
  if (isStarted) return [];
  const own = join(homeFolder(machine), ".jean2/.env");
  return ["JEAN2_AUTH_TOKEN", "JEAN2_HOST"].flatMap((variable) =>
    listExisting(machine.cwd, machine.env, variable, machine).filter(({ path }) => path !== own),
  );
}

function listExisting(
  folder: string,
  env: Machine["env"],
  variable: string,
  machine: Machine,
): EnvFileLocation[] {
  return listFiles(folder, env, variable).filter(({ path }) => machine.fs.existsSync(path));
}

/** The one that wins first. */
function listFiles(folder: string, env: Machine["env"], variable: string): EnvFileLocation[] {
  const mode = readForPath(env, "NODE_ENV") || "development";
  return [`.env.${mode}.local`, ".env.local", `.env.${mode}`, ".env"].map((name) => {
    const path = join(folder, name);
    return { kind: "env-file", path, variable, dialects: ["bun"], writable: false };
  });
}
