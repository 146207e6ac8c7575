import { isWebPage } from "../systems/probe-judge.js";
import type { Answer, Check, Judgement, Question } from "../systems/probe-plan.js";
import { ask, type Conversation } from "./ask.js";
import { ProbeFailure } from "./failure.js";
import { holdsSecret } from "./redact.js";
import type { Evidence } from "./report.js";

/**
 * Asks what a check asks, and judges the answer.
 *
 * @param presented the credential that stands in the question, to notice one that comes back
 * @param address the address that was recognised: nothing else may get a key
 */
export async function runCheck(
  conversation: Conversation,
  check: Check,
  question: Question,
  presented: string,
  address: string,
): Promise<Evidence> {
  const { id, transport, route, credential, expected, counts } = check;
  const about = { id, transport, route, credential, expected, counts };
  const logged = "logged" in check && check.logged === true;
  try {
    const { answer } = await ask(conversation, question, address);
    const judged = countDoubt(check, answer, check.judge(answer));
    const { observed, detail, doubt = null, fits, saysOff = false } = judged;
    const echoes = credential !== "none" && repeats(answer, presented);
    const ok = observed === expected;
    return { ...about, observed, detail, ok, doubt, fits, saysOff, echoes, logged };
  } catch (failure) {
    if (!(failure instanceof ProbeFailure)) throw failure;
    const { code, message } = failure;
    return {
      ...about,
      observed: "unclear",
      detail: message,
      ok: false,
      doubt: code,
      fits: false,
      saysOff: false,
      echoes: false,
      logged,
    };
  }
}

/**
 * Doubt counts against the server: a success that is given to nothing or to garbage is being let
 * in, whatever the words. For the key, only the system's own words are an acceptance.
 */
function countDoubt(check: Check, answer: Answer, judged: Judgement): Judgement {
  const isKeyless = check.credential === "none" || check.credential === "garbage";
  const isSuccess = answer.status >= 200 && answer.status < 300 && !isWebPage(answer);
  if (!isKeyless || judged.observed !== "unclear" || !isSuccess) return judged;
  return { observed: "accept", detail: judged.detail, fits: false };
}

function repeats(answer: Answer, presented: string): boolean {
  return [answer.body, ...Object.values(answer.headers)].some((text) =>
    holdsSecret(text, presented),
  );
}
