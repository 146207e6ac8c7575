import { KeywardError } from "../../core/errors.js";
import { fingerprintKey } from "../../keys/fingerprint.js";
import { findFile } from "../../files/file-checks.js";
import { loadFormat } from "../../locations/read-location.js";
import { heedInterrupt, Interrupted, uninterrupted } from "../interrupt.js";
import { JournalKeeper } from "../journal/journal.js";
import { copyPathOf, makeCopy, refuseStrayCopy } from "../journal/old-copy.js";
import { defaultTimeoutMs, type LockedChange, type RestartOptions } from "../options.js";
import { checkBeforeChange, type Condition } from "../proof/check-server.js";
import { seeListening } from "../proof/listening.js";
import { describeServer } from "../proof/server.js";
import { foreseeRestart } from "../foresee/foresee.js";
import { holdsOldBytes, readKey, type RotationState } from "../state.js";

/**
 * Finds out whether a restart can be seen through to its proof, and begins the journal. Nothing is
 * changed yet.
 *
 * @returns the rotation's first state, null when the server is stopped; and what is to be said of the
 *   server, unless it is proven to be past
 * @throws KeywardError `cancelled`, `unprovable`, and the file's own troubles
 */
export async function begin(
  change: LockedChange,
  restart: RestartOptions,
): Promise<{ readonly state: RotationState | null; readonly note: string | null }> {
  const { options, launch, steps, lock, notes } = change;
  const { store } = change.target;
  const { system, machine, interrupt = uninterrupted } = options;
  const { path } = store.location;
  const server = describeServer({ system, machine }, restart, launch, store);
  const format = await loadFormat(store.location, machine);
  const oldBytes = findFile(path, machine).bytes;
  const oldKey = readKey(format, oldBytes, system);
  const { knowledge = null } = restart;
  await heedFirst(interrupt);
  refuseStrayCopy(path, machine);
  const { plan, url } = restart;
  if (plan !== undefined) await foreseeRestart({ system, machine, launch, url, plan });
  const checked = checkBeforeChange({ server, oldKey, knowledge, interrupt });
  const { condition, note } = await checked.catch(asCancelled);
  if (condition === "stopped") return { state: null, note };

  const before = seeListening(restart.url, system, machine);
  const found = { oldBytes, oldKey, condition, listening: before?.addresses ?? null };
  const state: RotationState = {
    system,
    machine,
    store,
    lock,
    format,
    keeper: openJournal(change, restart, found),
    server,
    steps,
    interrupt,
    oldBytes,
    oldKey,
    newKey: null,
    restarted: "no",
    // Any other server is known by the key that it takes.
    oldMarks: condition === "stale" ? (before?.marks ?? null) : null,
    timeoutMs: restart.timeoutMs ?? defaultTimeoutMs,
    onOutput: restart.onOutput,
    notes,
  };
  return { state, note };
}

function openJournal(
  { options, plan, launch, target }: LockedChange,
  restart: RestartOptions,
  found: {
    readonly oldBytes: Buffer | null;
    readonly oldKey: string | null;
    readonly condition: Condition;
    readonly listening: readonly string[] | null;
  },
): JournalKeeper {
  const { system, machine, leaked = false } = options;
  const { oldBytes, oldKey, condition, listening } = found;
  const { path } = target.location;
  const exact = restart.trust?.exact;
  return new JournalKeeper(
    {
      version: 1,
      step: "copy",
      system: system.id,
      launch,
      location: path,
      copy: oldBytes === null ? null : copyPathOf(path, machine),
      hadKey: oldKey !== null,
      leaked,
      oldFingerprint: oldKey === null ? null : fingerprintKey(oldKey),
      newFingerprint: null,
      format: plan.format ?? null,
      command: restart.command,
      url: restart.url,
      named: restart.named === true,
      certificate: exact === undefined ? null : Buffer.from(exact).toString("base64"),
      listening,
      wasOpen: condition === "open",
      since: new Date(machine.clock.now()).toISOString(),
      user: machine.user.name,
      host: machine.hostname,
    },
    machine,
  );
}

/** Puts the old bytes aside, to go back to. */
export function keepOldBytes({ keeper, oldBytes, machine }: RotationState): void {
  keeper.enter("copy");
  const { copy } = keeper.journal;
  if (copy !== null && oldBytes !== null) makeCopy(copy, oldBytes, machine);
}

/** Whether the file is known to have its old bytes. */
export function isUntouched(state: RotationState): boolean {
  try {
    return holdsOldBytes(state);
  } catch {
    return false;
  }
}

async function heedFirst({ first }: { readonly first: AbortSignal }): Promise<void> {
  await heedInterrupt(first).catch(asCancelled);
}

function asCancelled(error: unknown): never {
  throw error instanceof Interrupted ? cancelled() : error;
}

/** What an interruption before the write is called. */
export function cancelled(): KeywardError {
  return new KeywardError("cancelled", "cancelled: nothing was changed");
}
