import { randomUUID } from "node:crypto";

import type { Clock } from "../../core/machine.js";
import type { HaipRelease } from "./haip-wire.js";

/** What one side of a HAIP session says to the other. */
export interface HaipMessage {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The transaction that it belongs to, where there are any. */
  readonly transaction?: string;
}

const events: Readonly<Record<"run" | "transaction", readonly string[]>> = {
  run: [
    "HAI",
    "RUN_STARTED",
    "RUN_FINISHED",
    "RUN_CANCEL",
    "RUN_ERROR",
    "PING",
    "PONG",
    "REPLAY_REQUEST",
    "TEXT_MESSAGE_START",
    "TEXT_MESSAGE_PART",
    "TEXT_MESSAGE_END",
    "AUDIO_CHUNK",
    "TOOL_CALL",
    "TOOL_UPDATE",
    "TOOL_DONE",
    "TOOL_CANCEL",
    "TOOL_LIST",
    "TOOL_SCHEMA",
    "ERROR",
    "FLOW_UPDATE",
    "PAUSE_CHANNEL",
    "RESUME_CHANNEL",
  ],
  transaction: [
    "HAI",
    "PING",
    "PONG",
    "ERROR",
    "FLOW_UPDATE",
    "TRANSACTION_START",
    "TRANSACTION_END",
    "TRANSACTION_JOIN",
    "REPLAY_REQUEST",
    "MESSAGE_UPDATE",
    "MESSAGE",
    "AUDIO",
    "INFO",
    "TOOL_LIST",
    "TOOL_SCHEMA",
  ],
};

/** The kinds of message that a layer knows; by them a client tells an old server from a new one. */
export function listEvents(release: HaipRelease): readonly string[] {
  return release === "old" ? events.run : events.transaction;
}

/** The last message of a session whose JWT has ended, or whose family of tokens was revoked. */
export const tokenEnded = {
  type: "ERROR",
  payload: { code: "TOKEN_EXPIRED", message: "JWT token has expired" },
} as const;

/** The first message of a server, on every transport. */
export function greetingOf(release: HaipRelease): HaipMessage {
  return {
    type: "HAI",
    payload: {
      haip_version: "1.1.2",
      accept_major: [1],
      accept_events: listEvents(release),
      capabilities: {
        binary_frames: true,
        flow_control: { initial_credit_messages: 1000, initial_credit_bytes: 1_048_576 },
        max_concurrent_runs: 10,
        signed_envelopes: false,
      },
    },
  };
}

/** Writes a session's messages as they go over the line, numbered and dated. */
export function createEnvelopes(release: HaipRelease, clock: Pick<Clock, "now">, session: string) {
  let sent = 0;
  return ({ type, payload, transaction }: HaipMessage): string => {
    const ts = String(clock.now());
    const envelope = { id: randomUUID(), session, seq: `${ts}${sent++}`, ts };
    // Without a transaction today's server writes the word; the old one had no transactions.
    const belongs = release === "old" ? {} : { transaction: transaction ?? "null" };
    return JSON.stringify({ ...envelope, ...belongs, channel: "SYSTEM", type, payload });
  };
}

/** Whether a message has all that an envelope needs. */
export function isEnvelope(
  message: Readonly<Record<string, unknown>>,
  release: HaipRelease,
): boolean {
  const { channel, type, payload } = message;
  return (
    ["id", "session", "seq", "ts", "channel", "type", "payload"].every((name) => name in message) &&
    typeof channel === "string" &&
    ["USER", "AGENT", "SYSTEM"].includes(channel) &&
    typeof type === "string" &&
    listEvents(release).includes(type) &&
    payload !== null
  );
}

/** Takes a message apart; null for what is none. */
export function parseMessage(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether the first line of a request's body is the HAI of a client. */
export function readHello(body: string, release: HaipRelease): boolean {
  const [line = ""] = body.trimStart().split("\n", 1);
  const message = parseMessage(body) ?? parseMessage(line);
  return message?.["type"] === "HAI" && isEnvelope(message, release);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
