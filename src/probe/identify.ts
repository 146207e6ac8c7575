import { findUnclearReason } from "../systems/contract/probe-judge.js";
import type { ProbeResponse, IdentifyRequest, ProbePlan } from "../systems/contract/probe-plan.js";
import { ask, type ReceivedResponse } from "./exchange.js";
import type { ProbeSession } from "./session.js";
import { ProbeFailure } from "../net/failure.js";
import { describeService } from "./recognise.js";
import { quoteServer } from "../net/redact.js";
import type { ServerIdentity } from "./verdict.js";

/** Who answered the first request. */
export interface Identification {
  readonly arrival: ServerIdentity;
  /** The answer; null when nobody gave one. */
  readonly first: ReceivedResponse | null;
  readonly version: string | null;
  /** As the plan names them; null where nothing tells. */
  readonly generation: string | null;
}

/**
 * Finds out who answers, without a credential. Of several addresses the first that answers as the
 * system does is taken, else the first that answers at all.
 */
export async function identify(
  conversation: ProbeSession,
  plan: ProbePlan,
  secrets: readonly string[],
): Promise<Identification> {
  // Through a proxy, the address to connect to is the proxy's.
  const own = conversation.proxy === null ? conversation.target.addresses : null;
  const addresses = own ?? [undefined];
  let best: Identification | undefined;
  for (const [index, address] of addresses.entries()) {
    // One that is silent leaves the others their share of the time.
    const share = 1 / (addresses.length - index);
    const met = await meet(conversation, plan, address, share, secrets);
    if (isRecognised(met)) return met;
    best = best === undefined || (best.first === null && met.first !== null) ? met : best;
  }
  if (best === undefined) throw new TypeError("a target needs an address");
  return best;
}

/** Whether the answer is one of the system's. */
export function isRecognised({ arrival }: Identification): boolean {
  return arrival.failure === null && arrival.fits;
}

async function meet(
  conversation: ProbeSession,
  plan: ProbePlan,
  address: string | undefined,
  share: number,
  secrets: readonly string[],
): Promise<Identification> {
  let best: Identification | undefined;
  for (const [index, introduction] of plan.identify.entries()) {
    // Who has answered once already leaves time for the checks.
    const part = index === 0 ? share : share / 2;
    const met = await introduce(conversation, introduction, address, part, secrets);
    if (isRecognised(met)) return addGeneration(conversation, plan, met);
    best ??= met;
    // Who does not answer at all is not asked in other words.
    if (met.first === null) break;
  }
  if (best === undefined) throw new TypeError("a plan needs an introduction");
  return best;
}

async function introduce(
  conversation: ProbeSession,
  introduction: IdentifyRequest,
  address: string | undefined,
  share: number,
  secrets: readonly string[],
): Promise<Identification> {
  let first: ReceivedResponse;
  try {
    first = await ask(conversation, introduction.question, address, { share });
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    return { arrival: { failure }, first: null, version: null, generation: null };
  }
  const { answer } = first;
  const { fits, saysOff, version } = introduction.judge(answer);
  const looksLike = fits
    ? ""
    : await describeService(answer, conversation.target.base + introduction.question.path, secrets);
  return {
    arrival: {
      failure: null,
      fits,
      saysOff,
      looksLike,
      doubt: fits ? null : findUnclearReason(answer),
    },
    first,
    version: version === null ? null : quoteServer(version, secrets),
    generation: null,
  };
}

async function addGeneration(
  conversation: ProbeSession,
  { clues = [] }: ProbePlan,
  met: Identification,
): Promise<Identification> {
  const { first } = met;
  if (first === null) return met;
  const told = await Promise.all(
    clues.map(async (clue) => {
      const answer = await tryAsking(conversation, clue.question, first.address);
      return answer === null ? null : clue.read(answer, first.answer);
    }),
  );
  return { ...met, generation: told.find((generation) => generation !== null) ?? null };
}

/** What is good to know leaves most of the time to what has to be known. */
const aside = { share: 1 / 4 };

/** Asks what may go unanswered: null then. */
export async function tryAsking(
  conversation: ProbeSession,
  question: IdentifyRequest["question"],
  address: string,
): Promise<ProbeResponse | null> {
  try {
    return (await ask(conversation, question, address, aside)).answer;
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    return null;
  }
}
