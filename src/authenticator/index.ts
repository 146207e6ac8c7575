export type { AuthRequest, RefusalCode, Via } from "../systems/contract/wire.js";
export type { HaipRelease } from "../systems/haip/haip-wire.js";
export type { JeanRelease } from "../systems/jean/jean-wire.js";
export type { OpenJarvisRelease } from "../systems/openjarvis/openjarvis-wire.js";
export { type ConnectMiddleware, guardExpress } from "./adapters/express.js";
export { identityOf } from "./adapters/identity.js";
export { type AnyAuthenticator, guardHandler } from "./adapters/node-http.js";
export { type FetchGuard, guardFetch, type RequestOrigin } from "./adapters/web.js";
export { guardUpgrade, type UpgradeTaker } from "./adapters/websocket.js";
export type { AuditEvent, OnDecision } from "./audit.js";
export {
  type Accepted,
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
  type GuardedRequest,
  type JwtAuthenticator,
  type JwtOptions,
  type KeyOptions,
  type Refused,
  type RefusedCode,
} from "./authenticate.js";
export type { GuardOptions } from "./guard.js";
export {
  createHaipServer,
  type HaipServer,
  type HaipServerOptions,
} from "../haip-server/haip-server.js";
export type {
  HaipAuthFailure,
  HaipChannel,
  HaipEvents,
  HaipSession,
  HaipStats,
} from "../systems/haip/haip-sessions.js";
export type { Identity, NamedKey } from "./key-ring.js";
export type { Protects } from "./protected-paths.js";
export type { CredentialCode, ServedSystem } from "./request-forms.js";
export type { Transport } from "./transports.js";
export type { TryLimiter, TryLimits } from "./tries.js";
export type { JwtUser, VerifyJwt } from "./verify-jwt.js";
export type { LineOptions, ReferenceAddress, TlsMaterial } from "../serving/listening.js";
export {
  createReferenceServer,
  type ReferenceServer,
  type ReferenceServerOptions,
} from "../reference-server/reference.js";
export type { ServerCounts, SiteServer } from "../serving/site-server.js";
