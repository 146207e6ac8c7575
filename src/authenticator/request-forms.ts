import type { SystemId } from "../systems/contract/system.js";
import { haipWireOf } from "../systems/haip/haip-wire.js";
import { jeanWire } from "../systems/jean/jean-wire.js";
import { jean2Wire } from "../systems/jean2/jean2-wire.js";
import { keyProtocolPrefix, openjarvisWire } from "../systems/openjarvis/openjarvis-wire.js";
import type {
  ResponseData,
  AuthRequest,
  PresentedCredential,
  WireForms,
} from "../systems/contract/wire.js";
import { TokenError, type TokenReason } from "../tokens/errors.js";

/** The systems whose wire forms a server with a key can take on. */
export type ServedSystem = Exclude<SystemId, "haip" | "generic">;

/**
 * Why a request is refused for its credential.
 *
 * - `missing-key` there is nothing that could be a credential
 * - `wrong-key` there is something, and it is not the key
 * - `expired-key` it was one until its time was over
 * - `invalid-request` own transports: there are several credentials, or one is malformed
 */
export type CredentialCode = "missing-key" | "wrong-key" | "expired-key" | "invalid-request";

/** Where a credential stands, which requests have to have one, and how a refusal looks. */
export interface RequestForms {
  isProtected(request: AuthRequest): boolean;
  /** What a preflight is answered, which carries no credential; null for any other request. */
  answerPreflight(request: AuthRequest): ResponseData | null;
  /** By precedence: the request is accepted when any of them is good. */
  credentials(request: AuthRequest): readonly PresentedCredential[];
  /** @param reason what was wrong with the credentials that there were */
  refuse(
    request: AuthRequest,
    reason: "wrong-key" | "expired-key",
  ): ResponseData & { readonly code: CredentialCode };
  /** Whether a WebSocket subprotocol is made of a credential, and must never be selected. */
  isSecretProtocol(offer: string): boolean;
}

/** The forms of each system as it is today; HAIP's as its documentation has them. */
export const systemForms: Readonly<Record<ServedSystem | "haip", RequestForms>> = {
  jean2: formsOfWire(jean2Wire),
  openjarvis: formsOfWire(openjarvisWire, keyProtocolPrefix),
  jean: formsOfWire(jeanWire),
  haip: haipForms(),
};

function formsOfWire(wire: WireForms, secretPrefix?: string): RequestForms {
  return {
    isProtected: (request) => wire.isProtected(request),
    answerPreflight: (request) => wire.answerPreflight(request),
    credentials: (request) => wire.credentials(request),
    refuse(request, reason) {
      const refusal = wire.refuse(request);
      // No system tells a client that its key was good once: only the code knows.
      return reason === "expired-key" ? { ...refusal, code: reason } : refusal;
    },
    isSecretProtocol: (offer) => secretPrefix !== undefined && offer.startsWith(secretPrefix),
  };
}

function haipForms(): RequestForms {
  const wire = haipWireOf("documented");
  const reasons: Record<Exclude<CredentialCode, "invalid-request">, TokenReason> = {
    "missing-key": "missing",
    "wrong-key": "bad-signature",
    "expired-key": "expired",
  };
  return {
    isProtected: (request) => wire.isProtected(request),
    answerPreflight: (request) => wire.answerPreflight(request),
    credentials(request) {
      const presented = wire.credential(request);
      return presented === null ? [] : [presented];
    },
    refuse(request, reason) {
      const code = wire.credential(request) === null ? "missing-key" : reason;
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify(new TokenError(reasons[code], "").toAnswer());
      return { code, status: 401, headers, body };
    },
    isSecretProtocol: (offer) => offer.startsWith("token."),
  };
}
