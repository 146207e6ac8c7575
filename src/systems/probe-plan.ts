/** What a check presents: nothing, a made-up key, the key, or one of each in two places. */
export type Credential = "none" | "garbage" | "key" | "mixed";

/** How a credential travels. Plain requests show what a WebSocket's handshake would answer, too. */
export type Transport = "header" | "query" | "header+query" | "websocket-query";

/** What the server did with a credential. */
export type Observed = "accept" | "refuse" | "unclear";

/** A header precisely as it is to be written. */
export type Header = readonly [name: string, value: string];

/** An HTTP request, ready to be sent. */
export interface Question {
  readonly method: "GET";
  /** Path and query in percent-encoding, below the path of the server's address. */
  readonly path: string;
  readonly headers: readonly Header[];
}

/** What came back, as far as it is judged. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Capped: see `truncated`. */
  readonly body: string;
  readonly truncated: boolean;
  /** The body as JSON, when it is an object; else null. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

/**
 * Why it cannot be told what the server did with a credential.
 *
 * - `redirect` it points somewhere else, `web-page` it answers with HTML
 * - `absent` there is no such route
 * - `busy` 429 or 5xx
 * - `odd` anything else that this system does not say
 */
export type Doubt = "redirect" | "web-page" | "absent" | "busy" | "odd";

/** An answer, judged. */
export interface Judgement {
  readonly observed: Observed;
  /** What was seen, in our words: never the server's, which may repeat a key. */
  readonly detail: string;
  /** Only where nothing clear was observed. */
  readonly doubt?: Doubt;
  /** False where the answer is not in the words of this system. */
  readonly fits: boolean;
  /** The server says itself that it asks for no key. */
  readonly saysOff?: boolean;
}

interface CheckBase {
  readonly id: string;
  readonly transport: Transport;
  /** The path that is asked, without a credential. */
  readonly route: string;
  readonly expected: "accept" | "refuse";
  /**
   * When being let in without the key makes the verdict `open`: `always`, also by a server that is
   * not recognised; only when it is `recognised`; or `never`, a matter for the findings.
   */
  readonly counts: "always" | "recognised" | "never";
  judge(answer: Answer): Judgement;
}

/** A check that is harmless to any server. By its type it cannot get hold of the key. */
export interface KeylessCheck extends CheckBase {
  readonly credential: "none" | "garbage";
  ask(garbage: string): Question;
}

/** A check that presents the key: sent only to a server that was recognised. */
export interface KeyCheck extends CheckBase {
  readonly credential: "key" | "mixed";
  /** The key stands in a URL that the server writes to its log. */
  readonly logged?: boolean;
  ask(key: string, garbage: string): Question;
}

/** One thing that is asked of the server. */
export type Check = KeylessCheck | KeyCheck;

/** Who answered, by a request that carries no credential. */
export interface Identity {
  readonly fits: boolean;
  /** The server's own version, when it tells. */
  readonly version: string | null;
  /** The server says itself that it asks for no key. */
  readonly saysOff: boolean;
}

/** What the prober asks a system, and how it judges the answers. */
export interface ProbePlan {
  /** Asked first; it carries no credential. */
  readonly identify: { readonly question: Question; judge(answer: Answer): Identity };
  readonly checks: readonly Check[];
  /** Whether an answer to whatever request bears the marks of this system. */
  bearsMarks(answer: Answer): boolean;
}
