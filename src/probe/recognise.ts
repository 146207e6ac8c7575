import { systems } from "../systems/list.js";
import { describeAnswer, isWebPage } from "../systems/contract/probe-judge.js";
import type { ProbeResponse } from "../systems/contract/probe-plan.js";
import type { System } from "../systems/contract/system.js";
import { quoteServer } from "../net/redact.js";

/** Says in words what an answer looks like when it is not the expected system's. */
export async function describeService(
  answer: ProbeResponse,
  url: string,
  secrets: readonly string[],
): Promise<string> {
  for (const system of Object.values<System>(systems)) {
    if ((await system.loadProbe()).bearsMarks(answer)) return `it answers like ${system.title}`;
  }
  const elsewhere = findRedirect(answer, url);
  if (elsewhere !== null) {
    const origin = quoteServer(elsewhere, secrets);
    return origin === null ? "it redirects elsewhere" : `it redirects to ${origin}`;
  }
  const program = quoteServer(answer.headers["server"] ?? "", secrets);
  const by = program === null ? "" : ` (${program})`;
  if (isWebPage(answer)) return `it answers ${answer.status} with a web page${by}`;
  return `it answers ${describeAnswer(answer)}${by}`;
}

/** The origin that a redirect leads to; its path and query may hold anything and stay out. */
function findRedirect(answer: ProbeResponse, url: string): string | null {
  const location = answer.headers["location"];
  if (answer.status < 300 || answer.status > 399 || location === undefined) return null;
  return URL.canParse(location, url) ? new URL(location, url).origin : null;
}
