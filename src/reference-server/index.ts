/**
 * Servers that speak as each system does, and do nothing else.
 *
 * @packageDocumentation
 */
export type { LineOptions, ReferenceAddress, TlsMaterial } from "../serving/listening.js";
export {
  createReferenceServer,
  type ReferenceServer,
  type ReferenceServerOptions,
} from "./reference.js";
export type { ServerCounts, SiteServer } from "../serving/site-server.js";
export type { HaipRelease } from "../systems/haip/haip-wire.js";
export type { JeanRelease } from "../systems/jean/jean-wire.js";
export type { OpenJarvisRelease } from "../systems/openjarvis/openjarvis-wire.js";
