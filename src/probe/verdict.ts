import type { UnclearReason } from "../systems/contract/probe-plan.js";
import type { FailureCode } from "../net/failure.js";
import type { CheckResult, ReasonCode, Verdict } from "./report.js";

/** Who answered the first request, or why nobody did. */
export type ServerIdentity =
  | { readonly failure: { readonly code: FailureCode; readonly message: string } }
  | {
      readonly failure: null;
      /** It answers as the system does. */
      readonly fits: boolean;
      readonly saysOff: boolean;
      /** What it is instead, in words; where it fits, empty. */
      readonly looksLike: string;
      readonly doubt: UnclearReason | null;
    };

/** A verdict and its reason. */
export interface JudgedVerdict {
  readonly verdict: Verdict;
  readonly reason: { readonly code: ReasonCode; readonly message: string };
}

/** Everything that the verdict depends on. */
export interface VerdictInput {
  /** The system's name, for the message. */
  readonly title: string;
  readonly arrival: ServerIdentity;
  readonly checks: readonly CheckResult[];
  /** How the key is presented, where nobody knows whether the server takes keys in this form. */
  readonly guess?: string | undefined;
}

/** The first of these rules that has an answer decides; the order is the whole of the judgement. */
const rules: readonly ((given: VerdictInput) => JudgedVerdict | null)[] = [
  judgeOpen,
  judgeArrival,
  judgeRefusals,
  judgeKey,
];

/** Comes to a verdict. Depends on nothing but what it is given. */
export function judgeVerdict(given: VerdictInput): JudgedVerdict {
  for (const rule of rules) {
    const judged = rule(given);
    if (judged !== null) return judged;
  }
  return say(
    "closed",
    "refuses-strangers",
    `${given.title} refuses requests without a key and with a wrong one`,
  );
}

function judgeOpen({ title, arrival, checks }: VerdictInput): JudgedVerdict | null {
  const recognised = arrival.failure === null && arrival.fits;
  const off =
    (recognised && arrival.saysOff) || checks.some((check) => check.saysOff && counts(check));
  if (off) {
    return say("open", "authentication-off", `${title} says that its authentication is off`);
  }
  const letIn = checks
    .filter(isKeyless)
    .filter((check) => check.observed === "accept")
    .filter((check) => check.counts === "always" || (check.counts === "recognised" && recognised));
  const anybody = letIn.find((check) => check.credential === "none");
  if (anybody !== undefined) {
    return say("open", "lets-in-anybody", describeLetIn(anybody, "answers without a key"));
  }
  const garbage = letIn[0];
  if (garbage === undefined) return null;
  return say("open", "lets-in-garbage", describeLetIn(garbage, "accepts a wrong key"));
}

function describeLetIn({ route, circumstance }: CheckResult, what: string): string {
  return circumstance === undefined ? `${route} ${what}` : `${route} ${what} ${circumstance}`;
}

function judgeArrival({ title, arrival }: VerdictInput): JudgedVerdict | null {
  if (arrival.failure !== null) {
    const { code, message } = arrival.failure;
    return say(failureVerdicts[code] ?? "unreachable", code, message);
  }
  if (arrival.fits) return null;
  const { doubt, looksLike } = arrival;
  if (doubt === "busy") return say("inconclusive", "server-busy", looksLike);
  if (doubt === "other-login") {
    const message = `${looksLike}: that is a proxy before ${title}, or another server`;
    return say("inconclusive", "other-login", message);
  }
  return say("wrong-service", nameDoubt(doubt), `this is not ${title}: ${looksLike}`);
}

const failureVerdicts: Partial<Record<FailureCode, Verdict>> = {
  "no-answer": "inconclusive",
  "cut-short": "inconclusive",
  "not-http": "wrong-service",
  "not-websocket": "wrong-service",
};

/** Nothing and garbage have to be refused, in the system's words, on every route that is there. */
function judgeRefusals({ title, checks }: VerdictInput): JudgedVerdict | null {
  const keyless = checks.filter(isKeyless).filter(counts);
  for (const check of keyless) {
    const { route, counts: when, doubt, detail, observed, fits } = check;
    if (observed === "refuse") {
      if (fits) continue;
      return say(
        "wrong-service",
        "not-recognised",
        `this is not ${title}: ${route} says ${detail}`,
      );
    }
    const others = keyless.filter((other) => other.route === route);
    const missing = others.every((other) => other.doubt === "absent");
    if (when === "recognised" && missing) continue;
    const moved = when === "always" && (doubt === "redirect" || doubt === "web-page");
    return say(moved ? "wrong-service" : "inconclusive", nameUnclear(doubt), `${route}: ${detail}`);
  }
  return null;
}

function judgeKey({ title, checks, guess }: VerdictInput): JudgedVerdict | null {
  const tried = checks.filter(counts).filter(({ credential }) => credential === "key");
  const expected = tried.filter((check) => check.expected === "accept");
  if (expected.length === 0) return null;
  const unclear = expected.find((check) => check.observed === "unclear");
  if (unclear !== undefined) {
    const { route, doubt, detail } = unclear;
    return say("inconclusive", nameUnclear(doubt), `${route} with the key: ${detail}`);
  }
  const accepted = expected.filter((check) => check.observed === "accept");
  if (accepted.length === expected.length) {
    return say("enforced", "key-required", `${title} accepts the key and nothing else`);
  }
  if (accepted.length === 0) {
    const unread = guess === undefined ? undefined : expected.find((one) => !isRead(one, checks));
    if (unread === undefined) {
      return say(
        "key-rejected",
        "key-refused",
        `${title} refuses every request, with this key too`,
      );
    }
    const asks = unread.asks ?? "does not say which form it asks for";
    const message = `${unread.route} refuses the key in the form that was tried (${guess}); the answer ${asks}`;
    return say("inconclusive", unread.asks === null ? "form-unknown" : "other-login", message);
  }
  const refused = expected.find((check) => check.observed === "refuse");
  return say(
    "inconclusive",
    "transports-disagree",
    `the key is accepted by ${accepted[0]?.id} and refused by ${refused?.id}`,
  );
}

/**
 * Whether the server has read a credential in this form: it says so of a wrong one in other words than
 * of none. One that looks for the key elsewhere says the same to both.
 */
function isRead(
  { route, transport, wording }: CheckResult,
  checks: readonly CheckResult[],
): boolean {
  const none = checks.find(
    (one) => one.credential === "none" && one.route === route && one.transport === transport,
  );
  return none !== undefined && none.wording !== wording;
}

function isKeyless({ credential }: CheckResult): boolean {
  return credential === "none" || credential === "garbage";
}

function counts(check: CheckResult): boolean {
  return check.counts !== "never";
}

function nameDoubt(doubt: UnclearReason | FailureCode | null): ReasonCode {
  return doubt === "redirect" ? "redirected" : doubt === "web-page" ? "web-page" : "not-recognised";
}

function nameUnclear(doubt: UnclearReason | FailureCode | null): ReasonCode {
  switch (doubt) {
    case "redirect":
      return "redirected";
    case "web-page":
      return "web-page";
    case "busy":
      return "server-busy";
    case "other-login":
      return "other-login";
    case "silent":
      return "no-answer";
    case "absent":
    case "odd":
    case null:
      return "answers-unclear";
    default:
      return doubt;
  }
}

function say(verdict: Verdict, code: ReasonCode, message: string): JudgedVerdict {
  return { verdict, reason: { code, message } };
}
