import { KeywardError } from "../errors.js";
import type { Machine } from "../machine.js";
import { openStore } from "../stores/open-store.js";
import { type KeyResolution, type LocationState, resolveKey } from "../stores/resolve.js";
import type { Store } from "../stores/store.js";
import type { FileLocation, Launch, System } from "../systems/system.js";

/** The place where a new key goes, and what stands there now. */
export interface Target {
  readonly location: FileLocation;
  readonly store: Store;
  readonly resolution: KeyResolution;
}

/**
 * Finds the file that decides about the key: the effective location, or where there is no key yet
 * the system's first file.
 *
 * @throws KeywardError `shadowed` when a location that keyward does not write wins over the file,
 *   so that a key written there would never be read
 */
export async function findTarget(
  system: System,
  machine: Machine,
  launch: Launch,
): Promise<Target> {
  const resolution = await resolveKey(system, machine, launch);
  const { effective } = resolution;
  if (effective !== null && !isWritable(effective)) throw shadowedBy(effective, system, launch);
  const state = effective ?? resolution.states.find(isWritable);
  if (state === undefined || state.location.kind === "environment") {
    throw new KeywardError("not-found", `no file is known that ${system.title} reads its key from`);
  }
  return { location: state.location, store: await openStore(state.location, machine), resolution };
}

function isWritable({ location }: LocationState): boolean {
  return location.ignored === undefined && location.kind !== "environment" && location.writable;
}

function shadowedBy(
  { name, location }: LocationState,
  system: System,
  launch: Launch,
): KeywardError {
  const variable = location.kind === "toml" ? location.keyPath.join(".") : location.variable;
  const where =
    location.kind === "environment" ? "the environment" : `${name}, which keyward does not edit`;
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
