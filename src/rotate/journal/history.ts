import { constants } from "node:fs";
import { join } from "node:path";

import { userName } from "../../core/accounts.js";
import { KeywardError, systemErrorCode } from "../../core/errors.js";
import { type Machine } from "../../core/machine.js";
import { homeFolder, readForPath } from "../../files/home-folder.js";
import { describeFailure, fileError } from "../../files/file-errors.js";
import { createFolders } from "../../files/file-steps.js";
import { walkPath } from "../../files/walk-path.js";
import type { SystemId } from "../../systems/contract/system.js";

/** One change of a key, as it is remembered: by fingerprints, never by the key. */
export interface HistoryEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly system: SystemId;
  /** An absolute path. */
  readonly location: string;
  /** Null where there was no key, or one too weak to be named. */
  readonly oldFingerprint: string | null;
  readonly newFingerprint: string | null;
  /**
   * - `unverified` written and read back, but no running server was asked
   * - `rotated` and the running server was proven to take the new key alone
   * - `logged` the server takes the old key in a URL that it logs, and the new key everywhere
   * - `undone` the old key is back, `stuck` neither the one nor the other
   */
  readonly outcome: "unverified" | "rotated" | "logged" | "undone" | "stuck";
  /** When a rotation with a restart began, ISO 8601, UTC: one that is resumed is remembered once. */
  readonly began?: string;
  readonly user: string;
  readonly host: string;
}

/** The folder of what keyward remembers: `$XDG_STATE_HOME/keyward`, else `~/.local/state/keyward`. */
export function stateFolder(machine: Machine): string {
  const state = readForPath(machine.env, "XDG_STATE_HOME");
  // The XDG specification has relative paths ignored.
  if (state?.startsWith("/")) return join(state, "keyward");
  return join(homeFolder(machine), ".local", "state", "keyward");
}

/** The file of the history, there or not: a JSON object a line, the oldest first. */
export function historyFile(machine: Machine): string {
  return join(stateFolder(machine), "history.jsonl");
}

/**
 * Every change of a key that is remembered, the newest first. Lines that are none, as one that a
 * power cut left behind, are passed over.
 *
 * @throws KeywardError `unreadable`
 */
export function readHistory(machine: Machine): readonly HistoryEntry[] {
  const path = historyFile(machine);
  let text: string;
  try {
    text = machine.fs.readFileSync(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw fileError(error, "read", path);
  }
  return text
    .split("\n")
    .flatMap((line) => parseEntry(line) ?? [])
    .reverse();
}

function parseEntry(line: string): HistoryEntry | null {
  try {
    const entry: unknown = JSON.parse(line);
    return isEntry(entry) ? entry : null;
  } catch {
    return null;
  }
}

function isEntry(value: unknown): value is HistoryEntry {
  if (typeof value !== "object" || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const texts = ["time", "system", "location", "outcome", "user", "host"];
  const names = ["oldFingerprint", "newFingerprint"];
  return (
    texts.every((name) => typeof fields[name] === "string") &&
    names.every((name) => fields[name] === null || typeof fields[name] === "string")
  );
}

/** Adds a line to the history, which is readable by its owner alone. */
export function appendHistory(
  entry: Omit<HistoryEntry, "time" | "user" | "host">,
  machine: Machine,
): void {
  const { fs, clock, user, hostname } = machine;
  const time = new Date(clock.now()).toISOString();
  const line = `${JSON.stringify({ time, ...entry, user: user.name, host: hostname })}\n`;
  const walk = walkPath(historyFile(machine), machine);
  refuseForeign([...walk.folders, ...walk.links], machine);
  createFolders(walk.missingFolders, machine);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  const fd = fs.openSync(walk.target, flags, 0o600);
  try {
    // One write of one line: two processes that append at once do not mix theirs.
    fs.writeSync(fd, line);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** What root writes, or believes later, must not lie where another user can put something else. */
export function refuseForeign(
  passed: readonly { readonly path: string; readonly stats: { readonly uid: number } }[],
  machine: Machine,
): void {
  if (machine.user.uid !== 0) return;
  const foreign = passed.find(({ stats }) => stats.uid !== 0);
  if (foreign === undefined) return;
  const owner = userName(foreign.stats.uid, machine);
  throw new KeywardError(
    "foreign-folder",
    `${foreign.path} belongs to ${owner}, and this is root`,
    {
      hint: "let root use its own home folder: sudo -H …",
    },
  );
}

/**
 * Puts a change into the history, where it does not stand there yet. The change stands whether or not
 * that can be done: a failure is only said.
 *
 * @returns why it could not; null when it could
 */
export function rememberChange(
  entry: Parameters<typeof appendHistory>[0],
  machine: Machine,
): string | null {
  const { began, location, outcome } = entry;
  try {
    const isKnown =
      began !== undefined &&
      readHistory(machine).some(
        (other) =>
          other.began === began && other.location === location && other.outcome === outcome,
      );
    if (!isKnown) appendHistory(entry, machine);
    return null;
  } catch (error) {
    return `the history could not be written: ${describeFailure(error)}`;
  }
}
