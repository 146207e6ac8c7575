import type { Finding } from "../../core/finding.js";
import type { FindingInput } from "./finding-input.js";
import type { CheckResult } from "../report.js";

/** What the answers to the checks tell beside the verdict. */
export const findInResponses: readonly ((
  input: FindingInput,
) => Finding | readonly Finding[] | null)[] = [
  function findStranger({ title, arrival, checks }) {
    const isOther = arrival.failure === null && !arrival.fits;
    if (!isOther || !checks.some(({ observed }) => observed === "accept")) return null;
    const message = `it lets in anyone, and does not answer like ${title}`;
    return { id: "not-recognised", severity: "warning", message, fix: "check the address" };
  },

  function findDisagreement({ checks }) {
    const withKey = checks.filter(
      ({ credential, expected, counts }) =>
        credential === "key" && expected === "accept" && counts !== "never",
    );
    const refused = withKey.find(({ observed }) => observed === "refuse");
    const accepted = withKey.find(({ observed }) => observed === "accept");
    if (refused === undefined || accepted === undefined) return null;
    return {
      id: "transports-disagree",
      severity: "warning",
      message: `${accepted.route} accepts the key (${accepted.transport}), ${refused.route} refuses it (${refused.transport})`,
      fix: "restart the server, and look at what stands before it",
    };
  },

  function findOpenRoutes({ arrival, checks }) {
    if (arrival.failure !== null || !arrival.fits) return null;
    const keyless = checks.filter(isKeyless).filter(({ expected }) => expected === "refuse");
    // Where nothing is refused, the verdict has said so.
    if (!keyless.some(({ observed }) => observed === "refuse")) return null;
    const open = keyless.filter(({ observed }) => observed === "accept");
    const byRoute = new Map(open.toReversed().map((check) => [check.route, check]));
    return [...byRoute.values()].toReversed().map((check) => ({
      id: "route-open",
      severity: check.counts === "never" ? "warning" : "error",
      message: describeOpening(check),
      fix: "update the server, or close the route in the proxy before it",
    }));
  },

  function findEcho({ checks }) {
    const echo = checks.find(({ echoes }) => echoes);
    if (echo === undefined) return null;
    const message = `${echo.route} repeats the credential in its answer`;
    return { id: "key-echoed", severity: "warning", message, fix: null };
  },

  function findNoProtocol({ checks }) {
    const odd = checks.find(
      ({ protocol, observed }) => protocol === "none" && observed === "accept",
    );
    if (odd === undefined) return null;
    const message = `${odd.route} selects none of the offered WebSocket subprotocols, so browsers close the connection`;
    return { id: "no-subprotocol", severity: "info", message, fix: null };
  },

  function findKeyInUrl({ title, checks }) {
    const inUrl = checks.filter(
      ({ credential, transport, observed }) =>
        credential === "key" && urlTransports.has(transport) && observed === "accept",
    );
    if (inUrl.length === 0) return null;
    const isLogged = inUrl.some(({ logged }) => logged);
    return {
      id: "key-in-url",
      severity: "info",
      message: isLogged
        ? `${title} accepts the key in the URL and writes URLs to its log, those of this probe too`
        : `${title} accepts the key in the URL, where proxies and browsers keep it`,
      fix: isLogged ? "let nobody else read the server's log" : "use the header",
    };
  },

  function findPrecedence({ checks }) {
    // A key that is no good loses everywhere.
    const isGood = checks.some(
      (check) => check.credential === "key" && check.observed === "accept",
    );
    if (!isGood) return null;
    const odd = checks.find(
      ({ credential, observed, ok }) => credential === "mixed" && observed !== "unclear" && !ok,
    );
    if (odd === undefined) return null;
    const message = `with two keys at once, ${odd.route} should ${odd.expected} the request (${odd.id}), and did not`;
    return { id: "precedence", severity: "info", message, fix: null };
  },

  function findTries({ surroundings: { tries } }) {
    if (tries === null) return null;
    const { made, limited } = tries;
    return limited
      ? {
          id: "try-limit",
          severity: "info",
          message: `it limits wrong tries: the answer changed at try ${made}`,
          fix: null,
        }
      : {
          id: "no-try-limit",
          severity: "info",
          message: `it does not limit wrong tries: it answered ${made} wrong keys in a row`,
          fix: "limit them in a proxy before the server",
        };
  },

  ({ remarks }) => remarks,
];

const urlTransports = new Set(["query", "websocket-query", "event-stream"]);

function isKeyless({ credential }: CheckResult): boolean {
  return credential === "none" || credential === "garbage";
}

function describeOpening({ route, credential, transport, circumstance }: CheckResult): string {
  const how = transport.startsWith("websocket") ? ", as a WebSocket," : "";
  const what = credential === "none" ? "answers without the key" : "accepts a wrong key";
  return [`${route}${how} ${what}`, circumstance].filter((part) => part !== undefined).join(" ");
}
