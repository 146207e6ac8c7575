import { KeywardError } from "../errors.js";
import { createGenericSystem } from "./generic.js";
import { haip } from "./haip.js";
import { jean } from "./jean.js";
import { jean2 } from "./jean2.js";
import { openjarvis } from "./openjarvis.js";
import type { System, SystemId } from "./system.js";

/** Every system that has facts of its own, by its id. */
export const systems = { jean2, openjarvis, jean, haip } as const satisfies Partial<
  Record<SystemId, System>
>;

/**
 * Finds a system by its id, or by the name of its program: `jarvis` is `openjarvis`.
 *
 * @throws KeywardError `usage` for a name that is none
 */
export function findSystem(name: string): System {
  if (name === "generic") return createGenericSystem();
  const all: readonly System[] = Object.values(systems);
  const found = all.find((system) => system.id === name || system.program === name);
  if (found !== undefined) return found;
  throw new KeywardError("usage", `there is no system called ${name}`, {
    hint: `one of: ${[...all.map((system) => system.id), "generic"].join(", ")}`,
  });
}
