import * as nodePath from "node:path";

import { type Machine } from "../../core/machine.js";
import { homeFolder } from "../../files/home-folder.js";
import { nameLocation, type System } from "../../systems/contract/system.js";
import { listCopies } from "./copies.js";
import { searchGit } from "./search-git.js";
import { searchFile } from "./search-text.js";

/** A place on this machine that holds a key which was leaked. It does not hold the key itself. */
export interface Remain {
  /** An absolute path, or `env:NAME`. */
  readonly path: string;
  /** From 1; null in the environment. */
  readonly line: number | null;
  /** The commit that has it; null for a file as it is now. */
  readonly commit: string | null;
}

/** What {@link findRemains} found, and what it could not look at. */
export interface Remains {
  readonly places: readonly Remain[];
  /** In words: `more lines of /home/me/.bash_history: 120`. */
  readonly notes: readonly string[];
}

/** What shells, and what reads lines as they do, write their history to. */
const histories = [
  ".bash_history",
  ".zsh_history",
  ".zhistory",
  ".histfile",
  ".history",
  ".sh_history",
  ".ash_history",
  ".ksh_history",
  ".local/share/fish/fish_history",
  ".config/fish/fish_history",
  ".local/share/nushell/history.txt",
  ".config/nushell/history.txt",
  ".python_history",
  ".node_repl_history",
  ".lesshst",
  ".viminfo",
];

const ofTheMachine = ["/etc/environment", "/etc/profile"];

/** Fewer characters than this stand in any text. */
const shortestValue = 8;

/**
 * Looks for a leaked key in the places of this machine where it may still stand: shell histories and
 * profiles, copies of the file, settings of clients, the server's logs, the places that servers read keys from, and the git history around
 * the file.
 *
 * @param location the file that the key was replaced in
 */
export async function findRemains(
  key: string,
  location: string,
  system: System,
  machine: Machine,
): Promise<Remains> {
  if (key.length < shortestValue) {
    return { places: [], notes: ["the old key is so short that it stands in any text"] };
  }
  const { places, notes } = searchFiles(listFiles(location, system, machine), key, machine);
  places.push(...searchEnvironment(key, machine));
  const git = await searchGit(location, key, machine);
  if (git !== null) {
    const { root, hits, problem } = git;
    places.push(...hits.map((hit) => ({ ...hit, path: nodePath.join(root, hit.path) })));
    if (problem !== null)
      notes.push(`the git history of ${root} was not searched whole: ${problem}`);
  }
  return { places, notes };
}

/**
 * Looks for a key that was just replaced where it may still be in use: its own file, copies beside it,
 * the settings of clients, shell profiles and the environment.
 *
 * @param location the file that the key was replaced in
 */
export function findCopies(
  key: string,
  location: string,
  { variable }: System,
  machine: Machine,
): Remains {
  if (key.length < shortestValue) return { places: [], notes: [] };
  const { places, notes } = searchFiles(listCopies(location, machine), key, machine);
  // A variable of another name is not what a client goes by.
  const own = searchEnvironment(key, machine).filter(({ path }) => path === `env:${variable}`);
  return { places: [...places, ...own], notes };
}

/** As {@link Remains}, still to be added to. */
interface Found {
  readonly places: Remain[];
  readonly notes: string[];
}

function searchFiles(files: readonly string[], key: string, machine: Machine): Found {
  const places: Remain[] = [];
  const notes: string[] = [];
  for (const path of new Set(files)) {
    const hits = searchFile(path, key, machine);
    if (hits === null) continue;
    places.push(...hits.lines.map((line) => ({ path, line, commit: null })));
    const more = hits.count - hits.lines.length;
    if (more > 0) notes.push(`${path} holds the old key on ${more} more lines`);
  }
  return { places, notes };
}

function searchEnvironment(key: string, { env }: Machine): Remain[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value?.includes(key) === true ? [{ path: `env:${name}`, line: null, commit: null }] : [],
  );
}

function listFiles(location: string, system: System, machine: Machine): readonly string[] {
  const home = homeFolder(machine);
  const own = machine.env["HISTFILE"];
  const places = system.launches
    .flatMap((launch) => system.locations(machine, launch))
    .filter(({ kind }) => kind !== "environment")
    .map(nameLocation);
  const folders = [location, ...places].map((path) => nodePath.dirname(path));
  return [
    ...listCopies(location, machine),
    ...places,
    ...folders.map((folder) => nodePath.join(folder, ".env")),
    ...(system.logs?.(machine) ?? []),
    ...(own?.startsWith("/") ? [own] : []),
    ...histories.map((name) => nodePath.join(home, name)),
    ...ofTheMachine,
  ];
}
