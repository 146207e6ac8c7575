import type {
  ProbeResponse,
  Check,
  KeylessCheck,
  ProbePlan,
  ProbeRequest,
} from "../systems/contract/probe-plan.js";
import type { ProbeSession } from "./session.js";
import type { ReceivedResponse } from "./exchange.js";
import { tryAsking } from "./identify.js";
import type { CheckResult } from "./report.js";
import { gatherEvidence, runCheck } from "./run-check.js";

/** What is to be known of a recognised server beside its checks; null where it could not be told. */
export interface ServerTraits {
  /** It answers to a name that is not its own. */
  readonly anyHost: boolean | null;
  /** It lets the scripts of any web page read its answers. */
  readonly anyOrigin: boolean | null;
  /** The route of its documentation, shown without a key. */
  readonly documentation: string | null;
  /** How wrong tries are limited; null where it was not tried, and where one was taken. */
  readonly tries: WrongTries | null;
}

/** The same, and what of it shows that somebody gets in who should not. */
export interface TraitsResult {
  readonly seen: Omit<ServerTraits, "tries">;
  readonly letIn: readonly CheckResult[];
}

/** What came of many wrong keys in a row. */
export interface WrongTries {
  readonly made: number;
  /** Whether it stopped answering them as before. */
  readonly limited: boolean;
}

/** Names that nobody can own. */
const foreignHost = "keyward.invalid";
const foreignOrigin = "https://keyward.invalid";

/**
 * Asks what tells more of the server, without a credential. Where the question is one that is to be
 * refused, an answer that lets in counts as one: a foreign name is no key.
 */
export async function readTraits(
  conversation: ProbeSession,
  { identify: [{ question }], identify: introductions, documentation }: ProbePlan,
  checks: readonly Check[],
  { address, answer: own }: ReceivedResponse,
): Promise<TraitsResult> {
  const withHeader = (name: string, value: string): ProbeRequest => ({
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
  const asked = checks.filter(isCounted).find((check) => asksTheSame(check, question));
  const findLetIn = (answer: ProbeResponse | null, name: string, value: string) =>
    answer === null || asked === undefined
      ? []
      : listLetIn({
          ...gatherEvidence(asked, question, answer, []),
          circumstance: `to a request with ${name}: ${value}`,
        });
  return {
    seen: {
      anyHost:
        byHost &&
        judgeHost(
          own,
          byHost,
          introductions.some((one) => one.judge(byHost).fits),
        ),
      anyOrigin: byOrigin && (allowed === "*" || allowed === foreignOrigin),
      documentation: isShown ? documentation.question.path : null,
    },
    letIn: [
      ...findLetIn(byHost, "Host", foreignHost),
      ...findLetIn(byOrigin, "Origin", foreignOrigin),
    ],
  };
}

/** Who refuses every request with 403 does not show whether the name was the reason. */
function judgeHost(own: ProbeResponse, byHost: ProbeResponse, fits: boolean): boolean | null {
  if (byHost.status !== 403 || !fits) return fits;
  return own.status === 403 ? null : false;
}

function asksTheSame(check: KeylessCheck, { method, path, socket }: ProbeRequest): boolean {
  if (check.credential !== "none" || socket !== undefined) return false;
  const own = check.ask("");
  return own.method === method && own.path === path && own.socket === undefined;
}

/** Another name may well be another site's, so that only the system's own words count. */
function listLetIn(evidence: CheckResult): CheckResult[] {
  const { expected, observed, fits } = evidence;
  return expected === "refuse" && observed === "accept" && fits ? [evidence] : [];
}

const mostTries = 20;

/** How {@link tryWrongKeys} ended: with a wrong key that was taken, or with what is known of a limit. */
export type WrongKeyResult =
  | { readonly letIn: CheckResult; readonly tries: null }
  | { readonly letIn: null; readonly tries: WrongTries };

/**
 * Presents one made-up key after the other, twenty in every form that the server protects, and stops
 * when it no longer refuses them. One that is taken is no limit, however late it comes: it lets in.
 * It may lock this machine out for a while, so that nobody does it unasked.
 *
 * @returns null where nothing can be tried
 */
export async function tryWrongKeys(
  conversation: ProbeSession,
  checks: readonly Check[],
  address: string,
  makeGarbage: () => string,
): Promise<WrongKeyResult | null> {
  const forms = checks.filter(isCounted).filter(({ credential }) => credential === "garbage");
  let made = 0;
  for (const check of forms) {
    for (let inForm = 0; inForm < mostTries; inForm++) {
      if (conversation.deadline <= conversation.clock.monotonic()) break;
      const garbage = makeGarbage();
      const evidence = await runCheck(conversation, check, {
        question: check.ask(garbage),
        secrets: [garbage],
        address,
        retries: false,
      });
      made++;
      if (evidence.observed === "accept") {
        const circumstance = `after ${made - 1} that it refused`;
        return { letIn: { ...evidence, circumstance }, tries: null };
      }
      // A route that this build does not have tells nothing.
      if (inForm === 0 && evidence.doubt === "absent") break;
      if (evidence.observed !== "refuse") return { letIn: null, tries: { made, limited: true } };
    }
  }
  return made === 0 ? null : { letIn: null, tries: { made, limited: false } };
}

function isCounted(check: Check): check is KeylessCheck {
  return (
    (check.credential === "none" || check.credential === "garbage") && check.counts !== "never"
  );
}
