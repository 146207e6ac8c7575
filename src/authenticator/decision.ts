import type { AuthRequest, Via } from "../systems/contract/wire.js";
import type { Identity } from "./key-ring.js";
import type { CredentialCode } from "../systems/contract/wire.js";

/** A request, and where it comes from. */
export interface GuardedRequest extends AuthRequest {
  /** The address that the socket has: `request.socket.remoteAddress`. */
  readonly ip?: string | undefined;
  /**
   * It is about to leave HTTP, as in node's event `upgrade`: then every path wants the key, unless
   * `protects` says otherwise.
   */
  readonly upgrade?: boolean | undefined;
}

/** The request may go on; `identity` and `via` are null where no key is wanted. */
export interface Accepted {
  readonly ok: true;
  readonly identity: Identity | null;
  readonly via: Via | null;
}

/**
 * Why a request must not reach the handler: for its credential, before anybody looked at one, or
 * because it is a browser's `preflight`, which carries none and is answered by the guard itself.
 */
export type RefusedCode =
  | CredentialCode
  | "preflight"
  | "too-many-tries"
  | "network-refused"
  | "host-refused"
  | "verifier-failed";

/** The request must not reach the handler; the rest is the answer to write instead. */
export interface Refused {
  readonly ok: false;
  readonly status: number;
  readonly code: RefusedCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Decides about requests; made by {@link createAuthenticator}. */
export interface Authenticator<Decision = Accepted | Refused> {
  /** Never throws on anything that a client may send. */
  readonly authenticate: (request: GuardedRequest) => Decision;
  /** The WebSocket subprotocols that a client offers and that may be selected: never a credential. */
  readonly listProtocols: (request: AuthRequest) => readonly string[];
}

/** The same for JWTs, whose verification takes its time. */
export type JwtAuthenticator = Authenticator<Promise<Accepted | Refused>>;

/** A credential that was found good, or good once. */
export interface Match {
  /** Null for an expired JWT, which says nothing that can be believed. */
  readonly identity: Identity | null;
  readonly via: Via;
  readonly expired: boolean;
}
