import {
  bearer,
  checkMixed,
  checkTransport,
  get,
  judgeOpenSocket,
  unclear,
  upgrade,
  withToken,
} from "../contract/probe-judge.js";
import { keyProtocolPrefix, type OpenJarvisRelease, protocolMarker } from "./openjarvis-wire.js";
import type {
  ProbeResponse,
  Check,
  Recognition,
  ResponseOutcome,
  ProbePlan,
  ProbeRequest,
} from "../contract/probe-plan.js";

const info = "/v1/info";
const metrics = "/metrics";
const chat = "/v1/chat/stream";
const events = "/v1/agents/events";

/**
 * What OpenJarvis is asked: `/v1/info`, which is cheap and works while the model backend is down.
 * A build with the web interface answers 200 `text/html` to unknown paths, so that the body decides.
 */
export const openjarvisProbe: ProbePlan = {
  identify: [{ question: get(info), judge: judgeIdentity }],
  clues: [
    { question: get(metrics), read: readMetrics },
    {
      question: {
        method: "OPTIONS",
        path: info,
        headers: [
          ["Origin", "https://keyward.invalid"],
          ["Access-Control-Request-Method", "GET"],
        ],
      },
      read: readPreflight,
    },
  ],
  checks: (generation) => [...httpChecks, ...checkSockets(generation)],
  documentation: {
    question: get("/openapi.json"),
    isShown: ({ status, json }) => status === 200 && typeof json?.["openapi"] === "string",
  },
  wrongTries: Infinity,
  bearsMarks,
};

const httpChecks: readonly Check[] = [
  ...checkTransport({
    id: "header",
    transport: "header",
    route: info,
    counts: "always",
    present: (key) => get(info, key === null ? [] : [bearer(key)]),
    judge: judgeInfo,
  }),
  ...checkTransport({
    id: "query",
    transport: "query",
    route: info,
    counts: "always",
    takesKey: false,
    // Its access log writes the whole address.
    logged: true,
    present: (key) => get(withToken(info, key ?? "")),
    judge: judgeInfo,
  }),
  // Before v1.0.3 it was open: that is a finding, since such a server protects nothing there.
  ...checkTransport({
    id: "metrics",
    transport: "header",
    route: metrics,
    counts: "never",
    present: (key) => get(metrics, key === null ? [] : [bearer(key)]),
    judge: judgeMetrics,
  }),
];

/** v1.0.3 took a query token on the WebSocket and no subprotocols; before it, the WebSocket took anybody. */
function checkSockets(generation: string | null): Check[] {
  const isOld = generation === "1.0.3" || generation === "1.0.2";
  const base = { route: chat, counts: "recognised", judge: judgeSocket } as const;
  return [
    ...checkTransport({
      ...base,
      id: "websocket-header",
      transport: "websocket-header",
      present: (key) => upgrade(chat, key === null ? [] : [bearer(key)]),
    }),
    ...checkTransport({
      ...base,
      id: "websocket-protocols",
      transport: "websocket-protocols",
      only: ["garbage", "key"],
      takesKey: !isOld,
      present: (key) => upgrade(chat, [], { protocols: offer(key ?? "") }),
    }),
    ...checkTransport({
      ...base,
      id: "websocket-query",
      transport: "websocket-query",
      only: ["garbage", "key"],
      takesKey: isOld,
      logged: true,
      present: (key) => upgrade(withToken(chat, key ?? "")),
    }),
    ...(isOld ? [queryWins] : eitherIsValid),
    // Whether it is there depends on the build, so that a refused key would prove nothing.
    ...checkTransport({
      ...base,
      id: "events",
      transport: "websocket-header",
      route: events,
      only: ["none", "garbage"],
      present: (key) => upgrade(events, key === null ? [] : [bearer(key)]),
    }),
  ];
}

const queryWins = checkMixed({
  id: "websocket-query-wins",
  transport: "websocket-header+query",
  route: chat,
  expected: "refuse",
  ask: (key, garbage) => upgrade(withToken(chat, garbage), [bearer(key)]),
  judge: judgeSocket,
});

const eitherIsValid = [
  checkMixed({
    id: "websocket-header-valid",
    transport: "websocket-header+protocols",
    route: chat,
    expected: "accept",
    ask: (key, garbage) => offerBoth(key, garbage),
    judge: judgeSocket,
  }),
  checkMixed({
    id: "websocket-protocols-valid",
    transport: "websocket-header+protocols",
    route: chat,
    expected: "accept",
    ask: (key, garbage) => offerBoth(garbage, key),
    judge: judgeSocket,
  }),
];

function offerBoth(header: string, protocol: string): ProbeRequest {
  return upgrade(chat, [bearer(header)], { protocols: offer(protocol) });
}

function offer(key: string): string[] {
  return [protocolMarker, keyProtocolPrefix + Buffer.from(key).toString("base64url")];
}

function readMetrics(answer: ProbeResponse, first: ProbeResponse): OpenJarvisRelease | null {
  // Where nothing is protected, open metrics tell nothing.
  return first.status === 401 && isMetrics(answer) ? "1.0.2" : null;
}

/** Until v1.0.3 a browser's preflight was asked for the key. */
function readPreflight(answer: ProbeResponse, first: ProbeResponse): OpenJarvisRelease | null {
  if (first.status !== 401) return null;
  if (answer.status === 401) return "1.0.3";
  return answer.status === 200 || answer.status === 400 ? "current" : null;
}

function isInfo({ status, json }: ProbeResponse): boolean {
  return status === 200 && json !== null && "model" in json && "engine" in json && "agent" in json;
}

function judgeIdentity(answer: ProbeResponse): Recognition {
  // No answer tells the release: the version in /openapi.json has been 0.1.0 since the first one.
  return { fits: bearsMarks(answer), version: null, saysOff: false };
}

function judgeInfo(answer: ProbeResponse): ResponseOutcome {
  if (isInfo(answer))
    return { observed: "accept", detail: "200, the server's details", fits: true };
  return judgeRefusal(answer);
}

function judgeMetrics(answer: ProbeResponse): ResponseOutcome {
  if (isMetrics(answer)) {
    return { observed: "accept", detail: "200, the metrics", fits: true };
  }
  return judgeRefusal(answer);
}

function isMetrics({ status, headers }: ProbeResponse): boolean {
  return status === 200 && headers["content-type"]?.startsWith("text/plain") === true;
}

/** It refuses before it accepts, which its server turns into a bare 403; a wrong path gets one, too. */
function judgeSocket(answer: ProbeResponse): ResponseOutcome {
  const opened = judgeOpenSocket(answer);
  if (opened !== null) return opened;
  if (answer.status === 403 && answer.body === "") {
    return { observed: "refuse", detail: "403", fits: true };
  }
  return judgeRefusal(answer);
}

function judgeRefusal(answer: ProbeResponse): ResponseOutcome {
  if (answer.status !== 401) return unclear(answer);
  const fits = bearsMarks(answer);
  return {
    observed: "refuse",
    detail: fits ? "401" : "401, in other words than OpenJarvis's",
    fits,
  };
}

function bearsMarks(answer: ProbeResponse): boolean {
  const detail = answer.json?.["detail"];
  const refuses = detail === "Missing Authorization header" || detail === "Invalid API key";
  return (answer.status === 401 && refuses) || isInfo(answer);
}
