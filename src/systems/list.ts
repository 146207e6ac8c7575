import { KeywardError } from "../core/errors.js";
import type { ServerSide } from "./contract/server-side.js";
import type { System, SystemId } from "./contract/system.js";
import type { DescribedSystem } from "./describe/create-system.js";
import { createGenericSystem } from "./generic/generic.js";
import { haip } from "./haip/haip.js";
import { haipServerSide } from "./haip/haip-server-side.js";
import { jean } from "./jean/jean.js";
import { jeanServerSide } from "./jean/jean-server-side.js";
import { jean2 } from "./jean2/jean2.js";
import { jean2ServerSide } from "./jean2/jean2-server-side.js";
import { openjarvis } from "./openjarvis/openjarvis.js";
import { openjarvisServerSide } from "./openjarvis/openjarvis-server-side.js";

type KnownId = Exclude<SystemId, "generic">;

/** A system, and what it takes to be its server. */
export type ServableSystem = DescribedSystem & { readonly serverSide: ServerSide };

/** Every system that has facts of its own, a line each. */
const list = {
  jean2: { ...jean2, serverSide: jean2ServerSide },
  openjarvis: { ...openjarvis, serverSide: openjarvisServerSide },
  jean: { ...jean, serverSide: jeanServerSide },
  haip: { ...haip, serverSide: haipServerSide },
} as const satisfies Record<KnownId, ServableSystem>;

/** Every system that has facts of its own, by its id. */
export const systems: Readonly<Record<Exclude<SystemId, "generic">, System>> = list;

/** The same, with what it takes to be their servers. */
export const servableSystems: Readonly<Record<KnownId, ServableSystem>> = list;

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
