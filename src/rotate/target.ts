import { KeywardError } from "../core/errors.js";
import type { Machine } from "../core/machine.js";
import { openStore } from "../locations/open-store.js";
import { type KeyResolution, type LocationState, resolveKey } from "../locations/resolve-key.js";
import { adviseUnseen, explainUnseen, type Unseen } from "../locations/unseen.js";
import type { Store } from "../locations/store.js";
import {
  type FileLocation,
  type Launch,
  placeOfUnseen,
  type System,
} from "../systems/contract/system.js";

/** The place where a new key goes, and what stands there now. */
export interface KeyTarget {
  readonly location: FileLocation;
  readonly store: Store;
  readonly resolution: KeyResolution;
}

/**
 * Finds the file that decides about the key: the effective location, or where there is no key yet
 * the system's first file.
 *
 * @throws KeywardError `shadowed` when a location that keyward does not write wins over the file,
 *   so that a key written there would never be read, or when authentication is switched off;
 *   `not-found` when the system has no file
 */
export async function findKeyTarget(
  system: System,
  machine: Machine,
  launch: Launch,
): Promise<KeyTarget> {
  const found = await resolveKey(system, machine, launch);
  const { effective, switchedOffBy, states } = found;
  if (switchedOffBy !== null) throw switchedOff(switchedOffBy, system);
  if (effective !== null && !isWritable(effective)) throw shadowedBy(effective, system, launch);
  const state = effective ?? states.find(isWritable);
  const resolution = {
    ...found,
    unseen: state === undefined ? found.unseen : findAbove(state, found),
  };
  const { unseen } = resolution;
  // A value of its own is what names the variable there: the file would be written for nothing.
  if (unseen?.named === true) throw hiddenBy(unseen, system);
  if (state === undefined || !isWritable(state)) throw noFileFor(resolution, system, machine);
  return { location: state.location, store: await openStore(state.location, machine), resolution };
}

/** What may win over a place and cannot be looked into; what stands below loses to what is written there. */
function findAbove(state: LocationState, { states, unseen }: KeyResolution): Unseen | null {
  const below = states.slice(states.indexOf(state) + 1);
  const isBelow = below.some(
    ({ location }) => location.kind === "unseen" && placeOfUnseen(location) === unseen?.place,
  );
  return isBelow ? null : unseen;
}

function isWritable(state: LocationState): state is LocationState & { location: FileLocation } {
  const { location } = state;
  return location.ignored === undefined && "writable" in location && location.writable;
}

function hiddenBy(unseen: Unseen, { variable }: System): KeywardError {
  return new KeywardError("shadowed", explainUnseen(`where ${variable} comes from`, unseen), {
    hint: adviseUnseen(unseen),
  });
}

/** A key beside that switch would lock nobody out, and newer servers do not start with both. */
function switchedOff(by: string, { title }: System): KeywardError {
  return new KeywardError("shadowed", `${title} asks for no key, by ${by}`, {
    hint: "take that away first",
  });
}

function noFileFor(
  { states, launch }: KeyResolution,
  system: System,
  machine: Machine,
): KeywardError {
  const { title } = system;
  const [trouble] = system.findTroubles?.(machine, launch) ?? [];
  if (trouble !== undefined) {
    const { message, fix } = trouble;
    return new KeywardError("malformed", message, fix === null ? {} : { hint: fix });
  }
  const unread = states.find(({ location }) => "writable" in location && location.writable);
  if (unread === undefined) {
    return new KeywardError("not-found", `no file is known that ${title} reads its key from`, {
      hint: "name it with --file",
    });
  }
  const why = `a key in ${unread.name} would not be read in a ${launch} launch: ${unread.location.ignored}`;
  return new KeywardError("shadowed", why, {
    hint: "say with --launch how the server is started, or with --file what it reads",
  });
}

function shadowedBy(
  { name, location }: LocationState,
  system: System,
  launch: Launch,
): KeywardError {
  const variable =
    location.variable ?? ("keyPath" in location ? location.keyPath.join(".") : system.variable);
  const where =
    location.kind === "environment" ? "the environment" : `${name}, which keyward does not edit,`;
  return new KeywardError(
    "shadowed",
    `${variable} is set in ${where} and wins over every file in a ${launch} launch of ${system.title}`,
    {
      hint:
        location.kind === "environment"
          ? `run it again without the variable: env -u ${variable} …`
          : `change it there, or remove its line`,
    },
  );
}
