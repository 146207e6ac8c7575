import { KeywardError } from "../core/errors.js";
import { mayHideKey } from "../keys/looks-like-key.js";
import type { Machine } from "../core/machine.js";
import {
  type Launch,
  type Location,
  nameLocation,
  type Setting,
  type Switch,
  type System,
  type UnitLocation,
} from "../systems/contract/system.js";
import { describeUnseen, explainUnseen, type Unseen } from "./unseen.js";
import { loadFormat, readLocation } from "./read-location.js";
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
  /**
   * The key as the server gets it, unless what is `unseen` says otherwise; null when it asks for
   * none, or makes its own. Never print it.
   */
  readonly key: string | null;
  /**
   * Whether the server asks for a key; `unknown` where that is not its files' to say, or cannot be
   * told from them. It is on without a `key` when the server makes one of its own.
   */
  readonly authentication: "on" | "off" | "unknown";
  /** What may win over every location that can be read, or switch authentication off; else null. */
  readonly unseen: Unseen | null;
  /** What switches authentication off whatever the key: `JEAN_NO_TOKEN in /etc/jean-server.env`. */
  readonly switchedOffBy: string | null;
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
  const { winner, losers, unseen: hidden } = judgeLocations(read, system);
  const states = read.map((each): LocationState => {
    const effective = each === winner;
    const holdsKey = each.location.ignored === undefined && Boolean(each.reading.value);
    const stronger = losers.get(each) ?? winner;
    const shadowedBy = !effective && holdsKey && stronger ? stronger.name : null;
    return { ...each, effective, shadowedBy };
  });
  const effective = states.find((state) => state.effective) ?? null;
  const off = system.noKeySwitch && (await resolveSwitch(system.noKeySwitch, machine, launch));
  const switchedOffBy = off?.on === true ? `${off.variable} in ${off.source}` : null;
  const found = effective === null ? null : keyOf(effective, system) || null;
  const key = switchedOffBy === null ? found : null;
  const unseen = switchedOffBy === null ? (hidden ?? off?.unseen ?? null) : null;
  const authentication =
    unseen === null
      ? judgeAuthentication(system, states, key, switchedOffBy !== null)
      : ("unknown" as const);
  return { launch, states, effective, key, authentication, unseen, switchedOffBy };
}

interface Place {
  readonly location: Location;
  readonly name: string;
  readonly reading: Reading;
}

/** The place that decides, and by what the others were beaten that never got to it. */
function judgeLocations(places: readonly Place[], system: System) {
  const losers = new Map<Place, Place>();
  // A process has a variable once: where the first place that sets it sets it to nothing, the
  // others do not come to be read, though another kind of place may.
  const emptied = new Map<string, Place>();
  let winner: Place | undefined;
  let unseen: Unseen | null = null;
  for (const place of places) {
    const { location, reading } = place;
    if (location.ignored !== undefined) continue;
    const first = location.variable === undefined ? undefined : emptied.get(location.variable);
    const hidden = hiddenIn(place);
    if (hidden !== null && winner === undefined && first === undefined) unseen ??= hidden;
    if (hidden !== null || reading.value === null) continue;
    if (first !== undefined) losers.set(place, first);
    else if (keyOf(place, system) !== "" || system.emptyMeans !== "look-further") winner ??= place;
    else if (location.variable !== undefined) emptied.set(location.variable, place);
  }
  return { winner, losers, unseen };
}

/** What keeps a place from being told, be it all of it or the line with the value; else null. */
function hiddenIn({ location, name, reading: { doubt } }: Place): Unseen | null {
  if (location.kind === "unseen") return describeUnseen(location);
  if (doubt === undefined) return null;
  const { line, why, hint } = doubt;
  return { place: `${name}:${line}`, why, named: true, hint: `${hint} of ${name}` };
}

function keyOf({ reading }: Place, { trimsKey }: System): string {
  const value = reading.value ?? "";
  return trimsKey === true ? value.trim() : value;
}

function judgeAuthentication(
  { emptyMeans, hostDecides }: System,
  states: readonly LocationState[],
  key: string | null,
  switchedOff: boolean,
): KeyResolution["authentication"] {
  if (switchedOff) return "off";
  if (hostDecides === true || states.length === 0) return "unknown";
  return key !== null || emptyMeans === "random" ? "on" : "off";
}

