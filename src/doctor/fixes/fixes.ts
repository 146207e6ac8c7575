import { dirname } from "node:path";

import { KeywardError } from "../../core/errors.js";
import type { FindingId, RawFinding } from "../../core/finding.js";
import type { Machine } from "../../core/machine.js";
import { refuseUnfinished } from "../../rotate/journal/unfinished.js";
import { quoteForShell } from "../../core/shell-quote.js";
import { tightenMode } from "../../files/file-checks.js";
import { acquireLock } from "../../files/lock.js";
import { openStore } from "../../locations/open-store.js";
import { formatMode } from "../../files/file-mode.js";
import { walkPath } from "../../files/walk-path.js";
import { addIgnoreLine, planIgnoreLine } from "./ignore-file.js";
import { planRewrite } from "./rewrite.js";
import { setMode } from "./set-mode.js";
import type { Subject } from "../subject.js";

/** Something that can be put right without making or removing a key, or restarting anything. */
export interface Fix {
  /** The finding that it is for. */
  readonly id: FindingId;
  /** The file that it changes. */
  readonly location: string;
  /** What it does, to be shown before it is done. */
  readonly what: string;
  /**
   * Does it.
   *
   * @returns what else happened, in words
   * @throws KeywardError what kept it from being done; nothing has changed then
   */
  readonly apply: () => Promise<readonly string[]>;
}

/** The fixes for what was found, each once. `subject` is null for findings about no server. */
export async function planFixes(
  findings: readonly RawFinding[],
  machine: Machine,
  subject: Subject | null,
): Promise<readonly Fix[]> {
  const fixes = new Map<string, Fix>();
  for (const { id, location } of findings) {
    const plan = planners[id];
    if (plan === undefined || location === undefined) continue;
    try {
      const draft = await plan(location, machine, subject);
      if (draft !== null && !fixes.has(draft.what)) fixes.set(draft.what, { id, ...draft });
    } catch (error) {
      // What cannot even be looked at stays a finding.
      if (!(error instanceof KeywardError)) throw error;
    }
  }
  return [...fixes.values()];
}

type Draft = Omit<Fix, "id">;
type Planner = (
  location: string,
  machine: Machine,
  subject: Subject | null,
) => Draft | null | Promise<Draft | null>;

/** What `--fix` does about a finding; for any other, a person is told what to do. */
const planners: Partial<Record<FindingId, Planner>> = {
  "stale-lock": planClearing,
  leftover: planClearing,
  mode: planMode,
  "key-in-log": planMode,
  "token-in-log": planMode,
  "history-mode": planMode,
  "folder-open": (location, machine) => planFolder(location, machine),
  duplicate: planLine,
  "export-line": planLine,
  "colon-line": planLine,
  "mark-before-key": planLine,
  "hidden-line": planLine,
  "readers-disagree": planLine,
  "reads-otherwise": planLine,
  "git-exposed": planIgnoring,
};

/** Taking the lock takes over a dead one, and clears away what its holder left. */
function planClearing(location: string, machine: Machine): Draft {
  return {
    location,
    what: `remove what a killed keyward left beside ${location}`,
    apply: async () => {
      acquireLock(location, machine).release();
      return [];
    },
  };
}

function planMode(location: string, machine: Machine): Draft | null {
  const { target, stats } = walkPath(location, machine);
  if (stats === null || !mayChange(stats.uid, machine)) return null;
  const { uid, gid } = stats;
  const mode = stats.mode & 0o7777;
  return planBits(target, mode, tightenMode({ mode, uid, gid }, machine), machine);
}

/** Only the folder that holds the file, and only what lets anybody in: a group may be meant. */
function planFolder(location: string, machine: Machine): Draft | null {
  const folder = dirname(walkPath(location, machine).target);
  const { mode, uid } = machine.fs.statSync(folder);
  const isOpen = (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
  if (!isOpen || !mayChange(uid, machine)) return null;
  return planBits(folder, mode & 0o7777, mode & 0o7755, machine);
}

function planBits(path: string, before: number, after: number, machine: Machine): Draft | null {
  if (before === after) return null;
  return {
    location: path,
    what: `${quoteForShell(["chmod", formatMode(after), path])} (it is ${formatMode(before)})`,
    apply: async () => {
      setMode(path, after, machine);
      return [];
    },
  };
}

function mayChange(uid: number, { user }: Machine): boolean {
  return user.uid === 0 || user.uid === uid;
}

async function planLine(
  location: string,
  machine: Machine,
  subject: Subject | null,
): Promise<Draft | null> {
  const state = subject?.resolution.states.find(({ name }) => name === location);
  const rewrite = subject && state ? await planRewrite(state, subject) : null;
  if (subject === null || rewrite === null) return null;
  const { edit, key, wasUnread } = rewrite;
  const { variable } = rewrite.location;
  const reader = wasUnread
    ? `${subject.system.title} reads the key there`
    : "every reader takes it alike";
  const notes = edit.notes.map((note) => `; ${note}`).join("");
  return {
    location,
    what: `rewrite ${variable} in ${location} with the same key, so that ${reader}${notes}`,
    apply: async () => {
      const lock = acquireLock(location, machine);
      try {
        // Where that is to be finished, every byte of the file counts.
        refuseUnfinished(subject.system, machine, lock);
        const store = await openStore(rewrite.location, machine);
        return store.write(edit, key, lock).notes;
      } finally {
        lock.release();
      }
    },
  };
}

function planIgnoring(location: string, machine: Machine): Draft | null {
  const plan = planIgnoreLine(location, machine);
  if (plan === null) return null;
  return {
    location: plan.path,
    what: `add the line ${plan.line} to ${plan.path}`,
    apply: async () => {
      addIgnoreLine(plan, machine);
      return [];
    },
  };
}
