import type { Command } from "commander";

import { TokenError } from "../../../tokens/errors.js";
import { type InspectedToken, inspectToken } from "../../../tokens/inspect.js";
import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { chooseHaip } from "../../input/haip.js";
import { loadPaint, type Paint, type ProgramName } from "../../output.js";
import {
  answerRefused,
  declareTokenSources,
  readToken,
  showText,
  type TokenSourceOptions,
} from "../../input/token-source.js";

export function declare(command: Command, name: ProgramName): void {
  declareTokenSources(command).addHelpText(
    "after",
    formatExamples([
      [`${name} token inspect < token.txt`, "what is in it; whether it is true is not asked"],
      [`${name} token inspect --env HAIP_TOKEN --json`, "for a script"],
    ]),
  );
}

/** What `token inspect --json` prints. */
export type InspectJson = InspectedToken;

export async function run(invocation: Invocation<TokenSourceOptions>): Promise<number> {
  const { context, options, report } = invocation;
  await chooseHaip({ ...invocation, options: { ...options, file: undefined } });
  try {
    const inspected = inspectToken(readToken(invocation), context);
    report.answerJson<InspectJson>(inspected);
    if (!report.json) report.answer(describe(inspected, await loadPaint(context, context.stdout)));
    return exit.ok;
  } catch (error) {
    if (error instanceof TokenError) return answerRefused(invocation, error);
    throw error;
  }
}

function describe(inspected: InspectedToken, paint: Paint): string {
  const { header, claims, profile, times, problem } = inspected;
  const lines = [
    paint.bad("NOT VERIFIED: anybody could have written this"),
    `header ${showJson(header)}`,
    `claims ${showJson(claims)}`,
    profile === null ? "of neither profile of HAIP" : `of the ${profile} profile`,
    ...times.map(({ words, at }) => (at === null ? words : `${words}, at ${at}`)),
    ...(problem === null ? [] : [paint.caution(`would be refused: ${problem.message}`)]),
  ];
  return lines.join("\n");
}

function showJson(value: object): string {
  return showText(JSON.stringify(value, null, 2));
}
