import { findDoubt } from "../systems/probe-judge.js";
import type { ProbePlan } from "../systems/probe-plan.js";
import { ask, type Conversation, type Heard } from "./ask.js";
import { ProbeFailure } from "./failure.js";
import { describeService } from "./recognise.js";
import { quoteServer } from "./redact.js";
import type { Arrival } from "./verdict.js";

/** Who answered the first request. */
export interface Introduction {
  readonly arrival: Arrival;
  /** The answer; null when nobody gave one. */
  readonly first: Heard | null;
  readonly version: string | null;
}

/**
 * Finds out who answers, without a credential. Of several addresses the first that answers as the
 * system does is taken, else the first that answers at all.
 */
export async function identify(
  conversation: Conversation,
  plan: ProbePlan,
  secrets: readonly string[],
): Promise<Introduction> {
  const addresses = conversation.target.addresses ?? [undefined];
  let best: Introduction | undefined;
  for (const [index, address] of addresses.entries()) {
    // One that is silent leaves the others their share of the time.
    const share = 1 / (addresses.length - index);
    const met = await meet(conversation, plan, address, share, secrets);
    if (met.arrival.failure === null && met.arrival.fits) return met;
    best = best === undefined || (best.first === null && met.first !== null) ? met : best;
  }
  if (best === undefined) throw new TypeError("a target needs an address");
  return best;
}

async function meet(
  conversation: Conversation,
  plan: ProbePlan,
  address: string | undefined,
  share: number,
  secrets: readonly string[],
): Promise<Introduction> {
  let first: Heard;
  try {
    first = await ask(conversation, plan.identify.question, address, share);
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    return { arrival: { failure }, first: null, version: null };
  }
  const { answer } = first;
  const { fits, saysOff, version } = plan.identify.judge(answer);
  const looksLike = fits
    ? ""
    : describeService(answer, conversation.target.url + plan.identify.question.path, secrets);
  return {
    arrival: { failure: null, fits, saysOff, looksLike, doubt: fits ? null : findDoubt(answer) },
    first,
    version: version === null ? null : quoteServer(version, secrets),
  };
}
