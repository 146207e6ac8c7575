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
import type {
  ProbeResponse,
  Check,
  Recognition,
  ResponseOutcome,
  KeyCheck,
  ProbePlan,
} from "../contract/probe-plan.js";

const verify = "/api/auth/verify";

const socket = "/ws";

const checks: readonly Check[] = [
  ...checkTransport({
    id: "header",
    transport: "header",
    route: verify,
    counts: "always",
    present: (key) => get(verify, key === null ? [] : [bearer(key)]),
    judge: judgeVerify,
  }),
  ...checkTransport({
    id: "query",
    transport: "query",
    route: verify,
    counts: "always",
    // Its logger writes the addresses of HTTP requests, but not of WebSockets.
    logged: true,
    present: (key) => get(withToken(verify, key ?? "")),
    judge: judgeVerify,
  }),
  checkPrecedence("header-wins", (key, garbage) => [key, garbage], "accept"),
  checkPrecedence("query-loses", (key, garbage) => [garbage, key], "refuse"),
  ...checkTransport({
    id: "websocket",
    transport: "websocket-query",
    route: socket,
    counts: "recognised",
    present: (key) => upgrade(key === null ? socket : withToken(socket, key)),
    judge: judgeSocket,
  }),
  // Its documentation says that the header works here, too.
  ...checkTransport({
    id: "websocket-header",
    transport: "websocket-header",
    route: socket,
    counts: "recognised",
    takesKey: false,
    only: ["garbage", "key"],
    present: (key) => upgrade(socket, key === null ? [] : [bearer(key)]),
    judge: judgeSocket,
  }),
  ...checkTerminal("terminal", "/ws/terminal"),
  ...checkTerminal("terminal-events", "/ws/terminal/events"),
];

/**
 * What Jean2 is asked. With no key set, its verify route answers `valid: true` to anything, so that
 * garbage is the real question. `/api/workspaces` is left alone: the first GET creates one.
 */
export const jean2Probe: ProbePlan = {
  identify: [{ question: get("/api/info"), judge: judgeInfo }],
  checks: () => checks,
  wrongTries: Infinity,
  bearsMarks,
};

/** A `Bearer` header wins over the query, be it right or wrong. */
function checkPrecedence(
  id: string,
  order: (key: string, garbage: string) => [header: string, query: string],
  expected: KeyCheck["expected"],
): KeyCheck {
  return checkMixed({
    id,
    transport: "header+query",
    route: verify,
    expected,
    logged: expected === "refuse",
    ask(key, garbage) {
      const [header, query] = order(key, garbage);
      return get(withToken(verify, query), [bearer(header)]);
    },
    judge: judgeVerify,
  });
}

/**
 * A terminal's route is never upgraded, which might open a shell. Asked without, and without `cwd`
 * and `workspaceId`, it answers 401 to a wrong key and to the right one 400: something is missing.
 */
function checkTerminal(id: string, route: string): Check[] {
  return checkTransport({
    id,
    transport: "websocket-query",
    route,
    counts: "recognised",
    present: (key) => get(key === null ? route : withToken(route, key)),
    judge: judgeSocket,
  });
}

function judgeInfo(answer: ProbeResponse): Recognition {
  const { name, version, features } = answer.json ?? {};
  const off =
    typeof features === "object" &&
    features !== null &&
    "authentication" in features &&
    features.authentication === false;
  return {
    fits: answer.status === 200 && name === "AI Agent Server",
    version: typeof version === "string" ? version : null,
    saysOff: off,
  };
}

function judgeVerify(answer: ProbeResponse): ResponseOutcome {
  if (answer.status === 200 && answer.json?.["valid"] === true) {
    return { observed: "accept", detail: "200, valid", fits: true };
  }
  return judgeRefusal(answer);
}

function judgeSocket(answer: ProbeResponse): ResponseOutcome {
  const opened = judgeOpenSocket(answer);
  if (opened !== null) return opened;
  const { status, json, headers } = answer;
  const isHtml = headers["content-type"]?.includes("html") === true;
  if (status === 400 && !isHtml && (json === null || json["error"] === "bad_request")) {
    return {
      observed: "accept",
      detail: "400, only the upgrade is missing",
      fits: true,
    };
  }
  return judgeRefusal(answer);
}

function judgeRefusal(answer: ProbeResponse): ResponseOutcome {
  if (answer.status !== 401) return unclear(answer);
  const fits = bearsMarks(answer);
  return { observed: "refuse", detail: fits ? "401" : "401, in other words than Jean2's", fits };
}

function bearsMarks({ json }: ProbeResponse): boolean {
  if (json === null) return false;
  const { error, message, name } = json;
  if (name === "AI Agent Server") return true;
  if (typeof message !== "string") return false;
  return (
    (error === "Unauthorized" && message.startsWith("Invalid or missing API token")) ||
    (error === "Not Found" && message === "The requested endpoint does not exist")
  );
}
