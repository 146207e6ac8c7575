import * as nodePath from "node:path";

import { KeywardError, systemErrorCode } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { findFile, inspectFile } from "./file-checks.js";
import { describeFailure, fileError } from "./file-errors.js";
import { createFile, createFolders, removeFolders, removeQuietly } from "./file-steps.js";
import { clearLeftovers, nameBeside, namesIn } from "./leftovers.js";
import { describeSelf, isProvablyDead, parseHolder, type Holder } from "./lock-holder.js";
import { quoteForShell } from "../core/shell-quote.js";

/** The right to change one file. */
export interface Lock {
  /** The file that is locked, symbolic links followed. */
  readonly target: string;
  /** The lock file beside it. */
  readonly path: string;
  /** Whether it is still this process's. */
  readonly isHeld: boolean;
  /** Gives the right back; only ever removes this lock, never throws, and may be called twice. */
  release(): void;
}

/** How often a round is lost to others who come and go before that is called a live holder. */
const MOST_ROUNDS = 50;

/**
 * Takes the one lock of a file, or fails at once. Folders that are missing are created for it, and
 * go again with it as far as they are empty.
 *
 * How there are never two holders:
 * - The lock file comes into being whole, by link(2), which fails when there is one.
 * - A dead holder's lock file L is never removed, only renamed over, so that nobody finds the place
 *   empty meanwhile. Who may do that is decided by link(2) again, on a claim file named after the
 *   dead holder's id, and only while L still names that holder: ids never come back, so a claim
 *   that is late finds another id in L, and withdraws.
 * - A claimant that dies before its rename is a dead holder like any other: the next claim is
 *   named after its id. Claims are cleared away only after the rename.
 *
 * @param path absolute, of the file to be changed (not of the lock file)
 * @throws KeywardError `locked`, and what `inspectFile` refuses to write
 * @example
 * const lock = acquireLock(path, machine);
 * try { store.write(edit, key, lock); } finally { lock.release(); }
 */
export function acquireLock(path: string, machine: Machine): Lock {
  const self = describeSelf(machine);
  const folders: string[] = [];
  try {
    for (let round = 1; ; round++) {
      const lock = tryOnce(path, self, folders, machine, round === MOST_ROUNDS);
      if (lock) return lock;
    }
  } catch (error) {
    removeFolders(folders, machine);
    throw fileError(error, "write", lockPathOf(path));
  }
}

/** Null when the ground moved: a lock that was there is gone, or its folder, or another was faster. */
function tryOnce(
  path: string,
  self: Holder,
  folders: string[],
  machine: Machine,
  isLast: boolean,
): Lock | null {
  try {
    const { target, missingFolders } = inspectFile(path, machine);
    folders.push(...createFolders(missingFolders, machine));
    const lockPath = lockPathOf(target);
    if (takeLockFile(target, lockPath, self, machine)) {
      return holdLock(target, lockPath, self, folders, machine);
    }
    if (!isLast) return null;
    throw lockedSomehow(target, lockPath, "others keep taking it");
  } catch (error) {
    const cause = error instanceof KeywardError ? error.cause : error;
    if (systemErrorCode(cause) === "ENOENT" && !isLast) return null;
    throw error;
  }
}

function takeLockFile(target: string, lockPath: string, self: Holder, machine: Machine): boolean {
  const ours = nameBeside(target, "tmp");
  try {
    createFile(ours, Buffer.from(`${JSON.stringify(self)}\n`), machine);
    if (linkIfFree(ours, lockPath, machine)) return true;
    const first = readHolder(lockPath, target, machine);
    if (first === null) return false;
    const last = followClaims(first, lockPath, target, machine);
    if (!isProvablyDead(last, self, machine)) {
      // A live claimant counts only as long as what it claims is there.
      const isMoot = last !== first && readHolder(lockPath, target, machine)?.id !== first.id;
      if (isMoot) return false;
      throw lockedBy(last, target, lockPath, self);
    }
    return takeOver(ours, target, lockPath, { first, last }, machine);
  } finally {
    removeQuietly(ours, machine);
  }
}

