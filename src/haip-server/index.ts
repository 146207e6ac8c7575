/**
 * A HAIP server as its documentation describes it.
 *
 * @packageDocumentation
 */
export type { Clock } from "../core/machine.js";
export { createHaipServer, type HaipServer, type HaipServerOptions } from "./haip-server.js";
export type { LineOptions, ReferenceAddress, TlsMaterial } from "../serving/listening.js";
export type { ServerCounts, SiteServer } from "../serving/site-server.js";
export type {
  HaipAuthFailure,
  HaipChannel,
  HaipEvents,
  HaipSession,
  HaipStats,
} from "../systems/haip/haip-sessions.js";
export type { TokenErrorCode, TokenReason } from "../tokens/errors.js";
export type { TokenRequest } from "../tokens/issue.js";
export type { ProfileName } from "../tokens/profiles.js";
export type { Awaitable, Exchange, RefreshGrant, RefreshStore } from "../tokens/refresh-store.js";
export type { ServerTokens } from "../tokens/refresh.js";
export type { CryptoKey, SecretEncoding, TokenSecret } from "../tokens/secret.js";
export type { PreviousSecret } from "../tokens/verify.js";
