import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";

import type { Clock } from "../../core/machine.js";
import type { TokenErrorCode, TokenReason } from "../../tokens/errors.js";
import { callAt } from "../../core/call-at.js";
import type { Line } from "../contract/site.js";
import type { HaipUser } from "./haip-guard.js";

/** The parties that HAIP's messages are between. */
export type HaipChannel = "USER" | "AGENT" | "SYSTEM";

/** One connection, as HAIP's documentation describes it. */
export interface HaipSession {
  /** A random UUID, which is also the `session` of its messages. */
  readonly id: string;
  /** Whose JWT it was; null where none was asked for. */
  readonly user: string | null;
  /** The same, under the name that the documentation gives it. */
  readonly userId: string | null;
  readonly connected: boolean;
  /** Whether the client has said HAI. */
  readonly handshakeCompleted: boolean;
  /** Milliseconds since 1970. */
  readonly lastActivity: number;
  /** What the connection begins with. Nothing here spends it: that is for whoever sends messages. */
  readonly credits: Map<HaipChannel, number>;
}

/** Somebody who was refused. It never holds the token. */
export interface HaipAuthFailure {
  readonly code: TokenErrorCode;
  /** Why exactly, which the client is not told. */
  readonly reason: TokenReason;
  readonly transport: "websocket" | "event-stream" | "http-stream" | "refresh";
  /** The client's address. */
  readonly ip: string;
}

/** What a HAIP server tells, by the names of its documentation. */
export interface HaipEvents {
  /** A session has begun. */
  connect: [sessionId: string];
  /** A session has ended. `getSession` still knows it until the last listener is through. */
  disconnect: [sessionId: string];
  "auth.failed": [failure: HaipAuthFailure];
  /** The store of refresh tokens failed, and a client was told 503. */
  "store.failed": [cause: unknown];
}

/** Connections now, and since the start. */
export interface HaipStats {
  readonly activeConnections: number;
  readonly totalConnections: number;
}

/** A session as this folder changes it. */
export class TrackedSession implements HaipSession {
  readonly id = randomUUID();
  readonly credits = new Map<HaipChannel, number>([
    ["USER", 1000],
    ["AGENT", 1000],
    ["SYSTEM", 1000],
  ]);
  connected = true;
  handshakeCompleted = false;
  lastActivity: number;

  user: string | null;
  readonly expires: number | null;
  readonly family: string | null;

  constructor(
    { user, expires, family }: HaipUser,
    readonly clock: Pick<Clock, "now">,
  ) {
    this.user = user;
    this.expires = expires;
    this.family = family;
    this.lastActivity = clock.now();
  }

  get userId(): string | null {
    return this.user;
  }

  touch(): void {
    this.lastActivity = this.clock.now();
  }
}

/** Knows every session that is open. */
export class HaipSessions {
  readonly events = new EventEmitter<HaipEvents>();
  readonly #open = new Map<string, TrackedSession>();
  readonly #ends = new Map<TrackedSession, () => void>();
  #total = 0;

  get(id: string): HaipSession | undefined {
    return this.#open.get(id);
  }

  get stats(): HaipStats {
    return { activeConnections: this.#open.size, totalConnections: this.#total };
  }

  /** Ends every session whose JWT came from a family of refresh tokens that was revoked. */
  endFamily(family: string): void {
    for (const [session, end] of this.#ends) if (session.family === family) end();
  }

  /**
   * Counts a session from now until its line closes.
   *
   * @param end called once when its JWT ends, or its family is revoked: it has to close the line
   */
  track(session: TrackedSession, line: Line, end: () => void): void {
    this.#open.set(session.id, session);
    this.#total++;
    const { expires, clock } = session;
    const finish = () => {
      if (this.#ends.delete(session)) end();
    };
    this.#ends.set(session, finish);
    const callOff = expires === null ? null : callAt(expires, clock, finish);
    line.once("close", () => {
      callOff?.();
      this.#ends.delete(session);
      session.connected = false;
      try {
        this.events.emit("disconnect", session.id);
      } finally {
        this.#open.delete(session.id);
      }
    });
    this.events.emit("connect", session.id);
  }
}
