import { createHash } from "node:crypto";
import * as nodePath from "node:path";

import { KeywardError } from "../../core/errors.js";
import type { Machine } from "../../core/machine.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { userName } from "../../core/accounts.js";
import { findFile } from "../../files/file-checks.js";
import { fileError } from "../../files/file-errors.js";
import { createFile, createFolders, removeQuietly, syncFolder } from "../../files/file-steps.js";
import { walkPath } from "../../files/walk-path.js";
import type { FileLocation, Location, System } from "../../systems/contract/system.js";
import { refuseForeign, stateFolder } from "./history.js";
import { type Journal, type JournalStep, parseJournal } from "./journal-shape.js";

/**
 * Where the journal of a rotation of this file is kept, there or not: one per file, whatever links
 * lead to it. Only the holder of the file's lock may touch it.
 */
export function journalPath(location: string, machine: Machine): string {
  const { target } = walkPath(location, machine);
  const name = createHash("sha256").update(target).digest("hex").slice(0, 16);
  return nodePath.join(stateFolder(machine), "rotations", `${name}.json`);
}

/**
 * The journal of a rotation that was cut off; null where there is none.
 *
 * @throws KeywardError `untrusted` when somebody else may have written it, since it says what to
 *   run; `malformed`, `unreadable`
 */
export function readJournal(location: string, machine: Machine): Journal | null {
  const path = journalPath(location, machine);
  const { bytes, facts } = findFile(path, machine);
  if (bytes === null || facts === null) return null;
  const hint = `look at what it says; if it is worth nothing: ${quoteForShell(["rm", path])}`;
  if (facts.uid !== machine.user.uid) {
    const owner = userName(facts.uid, machine);
    throw new KeywardError("untrusted", `the journal ${path} belongs to ${owner}`, { hint });
  }
  if ((facts.mode & 0o022) !== 0) {
    throw new KeywardError("untrusted", `others may write to the journal ${path}`, { hint });
  }
  const journal = parseJournal(bytes.toString());
  if (journal?.location === location) return journal;
  if (journal !== null) return { ...journal, location };
  throw new KeywardError("malformed", `${path} is no journal of keyward's`, { hint });
}

/** The place of a system's key whose rotation was cut off, by the order of precedence; or null. */
export function findJournal(
  system: System,
  machine: Machine,
): { readonly location: string; readonly journal: Journal } | null {
  if (!hasJournals(machine)) return null;
  for (const { path } of listFileLocations(system, machine)) {
    if (!isReachable(path, machine)) continue;
    const journal = readJournal(path, machine);
    if (journal !== null) return { location: path, journal };
  }
  return null;
}

/** Every file that keyward writes for a system, in whatever launch; first those of the usual one. */
export function listFileLocations(system: System, machine: Machine): readonly FileLocation[] {
  const usual = system.detectLaunch(machine);
  const launches = [usual, ...system.launches.filter((launch) => launch !== usual)];
  return launches.flatMap((launch) => {
    try {
      return system.locations(machine, launch).filter(isWritable);
    } catch (error) {
      // Another launch's unit in disorder is no matter of this one's.
      if (error instanceof KeywardError && launch !== usual) return [];
      throw error;
    }
  });
}

function isWritable(place: Location): place is FileLocation {
  return "writable" in place && place.writable;
}

/** What cannot be reached now has no lock to be taken, and so nothing that is under way. */
function isReachable(path: string, machine: Machine): boolean {
  try {
    walkPath(path, machine);
    return true;
  } catch (error) {
    if (error instanceof KeywardError) return false;
    throw error;
  }
}

function hasJournals(machine: Machine): boolean {
  try {
    return machine.fs.existsSync(nodePath.join(stateFolder(machine), "rotations"));
  } catch (error) {
    // Without a home folder none can have been written.
    if (error instanceof KeywardError && error.code === "no-home") return false;
    throw error;
  }
}

/** Clears away what a process left that was killed before its journal was whole. */
export function clearDraft(location: string, machine: Machine): void {
  if (!hasJournals(machine)) return;
  const path = journalPath(location, machine);
  removeQuietly(draftOf(path), machine);
  removeIfEmpty(nodePath.dirname(path), machine);
}

function removeIfEmpty(folder: string, machine: Machine): void {
  try {
    machine.fs.rmdirSync(folder);
  } catch {
    // Another rotation's journal is in it.
  }
}

/** Keeps the journal of one rotation, which its file's lock has been taken for. */
export class JournalKeeper {
  readonly path: string;
  #journal: Journal;

  constructor(
    journal: Journal,
    private readonly machine: Machine,
  ) {
    this.#journal = journal;
    this.path = journalPath(journal.location, machine);
  }

  get journal(): Journal {
    return this.#journal;
  }

  /**
   * Puts down that a step begins. When this returns, not even a power cut takes it back.
   *
   * @throws KeywardError `unwritable`, `write-failed`, `foreign-folder`
   */
  enter(
    step: JournalStep,
    changes: Partial<Pick<Journal, "newFingerprint" | "outcome">> = {},
  ): void {
    this.#journal = { ...this.#journal, ...changes, step };
    const text = `${JSON.stringify(this.#journal, null, 2)}\n`;
    writeDurably(this.path, Buffer.from(text), this.machine);
  }

  /** Takes the journal away, as the last thing of all. False when it stays. */
  remove(): boolean {
    const gone = removeQuietly(this.path, this.machine);
    // One that was killed while it wrote the next step.
    removeQuietly(draftOf(this.path), this.machine);
    const folder = nodePath.dirname(this.path);
    try {
      syncFolder(folder, this.machine);
    } catch {
      // Should it come back after a power cut, it can be undone or finished once more.
    }
    removeIfEmpty(folder, this.machine);
    return gone;
  }
}

/** The same for every draft: what a process that was killed left of one, the next takes over. */
function draftOf(path: string): string {
  return `${path}.tmp`;
}

function writeDurably(path: string, bytes: Buffer, machine: Machine): void {
  const draft = draftOf(path);
  try {
    const walk = walkPath(path, machine);
    refuseForeign([...walk.folders, ...walk.links], machine);
    createFolders(walk.missingFolders, machine);
    removeQuietly(draft, machine);
    createFile(draft, bytes, machine);
    machine.fs.renameSync(draft, path);
    syncFolder(nodePath.dirname(path), machine);
  } catch (error) {
    throw fileError(error, "write", path);
  }
}
