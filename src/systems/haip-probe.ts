import { presentJwt } from "./haip-jwt.js";
import {
  bearer,
  checkTransport,
  get,
  parseObject,
  unclear,
  upgrade,
  withToken,
} from "./probe-judge.js";
import type { Answer, Check, Identity, Judgement, ProbePlan, Question } from "./probe-plan.js";

/**
 * The three layers of truth about HAIP.
 *
 * - `documented` the credential in the handshake, refused with a code in JSON
 * - `old` the server before 11 August 2025: the same, refused with few words, the signature unseen
 * - `current` the first message on the WebSocket, judged by the host program; HTTP asks for nothing
 */
export type HaipLayer = "documented" | "old" | "current";

const socket = "/haip/websocket";
const events = "/haip/sse";
const stream = "/haip/stream";

const isAnything = (messages: readonly string[]) => messages.length > 0;

/** What HAIP is asked: its key is a secret that never leaves, so that a JWT goes in its place. */
export const haipProbe: ProbePlan = {
  identify: [
    { question: get("/health"), judge: judgeHealth },
    { question: upgrade(socket, [], { enough: isAnything }), judge: judgeStranger },
  ],
  clues: [{ question: upgrade(socket, [], { enough: isAnything }), read: readLayer }],
  checks(generation) {
    return generation === "old" || generation === "documented"
      ? [...handshakes, ...checkProtocols(generation)]
      : [...messageChecks, ...openByDesign()];
  },
  remarks: describeLayer,
  present: presentJwt,
  bearsMarks: (answer) => judgeHealth(answer).fits || judgeStranger(answer).fits,
};

function judgeHealth({ status, json }: Answer): Identity {
  const isHealth =
    status === 200 &&
    json?.["status"] === "ok" &&
    ["uptime", "activeConnections", "totalConnections"].every(
      (name) => typeof json[name] === "number",
    );
  return { fits: isHealth, version: null, saysOff: false };
}

/** What a WebSocket without a credential gets to hear. */
function judgeStranger(answer: Answer): Identity {
  return { fits: readLayer(answer) !== null, version: null, saysOff: false };
}

function readLayer(answer: Answer): HaipLayer | null {
  const greeting = readMessages(answer).find(({ type }) => type === "HAI");
  if (greeting !== undefined) {
    const accepted = readPayload(greeting)["accept_events"];
    return Array.isArray(accepted) && accepted.includes("RUN_STARTED") ? "old" : "current";
  }
  if (readErrors(answer).some((code) => documentedErrors.has(code))) return "documented";
  const isOldRefusal = answer.status === 401 && answer.json?.["error"] === "Invalid token";
  return answer.socket?.close === 1008 || isOldRefusal ? "old" : null;
}

/** The first message, which is all that today's server protects: a `PONG` alone is acceptance. */
const messageChecks: readonly Check[] = [
  {
    id: "message-first",
    transport: "websocket-message",
    route: socket,
    credential: "none",
    expected: "refuse",
    counts: "always",
    ask: () => converse([["PING", {}]]),
    judge: judgeConversation,
  },
  ...checkTransport({
    id: "message",
    transport: "websocket-message",
    route: socket,
    counts: "always",
    present(token) {
      const auth = token === null ? {} : { auth: { token } };
      return converse([
        ["HAI", { ...hello, ...auth }],
        ["PING", {}],
      ]);
    },
    judge: judgeConversation,
  }),
];

const hello = { haip_version: "1.1.2", accept_major: [1], accept_events: ["HAI", "PING", "PONG"] };

function converse(messages: readonly (readonly [type: string, payload: object])[]): Question {
  const say = messages.map(([type, payload], index) =>
    JSON.stringify({
      id: `keyward-${index + 1}`,
      session: "keyward",
      seq: String(index + 1),
      ts: "0",
      channel: "SYSTEM",
      type,
      payload,
      transaction: "null",
    }),
  );
  return upgrade(socket, [], { say, enough: isDecided });
}

function isDecided(messages: readonly string[]): boolean {
  return messages.some((text) => ["PONG", "ERROR"].includes(String(parseObject(text)?.["type"])));
}

