/** A header precisely as it is to be written. */
export type Header = readonly [name: string, value: string];

/** What is offered and said on a WebSocket. */
export interface SocketTalk {
  /** The subprotocols to offer, in this order. */
  readonly protocols: readonly string[];
  /** Text messages that follow the handshake. */
  readonly say: readonly string[];
  /**
   * Whether nothing more need be heard. Without it nothing is expected, and the WebSocket is only
   * tried for life.
   */
  readonly enough?: (messages: readonly string[]) => boolean;
}

/** What was heard on a WebSocket. */
export interface SocketRecord {
  /** Text messages, and binary ones as text. */
  readonly messages: readonly string[];
  /** The code that it was closed with, 1005 for none, 1006 for hanging up; null while open. */
  readonly close: number | null;
  /** It speaks WebSocket and was there still: a server answers every ping. */
  readonly answersPing: boolean;
}

/** Looks at a connection of ours while it stands, by our own port. Not through a proxy. */
export interface ConnectionWatch {
  /** Before anything is sent. False: nothing is, and the connection is closed. */
  connected(localPort: number): Promise<boolean>;
  /** When the answer has come, or did not come in time, and before the connection is closed. */
  ended(localPort: number): Promise<void>;
}
