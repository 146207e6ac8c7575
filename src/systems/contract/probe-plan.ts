import type { Finding, RawFinding } from "../../core/finding.js";
import type { Header, SocketRecord, SocketTalk } from "../../net/message.js";

/** What a check presents: nothing, a made-up key, the key, or one of each in two places. */
export type Credential = "none" | "garbage" | "key" | "mixed";

/**
 * How a credential travels.
 *
 * - `header`, `query` of a plain request; `header+query` one in each
 * - `websocket-query`, `websocket-header`, `websocket-protocols` of a WebSocket's handshake;
 *   `websocket-header+protocols` one in each
 * - `websocket-message` on the open WebSocket
 * - `event-stream` the query of a stream of events, `http-stream` the header of a POST that streams
 */
export type ProbeTransport =
  | "header"
  | "query"
  | "header+query"
  | "websocket-query"
  | "websocket-header"
  | "websocket-header+query"
  | "websocket-protocols"
  | "websocket-header+protocols"
  | "websocket-message"
  | "event-stream"
  | "http-stream";

/** What the server did with a credential. */
export type Observed = "accept" | "refuse" | "unclear";

/** A request, ready to be sent. */
export interface ProbeRequest {
  readonly method: "GET" | "POST" | "OPTIONS";
  /** Path and query in percent-encoding, below the path of the server's address. */
  readonly path: string;
  /** A `Host` among them takes the place of the address's own. */
  readonly headers: readonly Header[];
  /** The answer is a stream: it is read until this holds of what came, or nothing more comes. */
  readonly enough?: (body: string) => boolean;
  /** Ask for a WebSocket, and talk on it. */
  readonly socket?: SocketTalk;
}

/** What came back, as far as it is judged. */
export interface ProbeResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Capped: see `truncated`. */
  readonly body: string;
  readonly truncated: boolean;
  /** The body as JSON, when it is an object; else null. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** What was heard on the WebSocket; null where none was granted. */
  readonly socket: SocketRecord | null;
}

/**
 * Why it cannot be told what the server did with a credential.
 *
 * - `redirect` it points somewhere else, `web-page` it answers with HTML
 * - `absent` there is no such route
 * - `busy` 429 or 5xx
 * - `other-login` it asks for a login of another kind than this system's, as a proxy before it does
 * - `silent` it granted a connection, and then nothing came
 * - `odd` anything else that this system does not say
 */
export type UnclearReason =
  "redirect" | "web-page" | "absent" | "busy" | "other-login" | "silent" | "odd";

/** An answer, judged. */
export interface ResponseOutcome {
  readonly observed: Observed;
  /** What was seen, in our words: never the server's, which may repeat a key. */
  readonly detail: string;
  /** Only where nothing clear was observed. */
  readonly doubt?: UnclearReason;
  /** False where the answer is not in the words of this system. */
  readonly fits: boolean;
  /** The server says itself that it asks for no key. */
  readonly saysOff?: boolean;
}

/** What every check has. */
export interface CheckBase {
  readonly id: string;
  readonly transport: ProbeTransport;
  /** The path that is asked, without a credential. */
  readonly route: string;
  readonly expected: "accept" | "refuse";
  /**
   * When being let in without the key makes the verdict `open`: `always`, also by a server that is
   * not recognised; only when it is `recognised`; or `never`, a matter for the findings.
   */
  readonly counts: "always" | "recognised" | "never";
  judge(answer: ProbeResponse): ResponseOutcome;
}

/** A check that is harmless to any server. By its type it cannot get hold of the key. */
export interface KeylessCheck extends CheckBase {
  readonly credential: "none" | "garbage";
  ask(garbage: string): ProbeRequest;
}

/** A check that presents the key: sent only to a server that was recognised. */
export interface KeyCheck extends CheckBase {
  readonly credential: "key" | "mixed";
  /** The key stands in a URL that the server writes to its log. */
  readonly logged?: boolean;
  ask(key: string, garbage: string): ProbeRequest;
}

/** One thing that is asked of the server. */
export type Check = KeylessCheck | KeyCheck;

/** Who answered, by a request that carries no credential. */
export interface Recognition {
  readonly fits: boolean;
  /** The server's own version, when it tells. */
  readonly version: string | null;
  /** The server says itself that it asks for no key. */
  readonly saysOff: boolean;
}

/** A question without a credential, and what its answer tells of who answers. */
export interface IdentifyRequest {
  readonly question: ProbeRequest;
  judge(answer: ProbeResponse): Recognition;
}

/** A question without a credential, and what its answer tells of the server's generation. */
export interface ReleaseHint {
  readonly question: ProbeRequest;
  /**
   * Null where it tells nothing.
   *
   * @param first the answer that the server was recognised by
   */
  read(answer: ProbeResponse, first: ProbeResponse): string | null;
}

/** What is known of a key. */
export interface KeyOrigin {
  /** The caller brought it, rather than that it was found where the server reads it. */
  readonly isGiven: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long what is made of it lives by the server's settings; null where they are not known. */
  readonly lifetime: Lifetime | null;
}

/** A setting for how long JWTs live. */
export interface Lifetime {
  /** As it is written, `24h`. */
  readonly text: string;
  /** Nobody has set it. */
  readonly isDefault: boolean;
}

/** What is presented to a server, where that is not the key itself. */
export interface ProbeCredentials {
  readonly key: string | null;
  readonly garbage: string;
  /** What is to be said of the key. */
  readonly findings: readonly RawFinding[];
}

/** What the prober asks a system, and how it judges the answers. */
export interface ProbePlan {
  /** Asked first, one after the other until an answer fits; they carry no credential. */
  readonly identify: readonly [IdentifyRequest, ...IdentifyRequest[]];
  /** Asked of a server that was recognised; the first that tells its generation counts. */
  readonly clues?: readonly ReleaseHint[];
  /** The first is on the route that this system protects in any case. */
  checks(generation: string | null): readonly Check[];
  /**
   * How the key is presented, for a server of which nobody knows whether it takes keys in this form:
   * a refusal is one of the key only where the server shows that it has read it.
   */
  readonly guess?: string;
  /**
   * How many wrong tries the system bears between two right ones, `Infinity` where it counts none.
   * Absent where that is not known.
   */
  readonly wrongTries?: number;
  /** What is built into a generation, beside what the checks find. */
  remarks?(generation: string | null): readonly Finding[];
  /** A route with the documentation of the server's interface, and whether it is shown. */
  readonly documentation?: {
    readonly question: ProbeRequest;
    isShown(answer: ProbeResponse): boolean;
  };
  /**
   * Makes what is presented out of the key; absent where the key itself is.
   *
   * @throws KeywardError `key-refused` for a key that nothing can be made of
   */
  present?(key: string | null, about: KeyOrigin): ProbeCredentials;
  /** Whether an answer to whatever request bears the marks of this system. */
  bearsMarks(answer: ProbeResponse): boolean;
}
