/**
 * The keyward library: keys, the places they live in, whether a bind is safe, and whether a running
 * server means it. It has no globals of its own; what it may know of the machine is handed in as a
 * {@link Machine}.
 *
 * @packageDocumentation
 */
export { checkBindSafety, type CheckBindOptions } from "./hosts/check-bind-safety.js";
export { classifyHost, type HostClass, type Scope } from "./hosts/classify.js";
export {
  decideBind,
  type BindDecision,
  type BindOptions,
  type BindReasonCode,
} from "./hosts/decide-bind.js";
export { type ErrorCode, KeywardError } from "./core/errors.js";
export type { Finding, Severity } from "./core/finding.js";
export { keysEqual } from "./keys/compare.js";
export { fingerprintKey } from "./keys/fingerprint.js";
export { identifyKey, type KeyFormat, type KeyShape } from "./keys/formats.js";
export { generateKey } from "./keys/generate.js";
export { maskKey } from "./keys/mask.js";
export {
  assessKey,
  countsAsKey,
  isReference,
  type KeyAssessment,
  type KeyStrength,
  type StrengthReason,
} from "./keys/strength.js";
export type { ValueKind } from "./keys/value-kinds.js";
export { type Clock, createMachine, type FileSystem, type Machine } from "./core/machine.js";
export { detectSystem, type Detected, type DetectOptions } from "./probe/detect.js";
export { probe, type ProbeOptions } from "./probe/probe.js";
export type { CheckReport, ProbeReport, ReasonCode, Verdict } from "./probe/report.js";
export type { ChangeOptions, RestartOptions } from "./rotate/change.js";
export { type HistoryEntry, readHistory } from "./rotate/journal/history.js";
export type { Interrupt } from "./rotate/interrupt.js";
export { recoverRotation, type RecoverOptions } from "./rotate/recover.js";
export type { RotateReport, Rotation } from "./rotate/report.js";
export { createKey, revokeKey, rotateKey, type RotateOptions, setKey } from "./rotate/rotate.js";
export { type OverlapOptions, rotateWithOverlap } from "./rotate/rotate-overlap.js";
export { openStore } from "./locations/open-store.js";
export { type KeyResolution, type LocationState, resolveKey } from "./locations/resolve-key.js";
export type { Unseen } from "./locations/unseen.js";
export type { Reading, Store } from "./locations/store.js";
export type { Edit, Written } from "./files/edit.js";
export { createGenericSystem } from "./systems/generic/generic.js";
export { findSystem, systems } from "./systems/list.js";
export type {
  FileLocation,
  Launch,
  Location,
  System,
  SystemId,
} from "./systems/contract/system.js";
export {
  type ErrorAnswer,
  TokenError,
  type TokenErrorCode,
  type TokenReason,
} from "./tokens/errors.js";
export { type InspectedToken, inspectToken, type TokenTime } from "./tokens/inspect.js";
export { type IssueOptions, issueToken, type TokenRequest } from "./tokens/issue.js";
export {
  createTokenManager,
  type RefreshedTokens,
  type TokenManager,
  type TokenManagerOptions,
} from "./tokens/manager.js";
export { readTokenSecrets, type TokenSecrets } from "./tokens/overlap.js";
export type { ProfileName } from "./tokens/profiles.js";
export {
  grantTokens,
  type ProtocolTokens,
  type RefreshOptions,
  refreshTokens,
  revokeRefreshTokens,
  type ServerTokens,
} from "./tokens/refresh.js";
export {
  createMemoryStore,
  type Exchange,
  type RefreshGrant,
  type RefreshStore,
} from "./tokens/refresh-store.js";
export { type SecretEncoding, TokenSecret } from "./tokens/secret.js";
export {
  type PreviousSecret,
  type VerifiedToken,
  type VerifyOptions,
  verifyToken,
} from "./tokens/verify.js";
