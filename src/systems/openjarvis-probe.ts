import type { Answer, Identity, Judgement, ProbePlan } from "./probe-plan.js";
import { bearer, checkTransport, get, unclear } from "./probe-judge.js";

const info = "/v1/info";
const metrics = "/metrics";

/**
 * What OpenJarvis is asked: `/v1/info`, which is cheap and works while the model backend is down.
 * A build with the web interface answers 200 `text/html` to unknown paths, so that the body decides.
 */
export const openjarvisProbe: ProbePlan = {
  identify: { question: get(info), judge: judgeIdentity },
  checks: [
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
      present: (key) => get(`${info}?token=${encodeURIComponent(key ?? "")}`),
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
  ],
  bearsMarks,
};

function isInfo({ status, json }: Answer): boolean {
  return status === 200 && json !== null && "model" in json && "engine" in json && "agent" in json;
}

function judgeIdentity(answer: Answer): Identity {
  // No answer tells the release: the version in /openapi.json has been 0.1.0 since the first one.
  return { fits: bearsMarks(answer), version: null, saysOff: false };
}

function judgeInfo(answer: Answer): Judgement {
  if (isInfo(answer))
    return { observed: "accept", detail: "200, the server's details", fits: true };
  return judgeRefusal(answer);
}

function judgeMetrics(answer: Answer): Judgement {
  const isText = answer.headers["content-type"]?.startsWith("text/plain") === true;
  if (answer.status === 200 && isText) {
    return { observed: "accept", detail: "200, the metrics", fits: true };
  }
  return judgeRefusal(answer);
}

function judgeRefusal(answer: Answer): Judgement {
  if (answer.status !== 401) return unclear(answer);
  const fits = bearsMarks(answer);
  return {
    observed: "refuse",
    detail: fits ? "401" : "401, in other words than OpenJarvis's",
    fits,
  };
}

function bearsMarks(answer: Answer): boolean {
  const detail = answer.json?.["detail"];
  const refuses = detail === "Missing Authorization header" || detail === "Invalid API key";
  return (answer.status === 401 && refuses) || isInfo(answer);
}
