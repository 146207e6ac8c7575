import { randomInt } from "node:crypto";

import type { Hand, Met, OpenTries, Try } from "../../probe/tries.js";
import { pause, untilInterrupted } from "../interrupt.js";
import { NotDone } from "../state.js";
import { type Limit, TryBudget } from "./budget.js";
import type { Count, WorkerCount } from "./count-workers.js";
import { refuseAcceptance, refusesNewKey } from "./refuse-acceptance.js";

/** What came of the tries. */
export interface Meeting {
  /** How often the server answered as it should. */
  readonly checks: number;
  /** On how many connections what was replaced was refused. */
  readonly tries: number;
  /** Null where it cannot be told how many there are. */
  readonly workers: Count | null;
  /** What ended it before it was done; null when it was. */
  readonly limit: Limit | null;
  /** A wrong try that got no clear answer in the end. */
  readonly odd: string | null;
  /** How many of the tries that must be made were not. */
  readonly untried: number;
}

/** What the meeting goes by. */
export interface MeetingOptions {
  readonly tries: OpenTries;
  /** Null where it cannot be told who answers. */
  readonly count: WorkerCount | null;
  readonly url: string;
  readonly hadKey: boolean;
  /** Until when more is tried than must be, on the clock that never jumps, in milliseconds. */
  readonly end: number;
  /** Until when what must be tried is. */
  readonly lastEnd: number;
  readonly clock: { monotonic(): number };
  readonly signal: AbortSignal;
}

/** So many tries tell enough of workers that cannot be counted. */
export const enoughTries = 64;
const fewTries = 16;
const pauseMs = 250;

/**
 * Shows every worker the old key, and made-up ones and nothing, in every form that is not logged, on
 * fresh connections, sixteen at once: until each has refused the old key, or the time is up, or the
 * server has enough. After each such wave the new key is taken on as many connections.
 *
 * Where there was no key before, a made-up one stands for it.
 *
 * @throws NotDone where one is let in that should not be, or the new key is not; Interrupted
 */
export async function meetWorkers(options: MeetingOptions): Promise<Meeting> {
  const { tries, count, url, hadKey, clock, signal } = options;
  const hand: Hand = hadKey ? "old-key" : "garbage";
  const budget = new TryBudget(tries.wrongTries);
  const [key] = tries.ways.key;
  let left = mix(listTries(tries, hand));
  let [isExtra, isStale] = [false, false];
  let [checks, refusals] = [0, 0];
  for (;;) {
    const wave = left.splice(0, budget.wave);
    const wrong = await askAll(wave, (one) => presentWrong(one, hand, options), signal);
    refuseAcceptance(wrong, url);
    const right = await askAll(wave, () => tries.present(key), signal);
    isStale ||= right.some(({ observed }) => observed === "refuse");
    budget.spend(wrong);
    checks += [...wrong, ...right].filter(({ observed }) => observed !== "unclear").length;
    refusals += wrong.filter((one) => one.hand === hand && one.observed === "refuse").length;

    // What is not clear proves nothing, and is asked again.
    const oddKey = right.find(isOdd)?.detail ?? null;
    const odd = wrong.find(isOdd)?.detail ?? null;
    left.push(...wave.filter((_, at) => isOdd(wrong[at])));
    const isAsked = left.length === 0;
    if (clock.monotonic() + pauseMs >= (isExtra ? options.end : options.lastEnd)) budget.expire();
    if (isStale && (isAsked || budget.ended !== null)) throw refusesNewKey(url);
    const unmet = isAsked ? (count?.count(refusals)?.unmet ?? []) : [];
    const isDone = isAsked && oddKey === null && unmet.length === 0;
    if (isDone || budget.ended !== null) {
      if (oddKey !== null)
        throw new NotDone({ code: "unclear", message: `the server at ${url}: ${oddKey}` });
      const limit = isDone && budget.ended === "time" ? null : budget.ended;
      return {
        checks,
        tries: refusals,
        workers: count?.count(refusals) ?? null,
        limit,
        odd,
        untried: isExtra ? 0 : left.length,
      };
    }
    if (isAsked) {
      isExtra = true;
      left = mix(cycle(tries.ways[hand], fewTries));
    }
    if (isExtra || odd !== null || oddKey !== null) await pause(pauseMs, signal);
  }
}

/** All at once, each on a connection of its own. */
function askAll(
  wave: readonly Try[],
  askOne: (one: Try) => Promise<Met>,
  signal: AbortSignal,
): Promise<Met[]> {
  return untilInterrupted(Promise.all(wave.map(askOne)), signal);
}

async function presentWrong(one: Try, hand: Hand, { tries, count }: MeetingOptions): Promise<Met> {
  // Looking at processes takes time: only what a worker is met by is worth it.
  if (one.hand !== hand) return tries.present(one);
  const witness = count?.witness(one.check.id);
  const met = await tries.present(one, witness?.watch);
  const answered = met.observed === "refuse" ? "met" : "answered";
  witness?.record(met.silent ? "silent" : answered);
  return met;
}

function isOdd(met: Met | undefined): boolean {
  return met !== undefined && met.observed === "unclear" && !met.limits;
}

/** What is to be tried in any case, each in every form. */
function listTries({ ways }: OpenTries, hand: Hand): Try[] {
  const others = (["garbage", "none"] as const).filter((other) => other !== hand);
  return [
    ...cycle(ways[hand], enoughTries),
    ...others.flatMap((other) => cycle(ways[other], fewTries)),
  ];
}

/** So many tries at least, and each way once at least. */
function cycle(ways: readonly [Try, ...Try[]], times: number): Try[] {
  const length = Math.max(times, ways.length);
  return Array.from({ length }, (_, at) => ways[at % ways.length] ?? ways[0]);
}

/** In random order, since workers that take turns would each be shown always the same. */
function mix(tries: readonly Try[]): Try[] {
  const mixed = [...tries];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    const [one, two] = [mixed[at], mixed[other]];
    if (one !== undefined && two !== undefined) [mixed[at], mixed[other]] = [two, one];
  }
  return mixed;
}
