import { readChallenge } from "../systems/contract/other-login.js";
import { isWebPage, unclear } from "../systems/contract/probe-judge.js";
import type {
  ProbeResponse,
  Check,
  ResponseOutcome,
  ProbeRequest,
} from "../systems/contract/probe-plan.js";
import { ask } from "./exchange.js";
import type { ProbeSession } from "./session.js";
import { ProbeFailure } from "../net/failure.js";
import { holdsSecret } from "../net/redact.js";
import type { CheckResult } from "./report.js";

/** What a check is asked with. */
export interface Presentation {
  readonly question: ProbeRequest;
  /** The credentials that stand in the question, to notice one that comes back. */
  readonly secrets: readonly string[];
  /** The address that was recognised: nothing else may get a key. */
  readonly address: string;
  /** Milliseconds in which a WebSocket that was granted may still be taken back. */
  readonly graceMs?: number;
  /** Whether to ask again a server that is busy or silent. */
  readonly retries: boolean;
}

/** Asks what a check asks, and judges the answer. */
export async function runCheck(
  conversation: ProbeSession,
  check: Check,
  { question, secrets, address, graceMs, retries }: Presentation,
): Promise<CheckResult> {
  const { id, transport, route, credential, expected, counts } = check;
  const about = { id, transport, route, credential, expected, counts };
  try {
    const allowance = { retries, ...(graceMs !== undefined && { graceMs }) };
    const { answer } = await ask(conversation, question, address, allowance);
    return gatherEvidence(check, question, answer, secrets);
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    const { code, message } = failure;
    return {
      ...about,
      observed: "unclear",
      detail: message,
      ok: false,
      doubt: code,
      fits: false,
      saysOff: false,
      echoes: false,
      logged: isLogged(check),
      opened: false,
      protocol: null,
      asks: null,
      wording: "",
    };
  }
}

/** Judges an answer to a check's question, or to one that should be answered as that is. */
export function gatherEvidence(
  check: Check,
  question: ProbeRequest,
  answer: ProbeResponse,
  secrets: readonly string[],
): CheckResult {
  const { id, transport, route, credential, expected, counts } = check;
  const judged = countUnclear(check, answer, doubtOtherLogin(answer, check.judge(answer)));
  const { observed, detail, doubt = null, fits, saysOff = false } = judged;
  return {
    id,
    transport,
    route,
    credential,
    expected,
    counts,
    observed,
    detail,
    ok: observed === expected,
    doubt,
    fits,
    saysOff,
    echoes: credential !== "none" && secrets.some((secret) => repeats(answer, secret)),
    logged: isLogged(check),
    opened: answer.socket !== null,
    protocol: readProtocol(question, answer),
    asks: readChallenge(answer),
    wording: readWording(answer, secrets),
  };
}

function isLogged(check: Check): boolean {
  return "logged" in check && check.logged === true;
}

/**
 * UnclearReason counts against the server: a success that is given to nothing or to garbage is being let
 * in, whatever the words. For the key, only the system's own words are an acceptance.
 */
function countUnclear(
  check: Check,
  answer: ProbeResponse,
  judged: ResponseOutcome,
): ResponseOutcome {
  const isKeyless = check.credential === "none" || check.credential === "garbage";
  const isSuccess = answer.status >= 200 && answer.status < 300 && !isWebPage(answer);
  // Of a stream in which nothing comes nobody knows whether it would have.
  const isVague = judged.observed === "unclear" && judged.doubt !== "silent";
  if (!isKeyless || !isVague || !isSuccess) return judged;
  return { observed: "accept", detail: judged.detail, fits: false };
}

/** Who asks for another kind of login is a proxy, perhaps, and has refused none of our keys. */
function doubtOtherLogin(answer: ProbeResponse, judged: ResponseOutcome): ResponseOutcome {
  const isForeign = judged.observed === "refuse" && !judged.fits;
  return isForeign && readChallenge(answer) !== null ? unclear(answer) : judged;
}

/** The words of an answer, without what is another each time: numbers, times, ids, the credential. */
function readWording({ status, headers, body }: ProbeResponse, secrets: readonly string[]): string {
  const words = `${headers["www-authenticate"] ?? ""}\n${body}`;
  const plain = secrets.reduce((text, secret) => text.replaceAll(secret, ""), words);
  return `${status} ${plain.replaceAll(/[\w.:+-]*\d[\w.:+-]*/g, "")}`;
}

function repeats({ body, headers, socket }: ProbeResponse, secret: string): boolean {
  const texts = [body, ...Object.values(headers), ...(socket?.messages ?? [])];
  return texts.some((text) => holdsSecret(text, secret));
}

/** Which of the offered subprotocols was selected; the one with the credential is never the first. */
function readProtocol({ socket }: ProbeRequest, answer: ProbeResponse): CheckResult["protocol"] {
  if (answer.socket === null || socket === undefined || socket.protocols.length === 0) return null;
  const selected = answer.headers["sec-websocket-protocol"];
  if (selected === undefined) return "none";
  return selected === socket.protocols[0] ? "marker" : "credential";
}
