import { KeywardError } from "../core/errors.js";
import { createGenericSystem } from "./generic/generic.js";
import { haip } from "./haip/haip.js";
import { jean } from "./jean/jean.js";
import { jean2 } from "./jean2/jean2.js";
import { openjarvis } from "./openjarvis/openjarvis.js";
import type { System, SystemId } from "./contract/system.js";

/** Every system that has facts of its own, by its id. */
export const systems = { jean2, openjarvis, jean, haip } as const satisfies Record<
  Exclude<SystemId, "generic">,
  System
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
