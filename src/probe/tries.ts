import type { Check, Observed } from "../systems/contract/probe-plan.js";
import { ProbeFailure } from "../net/failure.js";
import type { ConnectionWatch } from "../net/message.js";
import { askKeyless, deservesKey, isKeyCheck, mayFollow } from "./ask-checks.js";
import { ask } from "./exchange.js";
import { identify, isRecognised } from "./identify.js";
import { needsUrl, standsInUrl } from "./key-in-url.js";
import { guardLoopback, prepare, presentOf, type ProbeOptions } from "./probe.js";
import type { CheckResult } from "./report.js";
import { gatherEvidence } from "./run-check.js";
import type { ProbeSession } from "./session.js";

/** What is presented on one connection: the key, the one that it replaced, a made-up one, nothing. */
export type Hand = "key" | "old-key" | "garbage" | "none";

/** One thing to be tried on a connection of its own. */
export interface Try {
  readonly hand: Hand;
  readonly check: Check;
}

/** What the server did with one of them. */
export interface Met {
  readonly hand: Hand;
  readonly observed: Observed;
  readonly detail: string;
  /** It answered 429: it counts tries. */
  readonly limits: boolean;
  /** Nothing came at all, although there was a connection. */
  readonly silent: boolean;
  /** Milliseconds until the answer. */
  readonly ms: number;
}

/** What {@link openTries} needs to know, beside what every probe does. */
export interface TriesOptions extends Omit<ProbeOptions, "tryLimit" | "loggedUrls"> {
  readonly key: string;
  /** The key that it replaced; null where there was none, and none is presented. */
  readonly oldKey: string | null;
}

/** A server that was recognised and refused nothing and a made-up key, ready for many tries. */
export interface OpenTries {
  /** The address that was recognised: nothing else is asked. */
  readonly address: string;
  readonly port: number;
  /** It is on this machine, and nothing stands between. */
  readonly local: boolean;
  readonly throughProxy: boolean;
  /** How many wrong tries the system bears between two right keys; null for unknown. */
  readonly wrongTries: number | null;
  /** The ways to present each hand; those that are logged only where there is no other. */
  readonly ways: Readonly<Record<Hand, readonly [Try, ...Try[]]>>;
  /** The ways to present the old key in a URL that the server writes to its log, where there are others. */
  readonly loggedWays: readonly Try[];
  present(one: Try, watch?: ConnectionWatch): Promise<Met>;
}

/** Why there is nothing to try: somebody was let in, or it is not clear who answers. */
export interface NoTries {
  readonly met: Omit<Met, "ms">;
}

/** Milliseconds for one try: one that gets no answer leaves time for others. */
const limitMs = 3000;

/**
 * Finds out who answers, and that nothing and a made-up key are refused in the system's words, as a
 * probe does. Each try is then made on a fresh connection, which may reach another worker.
 *
 * @throws KeywardError as `probe`
 */
export async function openTries(options: TriesOptions): Promise<OpenTries | NoTries> {
  const plan = await options.system.loadProbe();
  const { target, conversation, sent, garbage, secrets } = await prepare(options, plan);
  const meeting = await identify(conversation, plan, secrets);
  const { first, arrival, generation } = meeting;
  if (first === null || !isRecognised(meeting)) {
    return unclear(arrival.failure === null ? arrival.looksLike : arrival.failure.message);
  }
  const { address } = first;
  const checks = plan.checks(generation);
  const keyless = await askKeyless({ conversation, checks, address, garbage, retries: true });
  const letIn = keyless.find((one) => one.counts !== "never" && one.observed === "accept");
  if (letIn !== undefined) return describeLetIn(letIn);
  const odd = keyless.find(({ counts, observed }) => counts === "always" && observed !== "refuse");
  if (odd !== undefined) return unclear(odd.detail);
  if (!deservesKey(keyless)) return unclear("it refuses in other words");
  if (sent === null) return unclear("no key is sent there");
  if (target.loopback) guardLoopback(options, address, target.port);
  const oldKey = options.oldKey === null ? null : presentOf(options, plan, options.oldKey).key;
  const values: Record<Hand, string> = {
    key: sent,
    "old-key": oldKey ?? garbage,
    garbage,
    none: garbage,
  };
  return {
    address,
    port: target.port,
    local: target.loopback && !address.startsWith("/"),
    throughProxy: conversation.proxy !== null,
    wrongTries: plan.wrongTries ?? null,
    ...listWays(checks, keyless),
    present: (one, watch) => {
      const { hand, check } = one;
      const question = check.ask(values[hand], garbage);
      const graceMs = isJudgedLater(check, keyless) ? undefined : 0;
      return present(conversation, { hand, check, question, address, graceMs, watch });
    },
  };
}

