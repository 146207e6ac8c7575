import type { Finding } from "../finding.js";
import type { Heard } from "./ask.js";
import type { Evidence } from "./report.js";
import type { KeyDecision, Target } from "./target.js";
import type { Arrival } from "./verdict.js";

/** What the findings are drawn from. */
export interface Seen {
  /** The system's name. */
  readonly title: string;
  readonly target: Target;
  readonly arrival: Arrival;
  /** The answer of the first request; null when nobody answered. */
  readonly first: Heard | null;
  readonly checks: readonly Evidence[];
  /** The certificate was taken unseen. */
  readonly insecure: boolean;
  /** Whether the key at hand was allowed to go there; null without a key. */
  readonly decision: KeyDecision | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const day = 86_400_000;
const expiresSoon = 14 * day;

const severities = ["error", "warning", "info"];

/** What a person should know beside the verdict, the worst first. */
export function collectFindings(seen: Seen): Finding[] {
  return finders
    .flatMap((find) => find(seen) ?? [])
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

const finders: readonly ((seen: Seen) => Finding | null)[] = [
  function findStranger({ title, arrival, checks }) {
    const isOther = arrival.failure === null && !arrival.fits;
    if (!isOther || !checks.some(({ observed }) => observed === "accept")) return null;
    const message = `it lets strangers in and does not answer like ${title}`;
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
      message: `${accepted.route} takes the key (${accepted.transport}), ${refused.route} refuses it (${refused.transport})`,
      fix: "restart the server, and look at what stands before it",
    };
  },

  function findOpenRoute({ checks }) {
    const open = checks.find(
      ({ counts, credential, observed }) =>
        counts === "never" && credential === "none" && observed === "accept",
    );
    if (open === undefined) return null;
    return {
      id: "route-open",
      severity: "warning",
      message: `${open.route} answers without the key`,
      fix: "update the server, or close the route in the proxy before it",
    };
  },

  function findEcho({ checks }) {
    const echo = checks.find(({ echoes }) => echoes);
    if (echo === undefined) return null;
    const message = `${echo.route} repeats the credential in its answer`;
    return { id: "key-echoed", severity: "warning", message, fix: null };
  },

  function findKeyInUrl({ title, checks }) {
    const inUrl = checks.filter(
      ({ credential, transport, observed }) =>
        credential === "key" && transport !== "header" && observed === "accept",
    );
    if (inUrl.length === 0) return null;
    const isLogged = inUrl.some(({ logged }) => logged);
    return {
      id: "key-in-url",
      severity: "info",
      message: isLogged
        ? `${title} takes the key in the URL and writes URLs to its log, this probe's too`
        : `${title} takes the key in the URL, where proxies and browsers keep it`,
      fix: isLogged ? "let nobody else read the server's log" : "use the header",
    };
  },

  function findPrecedence({ checks }) {
    const odd = checks.find(
      ({ credential, observed, ok }) => credential === "mixed" && observed !== "unclear" && !ok,
    );
    if (odd === undefined) return null;
    const message = `with two credentials at once ${odd.route} is to ${odd.expected} (${odd.id}), and did not`;
    return { id: "precedence", severity: "info", message, fix: null };
  },

  function findUnencrypted({ target, first }) {
    if (first === null || target.secure || target.loopback) return null;
    const message = "keys travel to it unencrypted";
    return { id: "no-tls", severity: "warning", message, fix: "put TLS before it" };
  },

  function findUnverified({ target, insecure }) {
    if (!target.secure || !insecure) return null;
    const message = "its certificate was not checked, so anybody may have answered";
    return { id: "tls-unverified", severity: "warning", message, fix: "use --ca FILE" };
  },

  function findExpiry({ first, now }) {
    const expires = first?.certificateExpires ?? null;
    if (expires === null || expires - now > expiresSoon) return null;
    const on = new Date(expires).toISOString().slice(0, 10);
    return expires <= now
      ? {
          id: "certificate-expired",
          severity: "warning",
          message: `its certificate expired on ${on}`,
          fix: "renew it",
        }
      : {
          id: "certificate-expiring",
          severity: "warning",
          message: `its certificate expires on ${on}`,
          fix: "renew it",
        };
  },

  function findAnyOrigin({ arrival, first }) {
    if (arrival.failure !== null || !arrival.fits) return null;
    if (first?.answer.headers["access-control-allow-origin"] !== "*") return null;
    const message = "a script of any web page may read its answers";
    return { id: "any-origin", severity: "info", message, fix: null };
  },

  function findLocalhost({ target, first }) {
    if (target.addresses === null || target.addresses.length < 2 || first === null) return null;
    const message = `${target.hostname} is ${first.address} here`;
    return { id: "localhost", severity: "info", message, fix: null };
  },

  function findWithheld({ decision }) {
    if (decision === null || decision.send) return null;
    return { id: "key-withheld", severity: "info", message: decision.why, fix: decision.hint };
  },
];
