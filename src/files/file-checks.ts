import { constants, type Stats } from "node:fs";

import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { groupName, homeOfUser, primaryGroup, sudoUser, userName } from "../core/accounts.js";
import { fileError } from "./file-errors.js";
import { walkPath, type Passed, type Walk } from "./walk-path.js";
import { quoteForShell } from "../core/shell-quote.js";

/** What is known of a file beside its bytes. */
export interface FileFacts {
  /** Permission bits, `0o600`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Number of names (hard links). */
  readonly nlink: number;
  readonly dev: number;
  readonly ino: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** Something about a file that its owner should know. Never holds a key. */
export interface FileNote {
  readonly id: "folder-open" | "group-reads";
  readonly message: string;
}

/** A file found by its path and read, without any judgement. */
export interface FoundFile {
  /** The path as asked for. */
  readonly path: string;
  /** The file itself, symbolic links followed. */
  readonly target: string;
  /** Null where there is no file yet, like {@link facts}. */
  readonly bytes: Buffer | null;
  readonly facts: FileFacts | null;
  /** Folders that a write has to create, outermost first. */
  readonly missingFolders: readonly string[];
  /** What should be said: a folder that others may write to, a group that may read. */
  readonly notes: readonly FileNote[];
}

/** A file that may be written. */
export interface WritableFile extends FoundFile {
  /** Permission bits after a write: others lose theirs, and so does the group but for a deliberate read. */
  readonly nextMode: number;
}

/**
 * Finds and reads a file, symbolic links followed.
 *
 * @param path absolute
 * @throws KeywardError `not-found` for a symbolic link to nothing, `not-a-file`, `unreadable`
 */
export function findFile(path: string, machine: Machine): FoundFile {
  return foundFile(path, walkPath(path, machine), machine);
}

/**
 * Finds and reads a file that is going to be written, and refuses what must not be.
 *
 * @param path absolute
 * @throws KeywardError as {@link findFile}, and `hard-link`, `unwritable`, `foreign-folder`
 */
export function inspectFile(path: string, machine: Machine): WritableFile {
  const walk = walkPath(path, machine);
  // Before anything is opened: for root, a path through another user's folder is that user's choice.
  if (machine.user.uid === 0) refuseForRoot(walk, machine);
  const file = foundFile(path, walk, machine);
  const { facts, target } = file;
  if (facts && facts.nlink > 1) {
    throw new KeywardError(
      "hard-link",
      `${target} has ${facts.nlink} names (hard links), and only one of them would get the new bytes`,
      { hint: `find the others: ${quoteForShell(["find", "/", "-xdev", "-samefile", target])}` },
    );
  }
  if (facts && machine.user.uid !== 0 && facts.uid !== machine.user.uid) {
    throw new KeywardError(
      "unwritable",
      `${target} belongs to ${userName(facts.uid, machine)}, and would not any more after a write`,
      { hint: asOwner(facts.uid, machine) },
    );
  }
  const folder = walk.folders.at(-1)!.path;
  try {
    machine.fs.accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(error, "write", target);
  }
  return { ...file, nextMode: facts ? tightenMode(facts, machine) : 0o600 };
}

/**
 * The permission bits that a file with a key should have: the owner's as they are, and the group's
 * read only when the group is not just the owner's own, as in a deliberate `root:service` 0640.
 */
export function tightenMode(
  facts: Pick<FileFacts, "mode" | "uid" | "gid">,
  machine: Machine,
): number {
  return (facts.mode & 0o700) | (groupReads(facts, machine) ? 0o040 : 0);
}

function groupReads({ mode, uid, gid }: Pick<FileFacts, "mode" | "uid" | "gid">, machine: Machine) {
  if ((mode & 0o040) === 0) return false;
  const own = primaryGroup(uid, machine);
  return own !== null && gid !== own;
}

function foundFile(path: string, walk: Walk, machine: Machine): FoundFile {
  const { target, missingFolders } = walk;
  if (walk.stats && !walk.stats.isFile()) throw notAFile(target, walk.stats);
  const opened = walk.stats ? readRegularFile(target, machine) : { bytes: null, facts: null };
  const notes = noteFolders(walk, machine);
  if (opened.facts && groupReads(opened.facts, machine)) {
    const group = groupName(opened.facts.gid, machine);
    notes.push({ id: "group-reads", message: `group ${group} may read ${target}; left as it is` });
  }
  return { path, target, ...opened, missingFolders, notes };
}

/** Bytes. More than node makes a text of would end in a crash; no file of settings comes near. */
const largestFile = 1 << 24;

function readRegularFile(target: string, machine: Machine): { bytes: Buffer; facts: FileFacts } {
  const { fs } = machine;
  try {
    // Should a link or a pipe have taken the file's place by now: neither followed nor waited for.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const fd = fs.openSync(target, flags);
    try {
      const stats = fs.fstatSync(fd);
      if (!stats.isFile()) throw notAFile(target, stats);
      if (stats.size > largestFile) {
        throw new KeywardError("unreadable", `${target} is over 16 MiB: not a file of settings`);
      }
      const { uid, gid, nlink, dev, ino, mtimeMs } = stats;
      const facts = { mode: stats.mode & 0o7777, uid, gid, nlink, dev, ino, mtimeMs };
      return { bytes: fs.readFileSync(fd), facts };
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, "read", target);
  }
}

function notAFile(target: string, stats: Stats): KeywardError {
  const what = stats.isDirectory() ? "a folder" : "a device, pipe or socket";
  return new KeywardError("not-a-file", `${target} is ${what}, not a file`);
}

function noteFolders(walk: Walk, machine: Machine): FileNote[] {
  // In a sticky folder such as /tmp others can add files, but not replace one.
  const open = walk.folders.filter(({ stats }) => {
    return (stats.mode & 0o022) !== 0 && (stats.mode & 0o1000) === 0;
  });
  return open.map(({ path, stats }) => {
    const who = (stats.mode & 0o002) !== 0 ? "anybody" : `group ${groupName(stats.gid, machine)}`;
    return { id: "folder-open", message: `${who} may replace files in ${path}` };
  });
}

/**
 * Root obeys the file system of nobody else: whoever owns a folder or a link on the path decides
 * what is written, and where. Root's own folders are always fine.
 */
export function refuseForRoot(walk: Walk, machine: Machine): void {
  const foreign = [...walk.folders, ...walk.links].find(({ stats }) => stats.uid !== 0);
  if (foreign) throw foreignFolder(foreign, machine);
  const folder = walk.folders.at(-1)!;
  // The owner of a file can only play with its name where its folder lets others write.
  if (walk.stats && walk.stats.uid !== 0 && (folder.stats.mode & 0o022) !== 0) {
    throw foreignFolder({ path: walk.target, stats: walk.stats }, machine);
  }
  const person = machine.env["SUDO_USER"];
  const rootHome = homeOfUser(0, machine) ?? "/root";
  if (walk.stats || !person || person === "root" || !walk.target.startsWith(`${rootHome}/`)) return;
  throw new KeywardError(
    "foreign-folder",
    `with sudo, ${walk.target} would be created for root, and not for ${person}`,
    { hint: "run it without sudo; for a server that root runs itself, from a root shell: sudo -i" },
  );
}

function foreignFolder({ path, stats }: Passed, machine: Machine): KeywardError {
  const owner = userName(stats.uid, machine);
  return new KeywardError("foreign-folder", `${path} belongs to ${owner}, and this is root`, {
    hint: asOwner(stats.uid, machine),
  });
}

function asOwner(uid: number, machine: Machine): string {
  return `run it as the owner: sudo -u ${sudoUser(uid, machine)} …`;
}
