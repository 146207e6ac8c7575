import * as http from "node:http";
import * as https from "node:https";

import { KeywardError, systemErrorCode } from "../core/errors.js";

/** A certificate and its private key, both PEM. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** Where a reference server listens. */
export interface ReferenceAddress {
  /** How a client on this machine reaches it: with loopback where it listens on all interfaces. */
  readonly url: string;
  /** The address that it is bound to. */
  readonly host: string;
  readonly port: number;
}

/** How a server speaks, and with whom. */
export interface LineOptions {
  /** The server then speaks TLS only. */
  readonly tls?: TlsMaterial;
  /**
   * Milliseconds that a client may take to send a request, or to shake hands.
   * @default 10000
   */
  readonly patienceMs?: number;
}

const longestHeaders = 16_384;

/**
 * A server that is not yet listening.
 *
 * @param maxHeaderSize bytes that a request's head may have; more gets 431
 * @throws KeywardError `malformed` when the TLS material is not a certificate and its key;
 *   TypeError for a patience that is none
 */
export function createHttpServer(
  { tls, patienceMs = 10_000 }: LineOptions,
  maxHeaderSize: number = longestHeaders,
): http.Server {
  if (!Number.isSafeInteger(patienceMs) || patienceMs <= 0) {
    throw new TypeError("patienceMs must be a whole number over 0");
  }
  const limits = {
    // Said rather than left to node, whose limit the command line can raise.
    maxHeaderSize,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    // Node looks twice a minute, unless told.
    connectionsCheckingInterval: Math.ceil(patienceMs / 4),
  };
  if (tls === undefined) return http.createServer(limits);
  try {
    const material = { cert: tls.cert, key: tls.key };
    return https.createServer({ ...limits, ...material, handshakeTimeout: patienceMs });
  } catch (cause) {
    throw new KeywardError("malformed", "the TLS certificate and private key do not fit", {
      hint: "both must be PEM, and the key the certificate's own",
      cause,
    });
  }
}

/** Listens, or says why not. */
export async function startListening(
  server: http.Server,
  { host, port }: { host: string; port: number },
): Promise<void> {
  // Node takes an empty host for all interfaces.
  if (typeof host !== "string" || host === "") throw new TypeError("host must not be empty");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError("port must be a whole number from 0 to 65535");
  }
  if (server.listening) throw new TypeError("the server listens already");
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(explain(error, host, port));
    server.once("error", fail);
    server.listen({ host, port }, () => {
      // From here on only a failing accept can say so, and the next one may succeed.
      server.off("error", fail).on("error", () => {});
      resolve();
    });
  });
}

function explain(cause: Error, host: string, port: number): KeywardError {
  const reason = systemErrorCode(cause) ?? cause.message;
  if (reason === "EADDRINUSE") {
    return new KeywardError("address-in-use", `something listens on ${host} port ${port} already`, {
      hint: "stop it, or take another port; 0 takes a free one",
      cause,
    });
  }
  return new KeywardError("cannot-listen", `cannot listen on ${host} port ${port}: ${reason}`, {
    hint: "take an address of this machine, and a port from 1024 up",
    cause,
  });
}

/** Where a listening server can be reached. */
export function addressOf(
  server: Pick<http.Server, "address">,
  scheme: "http" | "https",
): ReferenceAddress {
  const bound = server.address();
  // Only a pipe or a unix socket has a name here, and we listen on neither.
  if (bound === null || typeof bound === "string") throw new TypeError("the server was closed");
  const { address: host, port } = bound;
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return {
    url: `${scheme}://${reached.includes(":") ? `[${reached}]` : reached}:${port}`,
    host,
    port,
  };
}
