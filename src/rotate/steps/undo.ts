import { KeywardError } from "../../core/errors.js";
import { findFile } from "../../files/file-checks.js";
import { sameBytes } from "../../files/leftovers.js";
import { Interrupted, untilInterrupted } from "../interrupt.js";
import { proveWidth, restartServer, waitForKey } from "../proof/prove.js";
import { proveDead } from "../proof/prove-dead.js";
import { askServer } from "../proof/server.js";
import { NotDone, readKey, type RotationState } from "../state.js";

/**
 * Gives the file its old bytes. Where another program has changed it since, but not the key, only
 * the key is put back.
 *
 * @returns what is to be said of it
 * @throws KeywardError
 */
export function restoreFile(state: RotationState): string | null {
  const { store, lock, format, machine, system, oldBytes, oldKey, newKey } = state;
  const { path } = store.location;
  const { bytes } = findFile(path, machine);
  if (sameBytes(bytes, oldBytes)) return null;
  if (oldBytes === null || oldKey === null) throw new TypeError("there is nothing to go back to");
  const old = format.read(oldBytes).value;
  const isOurs = newKey !== null && sameBytes(bytes, format.edit(oldBytes, newKey).after);
  if (bytes === null || isOurs) {
    store.write({ before: bytes, after: oldBytes, notes: [] }, old, lock);
    return null;
  }
  const now = readKey(format, bytes, system);
  if (now === oldKey) return null;
  if (now !== newKey) {
    throw new KeywardError("changed-meanwhile", `another program put a third key into ${path}`, {
      hint: "find out which one counts before you change anything",
    });
  }
  store.write(store.edit(old), old, lock);
  return `another program has changed ${path}; only the key was put back`;
}

/**
 * Sees to it that the server takes the old key again. One that was told to restart in this run is
 * told again, although it may still answer as before: it could be on its way to the new key.
 *
 * @returns what is to be said of it
 * @throws NotDone, Interrupted
 */
export async function restoreServer(state: RotationState, oldKey: string): Promise<string | null> {
  const { restarted, interrupt } = state;
  const { second } = interrupt;
  if (restarted === "no") return null;
  if (restarted === "yes" || !(await takesOldKey(state, oldKey))) {
    const end = await restartServer(state, second);
    await waitForKey(state, oldKey, end, second);
  }
  try {
    proveWidth(state);
    return null;
  } catch (error) {
    if (!(error instanceof NotDone)) throw error;
    // The old key is back all the same; how it was started at first is not for us to know.
    return `${error.message}: restart it as it was started before`;
  }
}

/** Whether it takes the old key and nothing else, the new one included, on every connection. */
async function takesOldKey(state: RotationState, oldKey: string): Promise<boolean> {
  const { server, interrupt, newKey } = state;
  const { second } = interrupt;
  try {
    const asked = await untilInterrupted(askServer(server, oldKey), second);
    if (asked.verdict !== "enforced") return false;
    await proveDead({ ...state, oldKey: newKey }, oldKey, second);
    return true;
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return false;
  }
}
