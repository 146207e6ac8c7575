export type { AuthRequest, RefusalCode, Via } from "../systems/wire.js";
export type { HaipRelease } from "../systems/haip-wire.js";
export type { JeanRelease } from "../systems/jean-wire.js";
export type { OpenJarvisRelease } from "../systems/openjarvis-wire.js";
export {
  type Accepted,
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
  type Refused,
  type ServedSystem,
} from "./authenticate.js";
export { createHaipServer, type HaipServer, type HaipServerOptions } from "./haip-server.js";
export type {
  HaipAuthFailure,
  HaipChannel,
  HaipEvents,
  HaipSession,
  HaipStats,
} from "./haip-sessions.js";
export type { Identity } from "./key-ring.js";
export type { LineOptions, ReferenceAddress, TlsMaterial } from "./listening.js";
export {
  createReferenceServer,
  type ReferenceServer,
  type ReferenceServerOptions,
} from "./reference.js";
export type { ServerCounts, SiteServer } from "./site-server.js";
