/**
 * The keyward library: keys, the places they live in, whether a bind is safe, and whether a running
 * server means it. It has no globals of its own; what it may know of the machine is handed in as a
 * {@link Machine}.
 *
 * @packageDocumentation
 */
export { type ErrorCode, KeywardError } from "./core/errors.js";
export type { Finding, FindingId, RawFinding, Severity } from "./core/finding.js";
export { type Hint, type HintCommand, spellHint } from "./core/hint.js";
export {
  type Clock,
  createMachine,
  type FileSystem,
  type Machine,
  type ProcessLike,
  type User,
} from "./core/machine.js";
export type { Edit, Written } from "./files/edit.js";
export { acquireLock, type Lock } from "./files/lock.js";
export type { DialectName, dialectList } from "./formats/env/dialects/names.js";
export { type CheckBindOptions, checkBindSafety } from "./hosts/check-bind-safety.js";
export {
  classifyHost,
  type ClassifyOptions,
  type HostClass,
  type Scope,
} from "./hosts/classify.js";
export {
  type BindDecision,
  type BindOptions,
  type BindReasonCode,
  decideBind,
} from "./hosts/decide-bind.js";
export type { LookUpHost } from "./hosts/resolve-host.js";
export { keysEqual } from "./keys/compare.js";
export { fingerprintKey } from "./keys/fingerprint.js";
export { identifyKey, type KeyFormat, type KeyShape } from "./keys/formats.js";
export { generateKey, type RandomSource } from "./keys/generate.js";
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
export { openStore } from "./locations/open-store.js";
export { type KeyResolution, type LocationState, resolveKey } from "./locations/resolve-key.js";
export type { Reading, Store } from "./locations/store.js";
export type { Doubt } from "./formats/env/env-doubt.js";
export type { Unseen } from "./locations/unseen.js";
export type { Trust } from "./net/connect.js";
export type { FailureCode } from "./net/failure.js";
export type { ListenerPolicy } from "./net/listener.js";
export type { ConnectionWatch, Header, SocketRecord, SocketTalk } from "./net/message.js";
export type { Proxy } from "./net/proxy.js";
export type { HttpRequest, HttpResponse, Requester } from "./net/requester.js";
export type { KeyPolicy } from "./net/target.js";
export type { Patience } from "./net/web-socket.js";
export { type Detected, type DetectOptions, detectSystem } from "./probe/detect.js";
export { probe, type ProbeOptions } from "./probe/probe.js";
export type { CheckReport, ProbeReport, ReasonCode, Verdict, verdicts } from "./probe/report.js";
export type { RotateReason, RotateReasonCode } from "./rotate/reason.js";
export type { ChangeOptions, RestartOptions } from "./rotate/options.js";
export type { Interrupt } from "./rotate/interrupt.js";
export { type HistoryEntry, readHistory } from "./rotate/journal/history.js";
export type { Knowledge } from "./rotate/proof/check-server.js";
export type { Proof } from "./rotate/state.js";
export { recoverRotation } from "./rotate/recover.js";
export { type RecoverOptions } from "./rotate/options.js";
export type { RotateReport, Rotation } from "./rotate/report.js";
export { type OverlapOptions, rotateWithOverlap } from "./rotate/rotate-overlap.js";
export { createKey, revokeKey, rotateKey, type RotateOptions, setKey } from "./rotate/rotate.js";
export type { Step, StepListener, StepName } from "./rotate/steps/steps.js";
export type { KeyTarget } from "./rotate/target.js";
export type {
  ProbeResponse,
  Check,
  CheckBase,
  ReleaseHint,
  Credential,
  UnclearReason,
  Recognition,
  IdentifyRequest,
  ResponseOutcome,
  KeyCheck,
  KeyOrigin,
  KeylessCheck,
  Lifetime,
  Observed,
  ProbeCredentials,
  ProbePlan,
  ProbeRequest,
  ProbeTransport,
} from "./systems/contract/probe-plan.js";
export type { ServerProgram } from "./systems/contract/command-line.js";
export type {
  EnvFileLocation,
  EnvironmentLocation,
  FileLocation,
  Inheritance,
  Launch,
  LiveServer,
  Location,
  LocationBase,
  NetworkSettings,
  RestartPlan,
  RunningFacts,
  Setting,
  StartAnew,
  Switch,
  System,
  SystemId,
  TomlLocation,
  UnitLocation,
  UnseenLocation,
} from "./systems/contract/system.js";
export type { GenericOptions, JsonCondition } from "./systems/generic/generic-probe.js";
export { createGenericSystem } from "./systems/generic/generic.js";
export { findSystem, systems } from "./systems/list.js";
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
  type Awaitable,
  createMemoryStore,
  type Exchange,
  type RefreshGrant,
  type RefreshStore,
} from "./tokens/refresh-store.js";
export {
  type GrantOptions,
  grantTokens,
  type ProtocolTokens,
  type RefreshOptions,
  refreshTokens,
  revokeRefreshTokens,
  type ServerTokens,
} from "./tokens/refresh.js";
export { type CryptoKey, type SecretEncoding, TokenSecret } from "./tokens/secret.js";
export {
  type PreviousSecret,
  type VerifiedToken,
  type VerifyOptions,
  verifyToken,
} from "./tokens/verify.js";
export type { systemIds } from "./systems/contract/system.js";
export type { ClientFacts } from "./systems/contract/clients.js";
