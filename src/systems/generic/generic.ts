import type { SystemDescription } from "../contract/description.js";
import type { System } from "../contract/system.js";
import { createSystem } from "../describe/create-system.js";
import { type GenericOptions, genericProbe } from "./generic-probe.js";

/** What is known of any server: nothing. */
export const genericDescription: SystemDescription = {
  id: "generic",
  title: "the server",
  program: null,
  key: { variable: "KEY", format: "base64url", emptyMeans: "off" },
  hostDecides: true,
  hasNoAddress: true,
  launches: [{ launch: "foreground", key: [], restart: null }],
  shownBy: [],
  // Nothing is known of where it listens, so the worst is assumed.
  listening: {
    host: { default: "0.0.0.0" },
    port: { default: "80" },
    tls: null,
    bindRule: null,
  },
  fileReaders: ["dotenv"],
  forms: [{ in: "header", name: "Authorization", prefix: "Bearer " }],
  clients: { enter: "in every client of the server", path: "/", by: "header" },
};

/**
 * A server of no known family: its key arrives from the caller, and all that is known of it is the
 * endpoint that says whether a key is good.
 *
 * @param validate absent where the endpoint is not known: nobody is asked then
 * @throws KeywardError `usage` for a path that is none
 */
export function createGenericSystem(validate?: GenericOptions): System {
  const plan = genericProbe(validate ?? { path: "/", transport: "bearer" });
  const system = createSystem(genericDescription, { loadProbe: () => Promise.resolve(plan) });
  return validate === undefined ? { ...system, hasNoProbe: true } : system;
}
