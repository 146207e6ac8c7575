/**
 * Why no answer came.
 *
 * - `name-not-found` the name resolves to nothing
 * - `connection-refused` nothing listens there, `no-route` the way there is closed
 * - `connection-reset` it hung up before an answer
 * - `tls-failed` no trusted encryption
 * - `timed-out` no connection in time, `no-answer` a connection, and then silence
 * - `cut-short` an answer that ended before its own end
 * - `not-http` something that speaks another language, `not-websocket` the same after an upgrade
 * - `proxy-failed` the proxy on the way could not be reached, or lets nobody through
 */
export type FailureCode =
  | "name-not-found"
  | "connection-refused"
  | "no-route"
  | "connection-reset"
  | "tls-failed"
  | "timed-out"
  | "no-answer"
  | "cut-short"
  | "not-http"
  | "not-websocket"
  | "proxy-failed";

/**
 * A request without an answer. It carries no cause: node's errors may hold what the server sent,
 * and a server may repeat a key.
 */
export class ProbeFailure extends Error {
  override readonly name = "ProbeFailure";
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

const connectFailures: Readonly<Record<string, readonly [FailureCode, string]>> = {
  ENOTFOUND: ["name-not-found", "the name is not known"],
  EAI_AGAIN: ["name-not-found", "the name could not be looked up"],
  EAI_NODATA: ["name-not-found", "the name has no address"],
  ECONNREFUSED: ["connection-refused", "nothing listens there"],
  ECONNRESET: ["connection-reset", "it hung up"],
  EPIPE: ["connection-reset", "it hung up"],
  ETIMEDOUT: ["timed-out", "no connection in time"],
  ENOENT: ["connection-refused", "there is no such socket"],
  EPROTO: ["tls-failed", "it does not speak TLS, or not one that is still safe"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["tls-failed", "its certificate is signed by itself alone"],
  SELF_SIGNED_CERT_IN_CHAIN: ["tls-failed", "its certificate comes from an unknown authority"],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "tls-failed",
    "its certificate comes from an unknown authority",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "tls-failed",
    "its certificate comes from an unknown authority",
  ],
  // All that node says of weak keys and old digests.
  UNSPECIFIED: ["tls-failed", "its certificate is not one that is still safe"],
  CERT_HAS_EXPIRED: ["tls-failed", "its certificate has expired"],
  CERT_NOT_YET_VALID: ["tls-failed", "its certificate is not valid yet"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["tls-failed", "its certificate is for another name"],
};

/** Names what kept a connection from being made, from the code of node's error. */
export function nameConnectFailure(code: string | undefined, encrypted: boolean): ProbeFailure {
  const known = code === undefined ? undefined : connectFailures[code];
  if (known !== undefined) return new ProbeFailure(...known);
  if (encrypted && code !== undefined && /PROTOCOL|VERSION/.test(code)) {
    return new ProbeFailure("tls-failed", "it does not speak TLS, or not one that is still safe");
  }
  if (encrypted && code !== undefined && !/^E[A-Z]+$/.test(code)) {
    return new ProbeFailure("tls-failed", `TLS could not be set up (${code})`);
  }
  return new ProbeFailure("no-route", `no way there (${code ?? "unknown"})`);
}
