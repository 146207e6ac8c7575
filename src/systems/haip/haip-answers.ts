import { parseObject, unclear } from "../contract/probe-judge.js";
import type { HaipRelease } from "./haip-wire.js";
import type { ProbeResponse, Recognition, ResponseOutcome } from "../contract/probe-plan.js";

const policyViolation = 1008;

/** `/health`, which every layer shows to anybody. */
export function judgeHealth({ status, json }: ProbeResponse): Recognition {
  const isHealth =
    status === 200 &&
    json?.["status"] === "ok" &&
    ["uptime", "activeConnections", "totalConnections"].every(
      (name) => typeof json[name] === "number",
    );
  return { fits: isHealth, version: null, saysOff: false };
}

/** What a WebSocket without a credential gets to hear. */
export function judgeStranger(answer: ProbeResponse): Recognition {
  return { fits: readLayer(answer) !== null, version: null, saysOff: false };
}

/** Which of the three layers says this to a WebSocket without a credential; null for none. */
export function readLayer(answer: ProbeResponse): HaipRelease | null {
  const greeting = readMessages(answer).find(({ type }) => type === "HAI");
  if (greeting !== undefined) {
    const accepted = readPayload(greeting)["accept_events"];
    return Array.isArray(accepted) && accepted.includes("RUN_STARTED") ? "old" : "current";
  }
  if (readErrors(answer).some((code) => documentedErrors.has(code))) return "documented";
  const isOldRefusal = answer.status === 401 && answer.json?.["error"] === "Invalid token";
  return answer.socket?.close === policyViolation || isOldRefusal ? "old" : null;
}

/** A `PONG` alone is acceptance; UNAUTHORIZED comes from a host program's own permissions. */
export function judgeConversation(answer: ProbeResponse): ResponseOutcome {
  if (answer.socket === null) return judgeHttp(answer);
  const errors = readErrors(answer);
  if (readMessages(answer).some(({ type }) => type === "PONG")) {
    return { observed: "accept", detail: "PONG", fits: true };
  }
  const refusal = errors.find((code) => code === "FAILED_AUTH" || code === "NOT HAI");
  if (refusal !== undefined) return { observed: "refuse", detail: refusal, fits: true };
  if (errors.includes("UNAUTHORIZED")) {
    const detail = "it takes the HAI, and refuses the PING";
    return { observed: "unclear", doubt: "odd", detail, fits: false };
  }
  const { close } = answer.socket;
  if (close !== null) {
    const detail = `closed with ${close}`;
    return close === policyViolation
      ? { observed: "refuse", detail, fits: true }
      : { observed: "unclear", doubt: "odd", detail, fits: false };
  }
  return { observed: "unclear", doubt: "silent", detail: "no PONG", fits: false };
}

/** A handshake that is let in is greeted; the old server grants it first, and hangs up on it. */
export function judgeHandshake(answer: ProbeResponse): ResponseOutcome {
  if (answer.socket === null) return judgeHttp(answer);
  const { close } = answer.socket;
  if (readMessages(answer).some(({ type }) => type === "HAI")) {
    return { observed: "accept", detail: "101, and its greeting", fits: true };
  }
  if (close === policyViolation || readErrors(answer).length > 0) {
    return { observed: "refuse", detail: "101, then refused", fits: true };
  }
  return close === null
    ? { observed: "unclear", doubt: "silent", detail: "101, then nothing", fits: false }
    : { observed: "unclear", doubt: "odd", detail: `101, then closed with ${close}`, fits: false };
}

/** A route that streams greets whom it lets in. */
export function judgeHttp(answer: ProbeResponse): ResponseOutcome {
  const { status, json } = answer;
  const errors = readErrors(answer);
  if (status === 401) {
    const fits = errors.length > 0 || json?.["error"] === "Invalid token";
    return { observed: "refuse", detail: fits ? "401" : "401, in other words than HAIP's", fits };
  }
  if (status !== 200) return unclear(answer);
  if (readMessages(answer).some(({ type }) => type === "HAI")) {
    return { observed: "accept", detail: "200, and its greeting", fits: true };
  }
  if (errors.length > 0) return { observed: "refuse", detail: "200, then refused", fits: true };
  if (answer.body !== "") return unclear(answer);
  return { observed: "unclear", doubt: "silent", detail: "200, then nothing", fits: false };
}

const documentedErrors = new Set(["MISSING_TOKEN", "INVALID_TOKEN", "TOKEN_EXPIRED"]);

/** Whatever HAIP says, on a WebSocket or in the events and lines of a body. */
function readMessages({ socket, body }: ProbeResponse): Readonly<Record<string, unknown>>[] {
  const texts = socket?.messages ?? [
    body,
    ...body.split(/\r?\n/).map((line) => line.replace(/^data: ?/, "")),
  ];
  return texts.map(parseObject).filter((message) => message !== null);
}

function readErrors(answer: ProbeResponse): string[] {
  return readMessages(answer)
    .filter(({ type }) => type === "ERROR")
    .map((message) => String(readPayload(message)["code"]));
}

function readPayload({ payload }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return typeof payload === "object" && payload !== null ? { ...payload } : {};
}
