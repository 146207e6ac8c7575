import type { Machine } from "../machine.js";
import {
  type Launch,
  type Location,
  nameLocation,
  type Setting,
  type System,
} from "../systems/system.js";
import { loadFormat, readLocation } from "./format.js";
import { noFile, type Reading } from "./store.js";

/** What stands in one location, seen in the order of precedence. */
export interface LocationState {
  readonly location: Location;
  /** An absolute path, or `env:NAME`. */
  readonly name: string;
  readonly reading: Reading;
  /** Whether this is the one that counts. */
  readonly effective: boolean;
  /** The location that wins over this one, if this one holds anything. */
  readonly shadowedBy: string | null;
}

/** Where a server's key comes from. */
export interface KeyResolution {
  readonly launch: Launch;
  readonly states: readonly LocationState[];
  /** The location that decides; null when none says anything. */
  readonly effective: LocationState | null;
  /** The key as the server gets it; null when authentication is off. Never print it. */
  readonly key: string | null;
}

/**
 * Finds the key that a server would read, by its own precedence.
 *
 * @throws KeywardError `unreadable`, `not-a-file` or `malformed` when a location that could decide
 *   cannot be read: a guess would be worse
 */
export async function resolveKey(
  system: System,
  machine: Machine,
  launch: Launch,
): Promise<KeyResolution> {
  const read = await readAll(system.locations(machine, launch), machine);
  const winner = read.find(({ location, reading }) => {
    if (location.ignored !== undefined || reading.value === null) return false;
    return reading.value !== "" || system.emptyMeans === "off";
  });
  const states = read.map((each): LocationState => {
    const effective = each === winner;
    const holdsKey = each.location.ignored === undefined && Boolean(each.reading.value);
    const shadowedBy = !effective && holdsKey && winner ? winner.name : null;
    return { ...each, effective, shadowedBy };
  });
  const effective = states.find((state) => state.effective) ?? null;
  return { launch, states, effective, key: effective?.reading.value || null };
}

/** Finds a setting's value, and the location that it came from; null where it is the default. */
export async function resolveSetting(
  setting: Setting,
  machine: Machine,
  launch: Launch,
): Promise<{ readonly value: string; readonly source: string | null }> {
  for (const { name, reading } of await readAll(setting.locations(machine, launch), machine)) {
    if (reading.value) return { value: reading.value, source: name };
    if (reading.value === "" && setting.emptyMeans === "default") break;
  }
  return { value: setting.default, source: null };
}

async function readAll(
  locations: readonly Location[],
  machine: Machine,
): Promise<{ location: Location; name: string; reading: Reading }[]> {
  const read = [];
  for (const location of locations) {
    read.push({
      location,
      name: nameLocation(location),
      reading: await readOne(location, machine),
    });
  }
  return read;
}

async function readOne(location: Location, machine: Machine): Promise<Reading> {
  if (location.kind !== "environment") {
    return isMissing(location.path, machine)
      ? noFile
      : readLocation(location, await loadFormat(location), machine);
  }
  const value = machine.env[location.variable] ?? null;
  return { exists: value !== null, value, line: null, mode: null, owner: null, bytes: null };
}

/** The readers are loaded only for what is there, be it a link to nothing or a file in a folder's place. */
function isMissing(path: string, { fs }: Machine): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