/** A setting's value and the location that it came from, or what keeps it from being told. */
export type SettingResolution =
  | { readonly value: string; readonly source: string | null; readonly unseen: null }
  | { readonly value: null; readonly source: null; readonly unseen: Unseen };

/**
 * Finds a setting's value, and the location that it came from; null where it is the default.
 *
 * @throws KeywardError `malformed` for a value that may hold a key, since it will be shown; and as
 *   {@link resolveKey}
 */
export async function resolveSetting(
  setting: Setting,
  machine: Machine,
  launch: Launch,
): Promise<SettingResolution> {
  const place = await findSetting(setting, machine, launch);
  if (place === null) return { value: setting.default, source: null, unseen: null };
  const { name, reading } = place;
  const unseen = hiddenIn(place);
  if (unseen !== null) return { value: null, source: null, unseen };
  const value = reading.value ?? setting.default;
  if (setting.secret !== true && mayHideKey(value)) throw hidesKey(place);
  return { value, source: name, unseen: null };
}

/** The place that decides, be it one that cannot be looked into; null where none says anything. */
async function findSetting(
  setting: Setting,
  machine: Machine,
  launch: Launch,
): Promise<Place | null> {
  for (const read of await readAll(setting.locations(machine, launch), machine)) {
    const place = setting.trimmed === true ? trimValue(read) : read;
    const { location, reading } = place;
    if (location.ignored !== undefined) continue;
    if (hiddenIn(place) !== null || reading.value) return place;
    if (reading.value === "" && setting.emptyMeans === "default") break;
  }
  return null;
}

function trimValue(place: Place): Place {
  const { value } = place.reading;
  return { ...place, reading: { ...place.reading, value: value?.trim() ?? null } };
}

function hidesKey({ location, name, reading }: Place): KeywardError {
  const what = location.variable ?? ("keyPath" in location ? location.keyPath.join(".") : "");
  const where = reading.line === null ? name : `${name}:${reading.line}`;
  const at = location.kind === "environment" ? "in the environment" : `in ${where}`;
  return new KeywardError("malformed", `${what} ${at} holds what looks like a key`, {
    hint: `write ${what} alone, and every other variable in quotes of its own`,
  });
}

/**
 * A setting's value, where there is no going on without it.
 *
 * @throws KeywardError `cannot-be-told`, and as {@link resolveSetting}
 */
export async function demandSetting(
  what: string,
  setting: Setting,
  machine: Machine,
  launch: Launch,
): Promise<string> {
  const { value, unseen } = await resolveSetting(setting, machine, launch);
  if (value !== null) return value;
  throw new KeywardError("cannot-be-told", explainUnseen(what, unseen), {
    hint: "name it to keyward, or start the server itself there, without a shell",
  });
}

/** Whether a switch is on, null where that cannot be told, and what says so; null where nothing does. */
export interface SwitchResolution {
  readonly variable: string;
  readonly on: boolean | null;
  readonly source: string | null;
  readonly unseen: Unseen | null;
}

/** Finds out whether a switch is on. */
export async function resolveSwitch(
  { variable, setting, isOn }: Switch,
  machine: Machine,
  launch: Launch,
): Promise<SwitchResolution> {
  const place = await findSetting(setting, machine, launch);
  const unseen = place === null ? null : hiddenIn(place);
  if (unseen !== null) return { variable, on: null, source: null, unseen };
  const on = isOn(place?.reading.value ?? setting.default);
  return { variable, on, source: place?.name ?? null, unseen: null };
}

async function readAll(locations: readonly Location[], machine: Machine): Promise<Place[]> {
  const read: Place[] = [];
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
  if (location.kind === "unit") return readUnitValue(location, machine);
  if (location.kind === "unseen") return { ...noFile, exists: true, line: location.line };
  if (location.kind !== "environment") {
    return isMissing(location.path, machine)
      ? noFile
      : readLocation(location, await loadFormat(location, machine), machine);
  }
  const value = machine.env[location.variable] ?? null;
  return { exists: value !== null, value, line: null, mode: null, owner: null, bytes: null };
}

function readUnitValue({ path, line, read }: UnitLocation, { fs }: Machine): Reading {
  const { mode, uid, gid } = fs.statSync(path);
  const owner = { uid, gid };
  return { exists: true, value: read(), line, mode: mode & 0o7777, owner, bytes: null };
}

/** The readers are loaded only for what is there, be it a link to nothing or a file in a folder's place. */
function isMissing(path: string, { fs }: Machine): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