function judgeConversation(answer: Answer): Judgement {
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
    return close === 1008
      ? { observed: "refuse", detail, fits: true }
      : { observed: "unclear", doubt: "odd", detail, fits: false };
  }
  return { observed: "unclear", doubt: "silent", detail: "no PONG", fits: false };
}

/** In today's server these let anybody in, as built. The key has no business there. */
function openByDesign(): Check[] {
  return [...handshakes, ...checkProtocols("current")]
    .filter(({ credential }) => credential === "none" || credential === "garbage")
    .map((check) => ({ ...check, expected: "accept", counts: "never" }));
}

/** The old server does not look at them. Of the documentation only the protocol's page has them. */
function checkProtocols(layer: HaipLayer): Check[] {
  return checkTransport({
    id: "websocket-protocols",
    transport: "websocket-protocols",
    route: socket,
    counts: "recognised",
    only: ["garbage", "key"],
    takesKey: layer === "documented",
    present: (key) => upgrade(socket, [], { ...listen, protocols: ["haip", `token.${key ?? ""}`] }),
    judge: judgeHandshake,
  }).map((check): Check => (check.credential === "key" ? { ...check, counts: "never" } : check));
}

const handshakes: readonly Check[] = [
  ...checkTransport({
    id: "websocket",
    transport: "websocket-query",
    route: socket,
    counts: "recognised",
    present: (key) => upgrade(key === null ? socket : withToken(socket, key), [], listen),
    judge: judgeHandshake,
  }),
  ...checkTransport({
    id: "event-stream",
    transport: "event-stream",
    route: events,
    counts: "recognised",
    // Its access log writes the whole address.
    logged: true,
    present: (key) => ({
      ...get(key === null ? events : withToken(events, key)),
      enough: (body) => /\r?\n\r?\n/.test(body),
    }),
    judge: judgeHttp,
  }),
  ...checkTransport({
    id: "http-stream",
    transport: "http-stream",
    route: stream,
    counts: "recognised",
    present: (key) => ({
      ...get(stream, key === null ? [] : [bearer(key)]),
      method: "POST",
      enough: (body) => body.includes("\n"),
    }),
    judge: judgeHttp,
  }),
];

const listen = { enough: isAnything };

function judgeHandshake(answer: Answer): Judgement {
  if (answer.socket === null) return judgeHttp(answer);
  const { close } = answer.socket;
  if (readMessages(answer).some(({ type }) => type === "HAI")) {
    return { observed: "accept", detail: "101, and its greeting", fits: true };
  }
  if (close === 1008 || readErrors(answer).length > 0) {
    return { observed: "refuse", detail: "101, then refused", fits: true };
  }
  return close === null
    ? { observed: "unclear", doubt: "silent", detail: "101, then nothing", fits: false }
    : { observed: "unclear", doubt: "odd", detail: `101, then closed with ${close}`, fits: false };
}

function judgeHttp(answer: Answer): Judgement {
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
function readMessages({ socket, body }: Answer): Readonly<Record<string, unknown>>[] {
  const texts = socket?.messages ?? [
    body,
    ...body.split(/\r?\n/).map((line) => line.replace(/^data: ?/, "")),
  ];
  return texts.map(parseObject).filter((message) => message !== null);
}

function readErrors(answer: Answer): string[] {
  return readMessages(answer)
    .filter(({ type }) => type === "ERROR")
    .map((message) => String(readPayload(message)["code"]));
}

function readPayload({ payload }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return typeof payload === "object" && payload !== null ? { ...payload } : {};
}

function describeLayer(generation: string | null) {
  switch (generation) {
    case "documented":
      return [
        {
          id: "haip-layer",
          severity: "info",
          message: "this HAIP authenticates as its documentation says, with a JWT in the handshake",
          fix: null,
        },
      ] as const;
    case "old":
      return [
        {
          id: "haip-layer",
          severity: "error",
          message:
            "this is HAIP from before August 2025, which does not look at the signature: any JWT with a userId and a later exp gets in",
          fix: "update the server",
        },
      ] as const;
    default:
      return [
        {
          id: "haip-layer",
          severity: "info",
          message:
            "this is HAIP of today: the host program judges the first WebSocket message; the HTTP authentication of the documentation is absent, and its HTTP routes answer anybody",
          fix: "let a proxy ask for a credential on /haip/sse, /haip/stream and /stats",
        },
      ] as const;
  }
}
