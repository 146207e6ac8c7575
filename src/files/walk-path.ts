import type { Stats } from "node:fs";
import * as nodePath from "node:path";

import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { fileError } from "./file-errors.js";
import { quoteForShell } from "../core/shell-quote.js";

/** Something passed on the way to a file. */
export interface Passed {
  readonly path: string;
  readonly stats: Stats;
}

/** Where a path leads, symbolic links followed, and all that decides where it leads. */
export interface Walk {
  /** The file itself: no part of this path is a symbolic link. */
  readonly target: string;
  /** The file's own facts; null where there is nothing yet. */
  readonly stats: Stats | null;
  /** Every folder in which a name was looked up, in the order of the walk, starting with `/`. */
  readonly folders: readonly [Passed, ...Passed[]];
  readonly links: readonly Passed[];
  /** Folders of the target that do not exist yet, outermost first. */
  readonly missingFolders: readonly string[];
}

/** As many links as Linux follows before it gives up. */
const MOST_LINKS = 40;

/**
 * Follows a path once, name by name, so that the checks and the write look at the same file.
 * Unlike realpath it tells whose folders and links were passed, and works where the end is missing.
 *
 * @param path absolute
 * @throws KeywardError `not-found` for a symbolic link to nothing, `not-a-file` when a folder on
 *   the way is none, `unreadable`
 */
export function walkPath(path: string, machine: Machine): Walk {
  if (!nodePath.isAbsolute(path)) throw new TypeError(`not an absolute path: ${path}`);
  const pending = namesOf(path);
  const folders: [Passed, ...Passed[]] = [{ path: "/", stats: look("/", path, machine)! }];
  const links: Passed[] = [];
  // The link that is being followed, and how many names are left to come once its own are used up.
  let following: { readonly link: Passed; readonly rest: number } | undefined;
  let at = "/";

  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (following && pending.length < following.rest) following = undefined;
    const next = name === ".." ? nodePath.dirname(at) : nodePath.join(at, name);
    const stats = look(next, path, machine);
    if (stats === null) {
      if (following) {
        const ours = pending.slice(0, pending.length - following.rest);
        throw danglingLink(path, following.link, nodePath.join(next, ...ours));
      }
      const target = nodePath.join(next, ...pending);
      return { target, stats, folders, links, missingFolders: foldersFrom(next, target) };
    }
    if (stats.isSymbolicLink()) {
      const link = { path: next, stats };
      links.push(link);
      if (links.length > MOST_LINKS) throw fileError({ code: "ELOOP" }, "read", path);
      following ??= { link, rest: pending.length };
      const destination = readLink(next, path, machine);
      if (nodePath.isAbsolute(destination)) {
        at = "/";
        folders.push(folders[0]);
      }
      pending.unshift(...namesOf(destination));
      continue;
    }
    if (pending.length === 0) return { target: next, stats, folders, links, missingFolders: [] };
    if (!stats.isDirectory()) throw new KeywardError("not-a-file", `${next} is not a folder`);
    folders.push({ path: next, stats });
    at = next;
  }
  return { target: at, stats: look(at, path, machine), folders, links, missingFolders: [] };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function look(at: string, path: string, machine: Machine): Stats | null {
  try {
    return machine.fs.lstatSync(at, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

function foldersFrom(first: string, target: string): string[] {
  const folders: string[] = [];
  for (let at = nodePath.dirname(target); at.length >= first.length; at = nodePath.dirname(at)) {
    folders.unshift(at);
  }
  return folders;
}

function readLink(at: string, path: string, machine: Machine): string {
  try {
    return machine.fs.readlinkSync(at);
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

function danglingLink(path: string, link: Passed, end: string): KeywardError {
  const onTheWay = link.path === path ? "" : `, on the way to ${path},`;
  return new KeywardError(
    "not-found",
    `${link.path}${onTheWay} is a symbolic link to ${end}, which does not exist`,
    { hint: `create ${end}, or remove the link: ${quoteForShell(["rm", link.path])}` },
  );
}
