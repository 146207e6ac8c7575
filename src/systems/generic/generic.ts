import { type GenericOptions, genericProbe } from "./generic-probe.js";
import type { Setting, System } from "../contract/system.js";

/**
 * A server of no known family: its key arrives from the caller, and all that is known of it is the
 * endpoint that says whether a key is good.
 *
 * @param validate absent where the endpoint is not known: nobody is asked then
 * @throws KeywardError `usage` for a path that is none
 */
export function createGenericSystem(validate?: GenericOptions): System {
  const plan = genericProbe(validate ?? { path: "/", transport: "bearer" });
  return {
    id: "generic",
    title: "the server",
    program: null,
    keyFormat: "base64url",
    variable: "KEY",
    emptyMeans: "off",
    hostDecides: true,
    hasNoAddress: true,
    ...(validate === undefined && { hasNoProbe: true }),
    clients: { enter: "in every client of the server", path: "/", by: "header" },
    launches: ["foreground"],
    // Nothing is known of where it listens, so the worst is assumed.
    network: { host: fixed("0.0.0.0"), port: fixed("80"), tls: null },
    fileDialects: ["dotenv"],
    isHere: () => false,
    detectLaunch: () => "foreground",
    locations: () => [],
    findLive: () => null,
    wouldStart: () => null,
    restart: () => null,
    loadProbe: () => Promise.resolve(plan),
  };
}

function fixed(value: string): Setting {
  return { locations: () => [], default: value, emptyMeans: "default" };
}
