/**
 * Authenticates the requests of a server, and adapters for what servers are built with.
 *
 * @packageDocumentation
 */
export { type ConnectMiddleware, guardExpress } from "./adapters/express.js";
export { identityOf } from "./adapters/identity.js";
export { type AnyAuthenticator, guardHandler } from "./adapters/node-http.js";
export { type FetchGuard, guardFetch, type RequestOrigin } from "./adapters/web.js";
export { guardUpgrade, type UpgradeTaker } from "./adapters/websocket.js";
export type { AuditEvent, OnDecision } from "./audit.js";
export { createAuthenticator } from "./authenticate.js";
export type {
  AuthenticatorOptions,
  JwtOptions,
  KeyOptions,
  OwnForms,
  ServedSystem,
  SharedOptions,
} from "./authenticator-options.js";
export type { Clock } from "../core/machine.js";
export type {
  Accepted,
  Authenticator,
  GuardedRequest,
  JwtAuthenticator,
  Refused,
  RefusedCode,
} from "./decision.js";
export type { GuardOptions } from "./guard.js";
export type { Identity, NamedKey } from "./key-ring.js";
export type { Protects } from "./protected-paths.js";
export type { AuthRequest, CredentialCode, RefusalCode, Via } from "../systems/contract/wire.js";
export type { Transport } from "./transports.js";
export type { Standing, TryLimiter, TryLimits } from "./tries.js";
export type { JwtUser, VerifyJwt } from "./verify-jwt.js";
export type { SystemId, systemIds } from "../systems/contract/system.js";
