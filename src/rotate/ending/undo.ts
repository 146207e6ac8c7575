import { KeywardError } from "../../core/errors.js";
import { findFile } from "../../files/file-checks.js";
import { sameBytes } from "../../files/leftovers.js";
import { type Attempt, NotDone, readKey } from "../attempt.js";
import { Interrupted, untilInterrupted } from "../interrupt.js";
import { proveWidth, restartServer, waitForKey } from "../proof/prove.js";
import { askServer } from "../proof/server.js";
import { remember, tidyUp } from "./settle.js";

/**
 * Goes back to the old key: the exact old bytes, a restart where the server may have the new one,
 * and the proof that it takes the old one. Only an interruption by somebody who has interrupted
 * before stops it.
 *
 * @throws NotDone, Interrupted, KeywardError; the copy and the journal are then still there
 */
export async function undoAttempt(attempt: Attempt): Promise<void> {
  const { keeper, oldKey } = attempt;
  try {
    keeper.enter("undo");
  } catch {
    // A full disk must not keep the old key from coming back.
  }
  restoreFile(attempt);
  if (oldKey !== null) await restoreServer(attempt, oldKey);
  remember(attempt, "undone");
  tidyUp(attempt);
}

/**
 * Gives the file its old bytes. Where another program has changed it since, but not the key, only
 * the key is put back.
 */
function restoreFile(attempt: Attempt): void {
  const { store, lock, format, machine, system, oldBytes, oldKey, newKey, notes } = attempt;
  const { path } = store.location;
  const { bytes } = findFile(path, machine);
  if (sameBytes(bytes, oldBytes)) return;
  if (oldBytes === null || oldKey === null) throw new TypeError("there is nothing to go back to");
  const old = format.read(oldBytes).value;
  if (newKey !== null && sameBytes(bytes, format.edit(oldBytes, newKey).after)) {
    store.write({ before: bytes, after: oldBytes, notes: [] }, old, lock);
    return;
  }
  const now = readKey(format, bytes, system);
  if (now === oldKey) return;
  if (now !== newKey) {
    throw new KeywardError("changed-meanwhile", `another program put a third key into ${path}`, {
      hint: "find out which one counts before you change anything",
    });
  }
  store.write(store.edit(old), old, lock);
  notes.push(`another program has changed ${path}; only the key was put back`);
}

/**
 * One that was told to restart is told again, although it may still answer as before: it could be
 * on its way to the new key.
 */
async function restoreServer(attempt: Attempt, oldKey: string): Promise<void> {
  const { restarted, interrupt } = attempt;
  const { second } = interrupt;
  if (restarted === "no") return;
  if (restarted === "yes" || !(await takesOldKey(attempt, oldKey))) {
    const end = await restartServer(attempt, second);
    await waitForKey(attempt, oldKey, end, second);
  }
  try {
    proveWidth(attempt);
  } catch (error) {
    if (!(error instanceof NotDone)) throw error;
    // The old key is back all the same; how it was started at first is not for us to know.
    attempt.notes.push(`${error.message}: restart it as it was started before`);
  }
}

async function takesOldKey({ server, interrupt }: Attempt, oldKey: string): Promise<boolean> {
  try {
    const asked = askServer(server, oldKey);
    return (await untilInterrupted(asked, interrupt.second)).verdict === "enforced";
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return false;
  }
}
