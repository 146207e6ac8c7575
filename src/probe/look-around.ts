import type { Check, KeylessCheck, ProbePlan, Question } from "../systems/probe-plan.js";
import { ask } from "./ask.js";
import type { Conversation } from "./conversation.js";
import { ProbeFailure } from "./failure.js";
import { tryAsking } from "./identify.js";

/** What is to be known of a recognised server beside its checks; null where it could not be told. */
export interface Surroundings {
  /** It answers to a name that is not its own. */
  readonly anyHost: boolean | null;
  /** It lets the scripts of any web page read its answers. */
  readonly anyOrigin: boolean | null;
  /** The route of its documentation, shown without a key. */
  readonly documentation: string | null;
  /** How wrong tries are limited; null where it was not tried. */
  readonly tries: Tries | null;
}

/** What came of many wrong keys in a row. */
export interface Tries {
  readonly made: number;
  /** Whether it stopped answering them as before. */
  readonly limited: boolean;
}

/** Names that nobody can own. */
const foreignHost = "keyward.invalid";
const foreignOrigin = "https://keyward.invalid";

/** Asks what tells more of the server, without a credential. */
export async function lookAround(
  conversation: Conversation,
  { identify: [{ question }], identify: introductions, documentation }: ProbePlan,
  address: string,
): Promise<Omit<Surroundings, "tries">> {
  const withHeader = (name: string, value: string): Question => ({
    ...question,
    headers: [[name, value], ...question.headers],
  });
  const [byHost, byOrigin, document] = await Promise.all([
    tryAsking(conversation, withHeader("Host", foreignHost), address),
    tryAsking(conversation, withHeader("Origin", foreignOrigin), address),
    documentation && tryAsking(conversation, documentation.question, address),
  ]);
  const allowed = byOrigin?.headers["access-control-allow-origin"];
  const isShown = document && documentation?.isShown(document) === true;
  return {
    anyHost: byHost && introductions.some((one) => one.judge(byHost).fits),
    anyOrigin: byOrigin && (allowed === "*" || allowed === foreignOrigin),
    documentation: isShown ? documentation.question.path : null,
  };
}

const mostTries = 20;

/**
 * Presents one made-up key after the other, twenty at most, and stops as soon as the server answers
 * them in another way. It may lock this machine out for a while, so that nobody does it unasked.
 */
export async function tryWrongKeys(
  conversation: Conversation,
  checks: readonly Check[],
  address: string,
  makeGarbage: () => string,
): Promise<Tries | null> {
  const check = checks.find(
    (one): one is KeylessCheck => one.credential === "garbage" && one.counts !== "never",
  );
  if (check === undefined) return null;
  for (let made = 1; made <= mostTries; made++) {
    const limited = await isAnsweredOtherwise(conversation, check, address, makeGarbage());
    if (limited) return { made, limited };
  }
  return { made: mostTries, limited: false };
}

async function isAnsweredOtherwise(
  conversation: Conversation,
  check: KeylessCheck,
  address: string,
  garbage: string,
): Promise<boolean> {
  try {
    const { answer } = await ask(conversation, check.ask(garbage), address, { retries: false });
    return check.judge(answer).observed !== "refuse";
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    return true;
  }
}
