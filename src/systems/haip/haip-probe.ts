import {
  judgeConversation,
  judgeHandshake,
  judgeHealth,
  judgeHttp,
  judgeStranger,
  readLayer,
} from "./haip-answers.js";
import { presentJwt } from "./haip-jwt.js";
import { haipProtocol, type HaipRelease, haipRoutes, haipTokenPrefix } from "./haip-wire.js";
import {
  bearer,
  checkTransport,
  get,
  parseObject,
  upgrade,
  withToken,
} from "../contract/probe-judge.js";
import type { Check, ProbePlan, ProbeRequest } from "../contract/probe-plan.js";

const { socket, events, stream } = haipRoutes;

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
  wrongTries: Infinity,
  bearsMarks: (answer) => judgeHealth(answer).fits || judgeStranger(answer).fits,
};

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

function converse(messages: readonly (readonly [type: string, payload: object])[]): ProbeRequest {
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

/** In today's server these let anybody in, as built. The key has no business there. */
function openByDesign(): Check[] {
  return [...handshakes, ...checkProtocols("current")]
    .filter(({ credential }) => credential === "none" || credential === "garbage")
    .map((check) => ({ ...check, expected: "accept", counts: "never" }));
}

/** The old server does not look at them. Of the documentation only the protocol's page has them. */
function checkProtocols(layer: HaipRelease): Check[] {
  return checkTransport({
    id: "websocket-protocols",
    transport: "websocket-protocols",
    route: socket,
    counts: "recognised",
    only: ["garbage", "key"],
    takesKey: layer === "documented",
    present: (key) =>
      upgrade(socket, [], { ...listen, protocols: [haipProtocol, haipTokenPrefix + (key ?? "")] }),
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
