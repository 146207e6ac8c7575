import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

import { callAt } from "../../core/call-at.js";
import type { Clock } from "../../core/machine.js";
import type { Accepted, Refused } from "../decision.js";
import { rememberIdentity } from "./identity.js";
import { type AnyAuthenticator, gone, whenDecided } from "./node-http.js";

/** The part of a `WebSocketServer` of `ws` that is used; make it with `noServer: true`. */
export interface UpgradeTaker<Client> {
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (client: Client, request: IncomingMessage) => void,
  ): void;
  emit(event: "connection", client: Client, request: IncomingMessage): boolean;
}

/**
 * Listens to a server's event `upgrade`, and opens a WebSocket for whom the authenticator lets in:
 * the event `connection` follows, as without it. Every path wants the key, unless `protects` says
 * otherwise. Subprotocols that are a credential are taken out of the request before `ws` selects one.
 * A WebSocket ends with the key or the JWT that opened it: it is closed with 1008 `TOKEN_EXPIRED`.
 *
 * @param options `clock` is where the time comes from; `Date` unless given
 * @example
 * const sockets = new WebSocketServer({ noServer: true });
 * server.on("upgrade", guardUpgrade(authenticator, sockets));
 * sockets.on("connection", (socket, request) => socket.send(`hello, ${identityOf(request)?.name}`));
 */
export function guardUpgrade<Client>(
  authenticator: AnyAuthenticator,
  webSockets: UpgradeTaker<Client>,
  { clock = Date }: { readonly clock?: Pick<Clock, "now"> | undefined } = {},
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    // Node has taken its own listeners off: a client that resets now would end the process.
    const giveUp = () => socket.destroy();
    socket.on("error", giveUp);
    const proceed = (decision: Accepted | Refused) => {
      if (!decision.ok) {
        refuseUpgrade(socket, decision);
        return;
      }
      socket.off("error", giveUp);
      rememberIdentity(request, decision.identity);
      hideCredentials(request, authenticator.listProtocols(request));
      webSockets.handleUpgrade(request, socket, head, (client) => {
        endWithCredential(client, socket, decision.identity?.expires, clock);
        webSockets.emit("connection", client, request);
      });
    };
    const { method, url, headers, rawHeaders } = request;
    const ip = request.socket.remoteAddress ?? gone;
    const asked = { method, url, headers, rawHeaders, ip, upgrade: true };
    whenDecided(authenticator.authenticate(asked), proceed);
  };
}

const policyViolation = 1008;

function endWithCredential(
  client: unknown,
  socket: Duplex,
  expires: number | undefined,
  clock: Pick<Clock, "now">,
): void {
  if (expires === undefined) return;
  const end = () => {
    if (isClosable(client)) client.close(policyViolation, "TOKEN_EXPIRED");
    else socket.destroy();
  };
  socket.once("close", callAt(expires, clock, end));
}

function isClosable(client: unknown): client is { close(code: number, reason: string): void } {
  return (
    typeof client === "object" &&
    client !== null &&
    "close" in client &&
    typeof client.close === "function"
  );
}

/** Left to itself, ws selects the first offer, which may be the one with the key. */
function hideCredentials(request: IncomingMessage, protocols: readonly string[]): void {
  const name = "sec-websocket-protocol";
  if (protocols.length === 0) delete request.headers[name];
  else request.headers[name] = protocols.join(", ");
}

function refuseUpgrade(socket: Duplex, { status, headers, body }: Refused): void {
  const all = { ...headers, "Content-Length": Buffer.byteLength(body), Connection: "close" };
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
