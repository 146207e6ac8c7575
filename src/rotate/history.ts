import { join } from "node:path";

import { homeFolder, type Machine } from "../machine.js";
import type { SystemId } from "../systems/system.js";

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
  /** `unverified`: written and read back, but no running server was asked. */
  readonly outcome: "unverified";
  readonly user: string;
  readonly host: string;
}

/** The folder of what keyward remembers: `$XDG_STATE_HOME/keyward`, else `~/.local/state/keyward`. */
export function stateFolder(machine: Machine): string {
  const state = machine.env["XDG_STATE_HOME"];
  // The XDG specification has relative paths ignored.
  if (state?.startsWith("/")) return join(state, "keyward");
  return join(homeFolder(machine), ".local", "state", "keyward");
}

/** Adds a line to the history, which is readable by its owner alone. */
export function appendHistory(
  entry: Omit<HistoryEntry, "time" | "user" | "host">,
  machine: Machine,
): void {
  const { fs, clock, user, hostname } = machine;
  const time = new Date(clock.now()).toISOString();
  const line = `${JSON.stringify({ time, ...entry, user: user.name, host: hostname })}\n`;
  const folder = stateFolder(machine);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fd = fs.openSync(join(folder, "history.jsonl"), "a", 0o600);
  try {
    // One write of one line: two processes that append at once do not mix theirs.
    fs.writeSync(fd, line);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