function listWays(
  checks: readonly Check[],
  keyless: readonly CheckResult[],
): Pick<OpenTries, "ways" | "loggedWays"> {
  const isLogged = (check: Check): boolean => isKeyCheck(check) && check.logged === true;
  const able = checks.filter(isKeyCheck).filter((check) => mayFollow(check, keyless));
  const quiet = able.filter((check) => !isLogged(check));
  const accepting = (quiet.length > 0 ? quiet : able).filter(
    ({ credential, expected, counts }) =>
      credential === "key" && expected === "accept" && counts !== "never",
  );
  const wrong = (hand: "garbage" | "none") =>
    checks
      .filter(({ credential, expected }) => credential === hand && expected === "refuse")
      .filter(({ id }) => keyless.some((one) => one.id === id && one.observed === "refuse"));
  const inHeader = accepting.find((check) => !standsInUrl(check) || needsUrl(check, checks));
  const main = inHeader ?? accepting[0];
  return {
    ways: {
      key: toTries("key", main === undefined ? [] : [main]),
      "old-key": toTries("old-key", quiet.length > 0 ? quiet : able),
      garbage: toTries("garbage", wrong("garbage")),
      none: toTries("none", wrong("none")),
    },
    loggedWays:
      quiet.length === 0
        ? []
        : able
            .filter((check) => isLogged(check) && check.credential === "key")
            .map((check) => ({ hand: "old-key", check })),
  };
}

function toTries(hand: Hand, checks: readonly Check[]): readonly [Try, ...Try[]] {
  const [first, ...others] = checks.map((check): Try => ({ hand, check }));
  if (first === undefined) throw new TypeError(`a plan needs a way to present: ${hand}`);
  return [first, ...others];
}

/** Who refuses a made-up key in the handshake has judged by its end; others open first, then close. */
function isJudgedLater({ route }: Check, keyless: readonly CheckResult[]): boolean {
  return keyless.some((one) => one.route === route && one.opened);
}

function unclear(detail: string): NoTries {
  return { met: { hand: "key", observed: "unclear", detail, limits: false, silent: false } };
}

function describeLetIn({ credential, detail }: CheckResult): NoTries {
  const hand = credential === "none" ? "none" : "garbage";
  return { met: { hand, observed: "accept", detail, limits: false, silent: false } };
}

interface Presented extends Try {
  readonly question: ReturnType<Check["ask"]>;
  readonly address: string;
  readonly graceMs: number | undefined;
  readonly watch: ConnectionWatch | undefined;
}

async function present(
  conversation: ProbeSession,
  { hand, check, question, address, graceMs, watch }: Presented,
): Promise<Met> {
  const { clock } = conversation;
  const start = clock.monotonic();
  const timed = (met: Omit<Met, "hand" | "ms">): Met => ({
    hand,
    ...met,
    ms: clock.monotonic() - start,
  });
  const allowance = { limitMs, retries: false, watch, ...(graceMs !== undefined && { graceMs }) };
  try {
    const { answer } = await ask(conversation, question, address, allowance);
    const { observed, detail } = gatherEvidence(check, question, answer, []);
    return timed({ observed, detail, limits: answer.status === 429, silent: false });
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    const { message: detail, code } = failure;
    const silent = code === "no-answer";
    return timed({ observed: "unclear", detail, limits: false, silent });
  }
}
