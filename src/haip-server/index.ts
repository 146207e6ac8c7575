/**
 * A HAIP server as its documentation describes it.
 *
 * @packageDocumentation
 */
export { createHaipServer, type HaipServer, type HaipServerOptions } from "./haip-server.js";
export type {
  HaipAuthFailure,
  HaipChannel,
  HaipEvents,
  HaipSession,
  HaipStats,
} from "../systems/haip/haip-sessions.js";
export type { LineOptions, ReferenceAddress, TlsMaterial } from "../serving/listening.js";
export type { ServerCounts, SiteServer } from "../serving/site-server.js";
