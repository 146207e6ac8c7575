import { connect, isIP, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";

import { systemErrorCode } from "../core/errors.js";
import { nameConnectFailure, ProbeFailure } from "./failure.js";

/** Whom a TLS connection trusts; by default the authorities that node comes with. */
export interface Trust {
  /** Authorities to trust instead, in PEM. */
  readonly ca?: string;
  /** Trust whatever is presented. */
  readonly insecure?: boolean;
  /** Trust exactly this certificate (DER), whatever names and dates it bears, and no other. */
  readonly exact?: Uint8Array;
}

/** Where a connection goes. */
export interface Endpoint {
  /** What the certificate must be for, without brackets. */
  readonly hostname: string;
  /** Where to connect in fact: a name is looked up, and the path of a unix socket starts with `/`. */
  readonly address: string;
  readonly port: number;
  /** Null for a connection without TLS. */
  readonly trust: Trust | null;
  /** A connection that leads there already, through a proxy; TLS goes inside. */
  readonly tunnel?: Socket;
}

/**
 * Opens a connection, and hands it out only when it is trusted: nothing has been written to it by
 * then. (A request handed to node's https is on the wire as soon as the handshake ends, before a
 * listener could look at the certificate.)
 *
 * @throws ProbeFailure when there is none, or none before the signal aborts
 */
export async function openSocket(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  const { trust } = endpoint;
  const socket = trust === null ? openPlain(endpoint) : await openTls(endpoint, trust);
  const ready = trust === null ? "connect" : "secureConnect";
  return new Promise((resolve, reject) => {
    const letGo = () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("close", onClose).off(ready, onReady);
    };
    const giveUp = (failure: ProbeFailure) => {
      letGo();
      // Destroying may still report an error, which nobody needs.
      socket.on("error", () => {}).destroy();
      reject(failure);
    };
    const onAbort = () => giveUp(new ProbeFailure("timed-out", "no connection in time"));
    const onError = (error: Error) =>
      giveUp(nameConnectFailure(systemErrorCode(error), trust !== null));
    const onClose = () => giveUp(nameConnectFailure("ECONNRESET", trust !== null));
    const onReady = () => {
      if (trust?.exact !== undefined && !bearsCertificate(socket, trust.exact)) {
        const message = "its certificate is not the one in the server's own file";
        giveUp(new ProbeFailure("tls-failed", message));
        return;
      }
      letGo();
      // It may break before its new owner listens; an error nobody listens to ends the process.
      socket.on("error", () => {});
      resolve(socket);
    };
    socket.once("error", onError).once("close", onClose).once(ready, onReady);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}

function openPlain({ address, port }: Endpoint): Socket {
  return address.startsWith("/")
    ? connect({ path: address })
    : connect({ host: address, port, noDelay: true });
}

async function openTls(endpoint: Endpoint, trust: Trust): Promise<TLSSocket> {
  const { hostname, address, port, tunnel } = endpoint;
  const tls = await import("node:tls");
  return tls.connect({
    ...(tunnel === undefined ? { host: address, port } : { socket: tunnel, host: hostname }),
    // Server names are for names: an address there is against the standard.
    servername: isIP(hostname) === 0 ? hostname : "",
    rejectUnauthorized: trust.insecure !== true && trust.exact === undefined,
    ...(trust.ca === undefined ? {} : { ca: trust.ca }),
  });
}

function bearsCertificate(socket: Socket, exact: Uint8Array): boolean {
  return isTls(socket) && socket.getPeerCertificate().raw?.equals(exact);
}

/** Whether a connection from {@link openSocket} is encrypted. */
export function isTls(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket;
}

/** Until when the server's certificate is valid, in milliseconds since 1970; null if it does not say. */
export function readExpiry(socket: TLSSocket): number | null {
  // Null once the server has hung up.
  const expires = Date.parse(socket.getPeerCertificate()?.valid_to ?? "");
  return Number.isNaN(expires) ? null : expires;
}
