import { KeywardError } from "../core/errors.js";
import { fingerprintKey } from "../keys/fingerprint.js";
import type { KeyFormat } from "../keys/formats.js";
import type { Lock } from "../files/lock.js";
import { findFile } from "../files/file-checks.js";
import { loadFormat } from "../locations/read-location.js";
import type { Store } from "../locations/store.js";
import type { Launch } from "../systems/contract/system.js";
import { type Attempt, explainFailure, holdsOldBytes, readKey } from "./attempt.js";
import type { ChangeOptions, RestartOptions } from "./options.js";
import { checkServer, type Condition } from "./proof/check-server.js";
import { type Ending, finishAttempt, giveUp } from "./ending/finish.js";
import { heedInterrupt, Interrupted, uninterrupted } from "./interrupt.js";
import { JournalKeeper } from "./journal/journal.js";
import { seeListening } from "./proof/listening.js";
import { copyPathOf, makeCopy, refuseStrayCopy } from "./journal/old-copy.js";
import type { Server } from "./proof/server.js";
import { tidyUp } from "./ending/settle.js";
import type { Steps } from "./steps.js";

/** What a change that is proven by a restart needs to know. */
export interface ProvenChange {
  readonly options: ChangeOptions;
  readonly restart: RestartOptions;
  readonly launch: Launch;
  readonly store: Store;
  readonly lock: Lock;
  readonly steps: Steps;
  readonly notes: string[];
  /** What the new key is made as; null where the caller brought it. */
  readonly format: KeyFormat | null;
  make(): string;
}

const defaultTimeoutMs = 60_000;

/**
 * Changes the key, restarts the server and proves it: all of that, or none of it.
 *
 * @returns how it ended; null when the server is stopped and nothing has been done yet
 * @throws KeywardError `cancelled`, `unprovable`, and the file's own troubles: the file then has its
 *   old bytes, and nothing is left over
 */
export async function changeProven(
  change: ProvenChange,
): Promise<{ readonly attempt: Attempt; readonly ending: Ending } | null> {
  const { options, restart, store, steps, notes } = change;
  const { system, machine, interrupt = uninterrupted } = options;
  const { path } = store.location;
  const server = describeServer(options, restart, change.launch, store);
  const format = await loadFormat(store.location, machine);
  const oldBytes = findFile(path, machine).bytes;
  const oldKey = readKey(format, oldBytes, system);
  const { condition, note } = await steps.run("check", async () => {
    try {
      await heedInterrupt(interrupt.first);
      refuseStrayCopy(path, machine);
      const { knowledge = null } = restart;
      return await checkServer({ server, oldKey, knowledge, interrupt });
    } catch (error) {
      throw error instanceof Interrupted ? cancelled() : error;
    }
  });
  if (condition === "stopped") {
    if (note !== null) notes.push(note);
    return null;
  }

  const before = seeListening(restart.url, system, machine);
  const attempt: Attempt = {
    system,
    machine,
    store,
    lock: change.lock,
    format,
    keeper: openJournal(change, { oldBytes, oldKey, condition }, before?.addresses ?? null),
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
  const ending = (await writeKey(attempt, change)) ?? (await finishAttempt(attempt));
  if (note !== null && ending.status !== "rotated") notes.unshift(note);
  return { attempt, ending };
}

/** The way to a server, for keys that are in this file. */
export function describeServer(
  { system, machine }: Pick<ChangeOptions, "system" | "machine">,
  { url, named = false, trust = {}, request }: RestartOptions,
  launch: Launch,
  store: Store,
): Server {
  const { owner, mode } = store.read();
  const keyFile = owner === null || mode === null ? null : { ...owner, mode };
  const unitUser = launch === "service" ? (system.serviceUser?.(machine) ?? null) : null;
  return { system, machine, url, named, trust, request, listener: { keyFile, unitUser } };
}

function openJournal(
  { options, restart, launch, store, format }: ProvenChange,
  found: {
    readonly oldBytes: Buffer | null;
    readonly oldKey: string | null;
    readonly condition: Condition;
  },
  listening: readonly string[] | null,
): JournalKeeper {
  const { system, machine, leaked = false } = options;
  const { oldBytes, oldKey, condition } = found;
  const { path } = store.location;
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
      format,
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

/** @returns null when the new key is in the file, else how it ended */
async function writeKey(attempt: Attempt, change: ProvenChange): Promise<Ending | null> {
  const { steps, keeper, store, machine, oldBytes, interrupt, notes } = attempt;
  const { copy } = keeper.journal;
  try {
    await steps.run("copy", () => {
      keeper.enter("copy");
      if (copy !== null && oldBytes !== null) makeCopy(copy, oldBytes, machine);
    });
    const newKey = await steps.run("make", () => {
      keeper.enter("make");
      return change.make();
    });
    attempt.newKey = newKey;
    await heedInterrupt(interrupt.first);
    await steps.run("write", () => {
      keeper.enter("write", { newFingerprint: fingerprintKey(newKey) });
      const edit = store.edit(newKey);
      notes.push(...edit.notes, ...store.write(edit, newKey, attempt.lock).notes);
    });
    return null;
  } catch (error) {
    if (!isUntouched(attempt)) return giveUp(attempt, explainFailure(error));
    tidyUp(attempt);
    throw error instanceof Interrupted ? cancelled() : error;
  }
}

function isUntouched(attempt: Attempt): boolean {
  try {
    return holdsOldBytes(attempt);
  } catch {
    return false;
  }
}

function cancelled(): KeywardError {
  return new KeywardError("cancelled", "cancelled: nothing was changed");
}
