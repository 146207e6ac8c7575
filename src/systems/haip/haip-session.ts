import type { WebSocket } from "ws";

import type { Clock } from "../../core/machine.js";
import type { HaipRelease } from "./haip-wire.js";
import {
  createEnvelopes,
  greetingOf,
  tokenEnded,
  type HaipMessage,
  isEnvelope,
  isObject,
  parseMessage,
} from "./haip-messages.js";
import type { TrackedSession } from "./haip-sessions.js";

/** How a session on a WebSocket begins. */
export interface SessionOptions {
  readonly release: HaipRelease;
  readonly clock: Pick<Clock, "now">;
  /**
   * `done` where the handshake has settled who it is. Else what judges `payload.auth` of the first
   * message and gives the user: null where the host program has set nothing.
   */
  readonly login: "done" | ((auth: unknown) => Promise<string | null>) | null;
  readonly session: TrackedSession;
}

const policyViolation = 1008;
const outsideTransactions = new Set(["HAI", "PING", "PONG", "TRANSACTION_START"]);

/**
 * Greets, and from then on answers as HAIP's server does, as far as logging in goes.
 *
 * @returns what ends the session with its JWT: nothing that comes after is answered
 */
export function openHaipSession(socket: WebSocket, options: SessionOptions): () => void {
  const { release, clock, login, session } = options;
  const write = createEnvelopes(release, clock, session.id);
  const send = (message: HaipMessage) => socket.send(write(message));
  const sendError = (code: string, message: string, transaction?: string) =>
    send({ type: "ERROR", payload: { code, message }, ...(transaction && { transaction }) });
  let loggedIn = login === "done";

  async function logIn(type: unknown, payload: unknown): Promise<void> {
    if (type !== "HAI") {
      sendError("NOT HAI", "First message needs to be HAI");
      return socket.close(policyViolation, "Invalid token");
    }
    // Without a function its server throws, catches, and says nothing.
    if (typeof login !== "function") return;
    session.user = await login(isObject(payload) ? payload["auth"] : undefined);
    loggedIn = session.handshakeCompleted = session.user !== null;
    if (loggedIn) return;
    sendError("FAILED_AUTH", "Failed Auth");
    socket.close(policyViolation, "Invalid token");
  }

  async function handle(text: string): Promise<void> {
    const message = parseMessage(text);
    if (message === null || socket.readyState !== socket.OPEN) return;
    const { type, payload } = message;
    const transaction =
      typeof message["transaction"] === "string" ? message["transaction"] : undefined;
    if (release !== "old" && !(typeof type === "string" && outsideTransactions.has(type))) {
      return sendError("TRANSACTION_NOT_FOUND", "Transaction not found", transaction);
    }
    if (!isEnvelope(message, release)) {
      sendError("INVALID_MESSAGE", "Invalid message format", transaction);
      return loggedIn ? undefined : socket.close(policyViolation, "Bad Message");
    }
    if (!loggedIn) return logIn(type, payload);
    if (type === "HAI") session.handshakeCompleted = true;
    if (type === "PING") {
      const nonce = isObject(payload) ? payload["nonce"] : undefined;
      return send({ type: "PONG", payload: { nonce } });
    }
    // There are no tools here to start one with.
    if (type === "TRANSACTION_START") sendError("TOOL_NOT_FOUND", "Tool not found", transaction);
  }

  // One after the other: what follows a HAI waits until it is judged.
  let handled = Promise.resolve();
  socket.on("message", (data: Buffer) => {
    session.touch();
    handled = handled.then(() => handle(data.toString("utf8")));
  });
  send(greetingOf(release));
  return () => {
    if (socket.readyState !== socket.OPEN) return;
    send(tokenEnded);
    socket.close(policyViolation, tokenEnded.payload.code);
  };
}
