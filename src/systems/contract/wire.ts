/** A request as far as authentication looks at it; node's `IncomingMessage` is one. */
export interface AuthRequest {
  readonly method?: string | undefined;
  /** Path and query, as they stand in the request line; in Express that is `originalUrl`. */
  readonly url?: string | undefined;
  /** Names in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * Names and values in turn, as they came. Node leaves the second of two `Authorization` headers
   * out of `headers`: it is only here.
   */
  readonly rawHeaders?: readonly string[] | undefined;
}

/** Where in a request a credential stood. */
export type Via = "header" | "query" | "subprotocol";

/** A credential as presented. Never log one. */
export interface PresentedCredential {
  readonly value: string;
  readonly via: Via;
}

/** An answer, ready to be written to the socket. */
export interface ResponseData {
  readonly status: number;
  /** Everything but `Content-Length` and `Connection`, which are the writer's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Why a request is refused.
 *
 * - `missing-key` there is nothing that could be a credential
 * - `wrong-key` there is something, and it is not the key
 */
export type RefusalCode = "missing-key" | "wrong-key";

/** An answer that refuses. */
export interface Refusal extends ResponseData {
  readonly code: RefusalCode;
}

/** How a system asks for its key on the wire, as its running server does. */
export interface WireForms {
  /**
   * Whether the system wants its key on this request once a key is set. Where the path can be read
   * in two ways, the one that wants the key counts.
   */
  isProtected(request: AuthRequest): boolean;
  /** What the system's CORS layer answers before anybody looks for a key; null where it goes on. */
  answerPreflight(request: AuthRequest): ResponseData | null;
  /**
   * The credentials that count, by the system's own precedence. One that it would not look at is
   * not in the list; the request is accepted when any of them is the key.
   */
  credentials(request: AuthRequest): readonly PresentedCredential[];
  /** What the system answers when none of them is the key. */
  refuse(request: AuthRequest): Refusal;
  /** The WebSocket subprotocol to select, which is never the one with the key; null for none. */
  selectProtocol(request: AuthRequest): string | null;
}

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

/** The same answer with more headers. */
export function withHeaders(answer: ResponseData, headers: ResponseData["headers"]): ResponseData {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