function holdLock(
  target: string,
  path: string,
  self: Holder,
  folders: readonly string[],
  machine: Machine,
): Lock {
  const tryRelease = (): boolean => {
    try {
      if (readHolder(path, target, machine)?.id !== self.id) return true;
    } catch {
      return false;
    }
    return removeQuietly(path, machine);
  };
  let isHeld = true;
  const release = (): void => {
    isHeld = false;
    // Twice, since nothing else would free it as long as this process lives.
    if (tryRelease() || tryRelease()) removeFolders(folders, machine);
  };
  try {
    clearClaims(path, machine);
    clearLeftovers(target, machine);
  } catch (error) {
    release();
    throw error;
  }
  return {
    target,
    path,
    get isHeld() {
      return isHeld;
    },
    release,
  };
}

/** Nobody but a lock file's holder may do this, and only once it is the holder. */
function clearClaims(lockPath: string, machine: Machine): void {
  const { dir, base } = nodePath.parse(lockPath);
  const claims = namesIn(dir, machine).filter((name) => name.startsWith(`${base}-after-`));
  for (const claim of claims) removeQuietly(nodePath.join(dir, claim), machine);
}

/** The lock file of a file, symbolic links followed already. */
export function lockPathOf(target: string): string {
  const { dir, base } = nodePath.parse(target);
  return nodePath.join(dir, `.${base}.keyward-lock`);
}

function linkIfFree(from: string, to: string, machine: Machine): boolean {
  try {
    machine.fs.linkSync(from, to);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EEXIST") return false;
    if (code === "ENOENT") throw error;
    const why = code === "EPERM" ? "its file system has no hard links" : describeFailure(error);
    throw new KeywardError("write-failed", `cannot create ${to}: ${why}`, { cause: error });
  }
}

/** The dead holder's last heir, by claims that never became the lock file. */
function followClaims(first: Holder, lockPath: string, target: string, machine: Machine): Holder {
  let last = first;
  for (let step = 0; step < MOST_ROUNDS; step++) {
    const next = readHolder(claimPath(lockPath, last), target, machine);
    if (next === null) return last;
    last = next;
  }
  throw lockedSomehow(target, lockPath, "its claims never end");
}

function claimPath(lockPath: string, dead: Holder): string {
  return `${lockPath}-after-${dead.id}`;
}

function takeOver(
  ours: string,
  target: string,
  lockPath: string,
  dead: { readonly first: Holder; readonly last: Holder },
  machine: Machine,
): boolean {
  const claim = claimPath(lockPath, dead.last);
  if (!linkIfFree(ours, claim, machine)) return false;
  try {
    // Another's claim may have been faster, become the lock file and been cleared away again.
    const isLate = readHolder(lockPath, target, machine)?.id !== dead.first.id;
    if (isLate) machine.fs.unlinkSync(claim);
    else machine.fs.renameSync(ours, lockPath);
    return !isLate;
  } catch (error) {
    removeQuietly(claim, machine);
    throw error;
  }
}

/**
 * The holder that a lock file names; null without a lock file.
 *
 * @throws KeywardError `locked` when it does not say
 */
function readHolder(path: string, target: string, machine: Machine): Holder | null {
  let bytes: Buffer | null;
  try {
    bytes = findFile(path, machine).bytes;
  } catch (error) {
    // Released between the look at its name and its opening.
    if (error instanceof Error && systemErrorCode(error.cause) === "ENOENT") return null;
    throw lockedSomehow(target, path, `it cannot be read (${describeFailure(error)})`);
  }
  if (bytes === null) return null;
  const holder = parseHolder(bytes.toString());
  if (holder === null) throw lockedSomehow(target, path, "it is not a lock file of keyward");
  return holder;
}

function lockedBy(holder: Holder, target: string, lockPath: string, self: Holder): KeywardError {
  const since = new Date(holder.since).toISOString();
  const isHere = holder.host === self.host && holder.namespace === self.namespace;
  return new KeywardError(
    "locked",
    `${target} is being changed by process ${holder.pid} on ${holder.host} since ${since}`,
    {
      hint: isHere
        ? "try again when that process has ended"
        : `try again when that process has ended; if it is known to be dead: ${quoteForShell(["rm", lockPath])}`,
    },
  );
}

function lockedSomehow(target: string, lockPath: string, why: string): KeywardError {
  return new KeywardError("locked", `${target} is locked by ${lockPath}, and ${why}`, {
    hint: `if no keyward is running anywhere: ${quoteForShell(["rm", lockPath])}`,
  });
}
