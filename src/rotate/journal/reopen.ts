import { KeywardError } from "../../core/errors.js";
import { fingerprintKey } from "../../keys/fingerprint.js";
import type { Machine } from "../../core/machine.js";
import type { Lock } from "../../files/lock.js";
import { findFile } from "../../files/file-checks.js";
import { loadFormat } from "../../locations/read-location.js";
import { findLeftovers, sameBytes } from "../../files/leftovers.js";
import { openStore } from "../../locations/open-store.js";
import { writeFileSafely } from "../../files/safe-write.js";
import type { FileLocation, System } from "../../systems/contract/system.js";
import { readKey, type RotationState } from "../state.js";
import { describeServer } from "../proof/server.js";
import { uninterrupted } from "../interrupt.js";
import { JournalKeeper, listFileLocations } from "./journal.js";
import type { Journal } from "./journal-shape.js";
import { defaultTimeoutMs, type RecoverOptions } from "../options.js";
import type { Steps } from "../steps/steps.js";

/** A rotation that was cut off, ready to be finished or undone. */
export interface Reopened {
  readonly state: RotationState;
  /**
   * What its file has.
   *
   * - `untouched` the old key, and the server was not restarted for another
   * - `old` the old key again
   * - `new` the new key
   * - `none` no key, or there is no file any more: somebody took it away
   * - `third` a key that this rotation did not put there
   * - `settled` what it is to have: the copy is gone, which goes last but for the journal
   */
  readonly holds: "untouched" | "old" | "new" | "none" | "third" | "settled";
  /** The key that is in the file now. */
  readonly key: string | null;
}

/** Finds out how far a rotation came. */
export async function reopenRotation(
  { system, machine, interrupt = uninterrupted, restart }: RecoverOptions,
  journal: Journal,
  steps: Steps,
  lock: Lock,
): Promise<Reopened> {
  const location = findLocation(system, machine, journal.location);
  repairTornWrite(location.path, machine);
  const store = await openStore(location, machine);
  const format = await loadFormat(location, machine);
  const { step, copy, launch, url, named, certificate, newFingerprint } = journal;
  const bytes = findFile(location.path, machine).bytes;
  // While the copy was made, the file was still what the copy is of.
  const oldBytes = step === "copy" ? bytes : copy === null ? null : findFile(copy, machine).bytes;
  const key = readKey(format, bytes, system);
  const isNamed = (name: string | null) => key !== null && fingerprintKey(key) === name;
  const copied = readKey(format, oldBytes, system);
  // Without the copy the old key is still known by its name.
  const oldKey = oldBytes === null && isNamed(journal.oldFingerprint) ? key : copied;
  const isSame = bytes !== null && sameBytes(bytes, oldBytes);
  const isOld = isSame || (oldKey === key && journal.hadKey === (key !== null));
  const isNew = key !== null && (newFingerprint === null || isNamed(newFingerprint));
  // The copy goes last but for the journal.
  const isDone = (step === "commit" && isNew) || (step === "undo" && isOld);
  const isSettled = isDone && copy !== null && oldBytes === null;
  const trust = certificate === null ? {} : { exact: Buffer.from(certificate, "base64") };
  const server = describeServer(
    { system, machine },
    { request: restart?.request, url, named, trust },
    launch,
    store,
  );
  const state: RotationState = {
    system,
    machine,
    store,
    lock,
    format,
    keeper: new JournalKeeper(
      { ...journal, command: restart?.command ?? journal.command },
      machine,
    ),
    server,
    steps,
    interrupt,
    oldBytes,
    oldKey,
    newKey: isOld ? null : key,
    // Nobody saw what became of it: a power cut restarts everything, and a person repairs.
    restarted: "maybe",
    oldMarks: null,
    timeoutMs: restart?.timeoutMs ?? defaultTimeoutMs,
    onOutput: restart?.onOutput,
    notes: [],
  };
  return { state, key, holds: isSettled ? "settled" : judgeFile() };

  function judgeFile(): Reopened["holds"] {
    if (isOld) return beforeRestart.has(step) ? "untouched" : "old";
    if (key === null) return "none";
    return isNew ? "new" : "third";
  }
}

const beforeRestart: ReadonlySet<Journal["step"]> = new Set(["copy", "make", "write"]);

function findLocation(system: System, machine: Machine, path: string): FileLocation {
  const found = listFileLocations(system, machine).find((place) => place.path === path);
  if (found !== undefined) return found;
  throw new KeywardError("not-found", `${system.title} does not read ${path}`);
}

/** A write in place that was cut off left the bytes from before it beside the file. */
function repairTornWrite(path: string, machine: Machine): void {
  const { target, bytes } = findFile(path, machine);
  for (const backup of findLeftovers(target, "bak", machine)) {
    const { bytes: whole } = findFile(backup, machine);
    if (whole === null || sameBytes(whole, bytes)) continue;
    writeFileSafely(path, { before: bytes, after: whole }, machine, () => true);
    return;
  }
}
