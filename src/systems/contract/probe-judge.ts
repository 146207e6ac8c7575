import type {
  ProbeResponse,
  Check,
  Credential,
  UnclearReason,
  ResponseOutcome,
  KeyCheck,
  KeylessCheck,
  ProbeRequest,
} from "./probe-plan.js";
import type { Header, SocketTalk } from "../../net/message.js";
import { readChallenge } from "./other-login.js";

/** A GET that says it takes anything, as every client that people use does, but nothing compressed. */
export function get(path: string, headers: readonly Header[] = []): ProbeRequest {
  return { method: "GET", path, headers: [...takesAnything, ...headers] };
}

/** Without the second, a proxy may compress the answer, and nobody here could read it. */
const takesAnything: readonly Header[] = [
  ["Accept", "*/*"],
  ["Accept-Encoding", "identity"],
];

/** The handshake of a WebSocket, with no more than what is written here, and no extension. */
export function upgrade(
  path: string,
  headers: readonly Header[] = [],
  talk: Partial<SocketTalk> = {},
): ProbeRequest {
  return { method: "GET", path, headers, socket: { protocols: [], say: [], ...talk } };
}

/** A path with a token in its query. */
export function withToken(path: string, token: string): string {
  return `${path}?token=${encodeURIComponent(token)}`;
}

/** The header that carries a key, with the one blank that all servers take. */
export function bearer(key: string): Header {
  return ["Authorization", `Bearer ${key}`];
}

/** Whether the answer is a web page, by its type or by how it begins. */
export function isWebPage(answer: ProbeResponse): boolean {
  const type = answer.headers["content-type"] ?? "";
  return (
    /^(?:text\/html|application\/xhtml)/i.test(type) ||
    /^\s*<(?:!doctype html|html)/i.test(answer.body)
  );
}

const policyViolation = 1008;

/**
 * Judges a WebSocket that was granted where silence is success: one that is closed again lets nobody
 * in, and one that answers no ping is no proof. Null where none was granted.
 */
export function judgeOpenSocket({ socket }: ProbeResponse): ResponseOutcome | null {
  if (socket === null) return null;
  const { close, answersPing, messages } = socket;
  if (close === policyViolation) {
    return { observed: "refuse", detail: `101, then closed with ${close}`, fits: true };
  }
  if (close !== null) {
    const detail = `101, then closed with ${close}`;
    return { observed: "unclear", doubt: "odd", detail, fits: false };
  }
  if (answersPing || messages.length > 0) {
    return { observed: "accept", detail: "101, and it stays open", fits: true };
  }
  return { observed: "unclear", doubt: "silent", detail: "101, then nothing", fits: false };
}

/** An answer that neither lets in nor refuses, and why. */
export function unclear(answer: ProbeResponse): ResponseOutcome {
  const doubt = findUnclearReason(answer);
  return { observed: "unclear", doubt, detail: describeAnswer(answer), fits: false };
}

/** What was answered, in our own words. */
export function describeAnswer(answer: ProbeResponse): string {
  return `${answer.status}, ${describeUnclear(findUnclearReason(answer), answer)}`;
}

function describeUnclear(doubt: UnclearReason, answer: ProbeResponse): string {
  const { status } = answer;
  if (doubt === "busy") return status === 429 ? "too many requests" : "a failure of the server";
  if (doubt === "odd") return describeBody(answer);
  if (doubt === "other-login") return `which ${readChallenge(answer)}`;
  return {
    redirect: "a redirect",
    "web-page": "a web page",
    absent: "no such route",
    silent: "then nothing",
  }[doubt];
}

function describeBody({ body, truncated }: ProbeResponse): string {
  if (truncated) return "too long to be read";
  if (body === "") return "without a body";
  return parseJson(body) === undefined ? "not JSON" : "JSON of another form";
}

/** What an answer that is not in the system's words may mean. */
export function findUnclearReason(answer: ProbeResponse): UnclearReason {
  const { status } = answer;
  if (status >= 300 && status < 400) return "redirect";
  if (status === 429 || status >= 500) return "busy";
  if (readChallenge(answer) !== null) return "other-login";
  if (isWebPage(answer)) return "web-page";
  return status === 404 || status === 405 || status === 426 ? "absent" : "odd";
}

type Transported = Pick<Check, "transport" | "route" | "counts" | "judge"> & {
  readonly id: string;
  /** Writes the request; null for one without a credential. */
  readonly present: (credential: string | null) => ProbeRequest;
  readonly logged?: boolean;
  /** Whether the key is expected to be accepted here; without it, it is. */
  readonly takesKey?: boolean;
  /** Which of the three to make; all of them by default. */
  readonly only?: readonly Credential[];
};

/** The three checks of every transport: nothing, garbage and the key. */
export function checkTransport(options: Transported): Check[] {
  const { id, present, logged = false, takesKey = true, only, ...base } = options;
  const none: KeylessCheck = {
    ...base,
    id: `${id}-none`,
    credential: "none",
    expected: "refuse",
    ask: () => present(null),
  };
  const garbage: KeylessCheck = {
    ...base,
    id: `${id}-garbage`,
    credential: "garbage",
    expected: "refuse",
    ask: (made) => present(made),
  };
  const key: KeyCheck = {
    ...base,
    id: `${id}-key`,
    credential: "key",
    expected: takesKey ? "accept" : "refuse",
    logged,
    ask: (real) => present(real),
  };
  return [none, garbage, key].filter(
    ({ credential }) => only === undefined || only.includes(credential),
  );
}

/** A check with the key in one place and garbage in another. */
export function checkMixed(options: Omit<KeyCheck, "credential" | "counts">): KeyCheck {
  return { ...options, credential: "mixed", counts: "never" };
}

/** The value that a text in JSON is, which may be null; undefined for a text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The object that a text in JSON is; null for anything else. */
export function parseObject(text: string): ProbeResponse["json"] {
  const value = parseJson(text);
  return isRecord(value) ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
