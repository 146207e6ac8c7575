import type { Check, Observed, ProbeRequest } from "../systems/contract/probe-plan.js";
import { ask } from "./exchange.js";
import type { ProbeSession } from "./session.js";
import { ProbeFailure } from "../net/failure.js";
import { identify, isRecognised } from "./identify.js";
import { guardLoopback, prepare, presentOf, type ProbeOptions } from "./probe.js";
import { gatherEvidence, runCheck } from "./run-check.js";

/** What is presented on one connection: the key, the one that it replaced, a made-up one, nothing. */
export type Hand = "key" | "old-key" | "garbage" | "none";

/** What the server did with one of them. */
export interface Met {
  readonly hand: Hand;
  readonly observed: Observed;
  readonly detail: string;
  /** It answered 429: it counts tries, and is asked no more. */
  readonly limits: boolean;
}

/** What {@link askOften} needs to know, beside what every probe does. */
export interface OftenOptions extends Omit<ProbeOptions, "tryLimit" | "loggedUrls"> {
  readonly key: string;
  /** The key that it replaced; null where there was none, and none is presented. */
  readonly oldKey: string | null;
  /** What to present, each on a connection of its own, in about this order. */
  readonly hands: readonly Hand[];
  /** Nothing more is asked once it is aborted. */
  readonly signal: AbortSignal;
}

/** How many connections are open at the same time. */
const atOnce = 16;

/**
 * Asks on many connections what a probe asks on one, since each may reach another worker: in the
 * first form that the server does not write to its log. It stops where the server lets in what it
 * should not, and where it counts tries.
 *
 * @returns what came of each; a single one that is not clear where no key may be sent, since the
 *   server is not the system's, or does not refuse nothing and garbage in the system's words
 * @throws KeywardError as `probe`
 */
export async function askOften(options: OftenOptions): Promise<Met[]> {
  const plan = await options.system.loadProbe();
  const { target, conversation, sent, garbage, secrets } = await prepare(options, plan);
  const meeting = await identify(conversation, plan, secrets);
  const { first, arrival, generation } = meeting;
  if (first === null || !isRecognised(meeting)) {
    const detail = arrival.failure === null ? arrival.looksLike : arrival.failure.message;
    return [{ hand: "none", observed: "unclear", detail, limits: false }];
  }
  const { address } = first;
  const form = findForm(plan.checks(generation));
  const oldKey = options.oldKey === null ? null : presentOf(options, plan, options.oldKey).key;
  const questions: Readonly<Record<Hand, ProbeRequest>> = {
    none: form.none.ask(garbage),
    garbage: form.garbage.ask(garbage),
    key: form.key.ask(sent ?? garbage, garbage),
    "old-key": form.key.ask(oldKey ?? garbage, garbage),
  };
  const keyless: Met[] = [];
  let isOpened = false;
  for (const hand of ["none", "garbage"] as const) {
    const asking = { question: questions[hand], secrets: [], address, retries: true };
    const { observed, fits, detail, opened } = await runCheck(conversation, form[hand], asking);
    keyless.push({ hand, observed: fits ? observed : "unclear", detail, limits: false });
    isOpened ||= opened;
  }
  const odd = keyless.filter(({ observed }) => observed !== "refuse");
  if (odd.length > 0) return odd;
  if (sent === null) return [{ hand: "key", observed: "unclear", detail: "kept", limits: false }];
  if (target.loopback) guardLoopback(options, address, target.port);
  return presentAll(options, async (hand) => {
    const check = hand === "old-key" ? form.key : form[hand];
    const question = questions[hand];
    // Who refuses garbage in the handshake has judged by its end.
    const graceMs = isOpened ? undefined : 0;
    const met = await present(conversation, { check, question, hand, address, graceMs });
    const isBusy = met.observed === "unclear" && !met.limits;
    return isBusy ? present(conversation, { check, question, hand, address, graceMs }) : met;
  });
}

/** The checks of one way in. */
interface Form {
  readonly key: Extract<Check, { credential: "key" | "mixed" }>;
  readonly none: Check & { readonly credential: "none" | "garbage" };
  readonly garbage: Check & { readonly credential: "none" | "garbage" };
}

/** The first that is not logged, or where all are, the first. */
function findForm(checks: readonly Check[]): Form {
  const forms = checks.flatMap((key): Form[] => {
    if (key.credential !== "key" || key.expected !== "accept" || key.counts === "never") return [];
    const find = (credential: "none" | "garbage") =>
      checks.find(
        (one): one is Form["none"] =>
          one.credential === credential &&
          one.transport === key.transport &&
          one.route === key.route,
      );
    const [none, garbage] = [find("none"), find("garbage")];
    return none === undefined || garbage === undefined ? [] : [{ key, none, garbage }];
  });
  const form = forms.find(({ key }) => key.logged !== true) ?? forms[0];
  if (form === undefined) throw new TypeError("a plan needs a form that takes the key alone");
  return form;
}

/** Some at a time, and no more once the rest would prove nothing. */
async function presentAll(
  { hands, signal }: OftenOptions,
  presentOne: (hand: Hand) => Promise<Met>,
): Promise<Met[]> {
  const met: Met[] = [];
  const left = [...hands];
  let isOver = false;
  const work = async (): Promise<void> => {
    while (!isOver && !signal.aborted) {
      const hand = left.shift();
      if (hand === undefined) return;
      const one = await presentOne(hand);
      met.push(one);
      isOver ||= one.limits || (one.hand !== "key" && one.observed === "accept");
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return met;
}

async function present(
  conversation: ProbeSession,
  one: {
    readonly check: Check;
    readonly question: ProbeRequest;
    readonly hand: Hand;
    readonly address: string;
    readonly graceMs: number | undefined;
  },
): Promise<Met> {
  const { check, question, hand, address, graceMs } = one;
  const allowance = { share: 1 / 4, retries: false, ...(graceMs !== undefined && { graceMs }) };
  try {
    const { answer } = await ask(conversation, question, address, allowance);
    const { observed, detail } = gatherEvidence(check, question, answer, []);
    return { hand, observed, detail, limits: answer.status === 429 };
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    return { hand, observed: "unclear", detail: failure.message, limits: false };
  }
}
