import { KeywardError } from "../../core/errors.js";
import { findAttempts } from "../../formats/env/env-attempts.js";
import { countsAsKey } from "../../keys/strength.js";
import { loadFormat } from "../../locations/read-location.js";
import { sameBytes } from "../../files/leftovers.js";
import type { LocationState } from "../../locations/resolve-key.js";
import type { Edit } from "../../files/edit.js";
import type { EnvFileLocation } from "../../systems/contract/system.js";
import { findUnread, respellAttempts } from "./attempts.js";
import { readPlainly } from "./plain-reading.js";
import type { Subject } from "../subject.js";

/** The change after which every reader of a file gets the key that stands there now. */
export interface Rewrite {
  readonly location: EnvFileLocation;
  readonly edit: Edit;
  /** Never print it. */
  readonly key: string;
  /** Whether the server has been reading no key there. */
  readonly wasUnread: boolean;
}

/**
 * Works out how the line with the key is written so that every reader of the file gets it; null
 * where that cannot be done without choosing between keys, replacing the one in force, or guessing.
 */
export async function planRewrite(
  { location, reading, ...state }: LocationState,
  { resolution, machine }: Subject,
): Promise<Rewrite | null> {
  const { bytes } = reading;
  if (location.kind !== "env-file" || !location.writable || location.ignored !== undefined) {
    return null;
  }
  // A key that comes into force must not take the place of another, nor stand beside that switch.
  if (resolution.effective !== null && !state.effective) return null;
  if (bytes === null || resolution.switchedOffBy !== null) return null;
  const key = reading.value ?? findUnreadKey(bytes, location);
  // What a $ stands for may be something else where the server runs.
  const depends = readPlainly(bytes, location.variable)?.includes("$") === true;
  if (!key || (depends && !key.includes("$"))) return null;
  try {
    const format = await loadFormat(location, machine);
    const respelled = respellAttempts(bytes, findUnread(bytes, location));
    const { after, notes } = format.edit(respelled, key);
    if (sameBytes(bytes, after) || findUnread(after, location).length > 0) return null;
    const edit = { before: bytes, after, notes };
    return { location, edit, key, wasUnread: reading.value === null };
  } catch (error) {
    // What no spelling carries, or what cannot be edited without guessing, is left to its owner.
    if (error instanceof KeywardError) return null;
    throw error;
  }
}

/** The key of the only line that is meant to set one, but that its reader passes over. */
function findUnreadKey(bytes: Buffer, { variable }: EnvFileLocation): string | null {
  if (findAttempts(bytes, variable).length !== 1) return null;
  const key = readPlainly(bytes, variable);
  return countsAsKey(key) ? key : null;
}
