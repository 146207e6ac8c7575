/** A request as far as authentication looks at it. */
export interface AuthRequest {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly url: string;
  /** Names in lower case, as node:http gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Where in a request a credential stood. */
export type Via = "header" | "query" | "subprotocol";

/** A credential as presented. Never log one. */
export interface PresentedCredential {
  readonly value: string;
  readonly via: Via;
}

/** An answer that refuses, ready to be written to the socket. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a system asks for its key on the wire, as its running server does. */
export interface WireForms {
  /** Whether the system wants its key on this request once a key is set. */
  isProtected(request: AuthRequest): boolean;
  /**
   * The credentials that count, by the system's own precedence. One that it would not look at is
   * not in the list; the request is accepted when any of them is the key.
   */
  credentials(request: AuthRequest): readonly PresentedCredential[];
  /** What the system answers when it refuses. */
  refuse(request: AuthRequest, why: "missing" | "wrong"): Refusal;
}
