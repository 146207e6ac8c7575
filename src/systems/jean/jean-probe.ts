import type { JeanRelease } from "./jean-wire.js";
import {
  bearer,
  checkMixed,
  checkTransport,
  get,
  isWebPage,
  judgeOpenSocket,
  unclear,
  upgrade,
  withToken,
} from "../contract/probe-judge.js";
import type {
  ProbeResponse,
  Check,
  Recognition,
  ResponseOutcome,
  KeyCheck,
  ProbePlan,
} from "../contract/probe-plan.js";

const route = "/api/auth";
const socket = "/ws";
const init = "/api/init";

/**
 * What Jean is asked: `/api/auth`, whose body says everything. To an unknown path it answers 200
 * with its web page, so that a status alone proves nothing. Plain requests tell nothing about its
 * WebSocket, which looks at the upgrade before the token.
 */
export const jeanProbe: ProbePlan = {
  identify: [{ question: get(route), judge: judgeIdentity }],
  clues: [{ question: get("/healthz"), read: readHealth }],
  checks: listChecks,
  wrongTries: Infinity,
  bearsMarks,
};

function listChecks(generation: string | null): Check[] {
  const takesHeader = generation !== "old";
  return [
    ...checkTransport({
      id: "query",
      transport: "query",
      route,
      counts: "always",
      present: (key) => get(withToken(route, key ?? "")),
      judge: judgeAuth,
    }),
    ...checkTransport({
      id: "header",
      transport: "header",
      route,
      counts: "always",
      takesKey: takesHeader,
      present: (key) => get(route, key === null ? [] : [bearer(key)]),
      judge: judgeAuth,
    }).map((check) => withoutWeight(check, generation)),
    checkPrecedence("query-wins", (key, garbage) => [garbage, key], "accept"),
    checkPrecedence("header-loses", (key, garbage) => [key, garbage], "refuse"),
    ...checkTransport({
      id: "websocket",
      transport: "websocket-query",
      route: socket,
      counts: "recognised",
      present: (key) => upgrade(key === null ? socket : withToken(socket, key)),
      judge: judgeProtected,
    }),
    ...checkTransport({
      id: "websocket-header",
      transport: "websocket-header",
      route: socket,
      counts: "recognised",
      takesKey: takesHeader,
      only: ["garbage", "key"],
      present: (key) => upgrade(socket, key === null ? [] : [bearer(key)]),
      judge: judgeProtected,
    }).map((check) => withoutWeight(check, generation)),
    // With the key it would send all of its projects.
    ...checkTransport({
      id: "init",
      transport: "query",
      route: init,
      counts: "recognised",
      only: ["none", "garbage"],
      present: (key) => get(key === null ? init : withToken(init, key)),
      judge: judgeProtected,
    }),
  ];
}

/** Where the generation is not known, a key that is refused in the header means nothing. */
function withoutWeight(check: Check, generation: string | null): Check {
  const isVague = generation === null && check.credential === "key";
  return isVague ? { ...check, counts: "never" } : check;
}

/** A query token that is not empty wins over the header, be it right or wrong. */
function checkPrecedence(
  id: string,
  order: (key: string, garbage: string) => [header: string, query: string],
  expected: KeyCheck["expected"],
): KeyCheck {
  return checkMixed({
    id,
    transport: "header+query",
    route,
    expected,
    ask(key, garbage) {
      const [header, query] = order(key, garbage);
      return get(withToken(route, query), [bearer(header)]);
    },
    judge: judgeAuth,
  });
}

/** The old one has no such route, and so its web page. */
function readHealth(answer: ProbeResponse): JeanRelease | null {
  if (isAcceptance(answer)) return "current";
  return answer.status === 200 && isWebPage(answer) ? "old" : null;
}

function judgeIdentity(answer: ProbeResponse): Recognition {
  const version = answer.json?.["appVersion"];
  return {
    fits: isRefusal(answer) || isAcceptance(answer),
    version: typeof version === "string" ? version : null,
    saysOff: isAcceptance(answer) && answer.json?.["token_required"] === false,
  };
}

function judgeAuth(answer: ProbeResponse): ResponseOutcome {
  if (isRefusal(answer)) return { observed: "refuse", detail: "401", fits: true };
  if (answer.status === 401) {
    return { observed: "refuse", detail: "401, in other words than Jean's", fits: false };
  }
  if (!isAcceptance(answer)) return unclear(answer);
  return answer.json?.["token_required"] === false
    ? { observed: "accept", detail: "200, no token is required", fits: true, saysOff: true }
    : { observed: "accept", detail: "200, ok", fits: true };
}

/** What is protected beside `/api/auth` refuses in plain words, and lets in with data of its own. */
function judgeProtected(answer: ProbeResponse): ResponseOutcome {
  const opened = judgeOpenSocket(answer);
  if (opened !== null) return opened;
  const { status, body, json } = answer;
  if (status === 401) {
    const fits = body === "Invalid token";
    return { observed: "refuse", detail: fits ? "401" : "401, in other words than Jean's", fits };
  }
  return status === 200 && json !== null
    ? { observed: "accept", detail: "200, its data", fits: true }
    : unclear(answer);
}

function isRefusal({ status, json }: ProbeResponse): boolean {
  return status === 401 && json?.["ok"] === false && json["error"] === "Invalid token";
}

function isAcceptance({ status, json }: ProbeResponse): boolean {
  return status === 200 && json?.["ok"] === true;
}

/** `{"ok":true}` alone is what many servers say of their health. */
function bearsMarks(answer: ProbeResponse): boolean {
  const { json } = answer;
  const says = typeof json?.["webBuildId"] === "string" || json?.["token_required"] === false;
  return isRefusal(answer) || (isAcceptance(answer) && says);
}
