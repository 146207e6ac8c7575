/**
 * Servers that speak as each system does, and do nothing else.
 *
 * @packageDocumentation
 */
export type { Clock } from "../core/machine.js";
export {
  createReferenceServer,
  type ReferenceServer,
  type ReferenceServerOptions,
} from "./reference.js";
export type { LineOptions, ReferenceAddress, TlsMaterial } from "../serving/listening.js";
export type { ServerCounts, SiteServer } from "../serving/site-server.js";
export type { SiteOptions } from "./site-options.js";
export type { SystemId, systemIds } from "../systems/contract/system.js";
