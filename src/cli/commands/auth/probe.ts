import { type Command, Option } from "commander";

import { KeywardError } from "../../../core/errors.js";
import { type ProbeReport, type Verdict, verdicts } from "../../../probe/report.js";
import { parseTarget } from "../../../net/target.js";
import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { findDefaultUrl } from "../../which/find-url.js";
import { declareKeySources } from "../../input/key-source.js";
import type { ProgramName } from "../../output.js";
import { declareGeneric } from "../../input/probe-options.js";
import { readTimeout } from "../../input/read-duration.js";
import { adviseVerdict, type AskedServer } from "./advise-verdict.js";
import {
  type ProbeAttempt,
  prepareAttempts,
  type Prepared,
  type ProbeCommandOptions,
} from "./prepare-probe.js";
import { showProbe } from "./show-probe.js";

export function declare(command: Command, name: ProgramName): void {
  declareKeySources(command)
    .argument("[url]", "the server's address, or unix:/path; absent: the one that it uses here")
    .option("--timeout <time>", "how long it may take in all: 500ms, 10s, 2m", "10s")
    .addOption(
      new Option("--until <verdict>", "ask again until the verdict is this").choices(verdicts),
    )
    .option("--ca <file>", "trust these authorities (PEM) over https")
    .option("--insecure", "trust any certificate")
    .option("--allow-plaintext", "send the key over plain http beyond this machine")
    .option("--logged-urls", "try the key also in URLs that the server writes to its log")
    .option("--no-key", "ask without a key: for a user who may not read the key file")
    .option("--try-limit", "present 20 wrong keys in each form; it may lock you out for a while")
    .option("--force", "send the key even if the listener belongs to another user");
  if (name === "keyward") {
    declareGeneric(command);
  }
  const examples: [string, string][] = [
    [`${name} auth probe`, "the server of this machine, with its own key"],
    [`${name} auth probe https://agent.example --key-env KEY`, "another machine's, with its key"],
    [`${name} auth probe --until enforced --timeout 60s`, "wait for a restart"],
  ];
  if (name === "keyward") {
    examples.push([
      "keyward --system auto auth probe http://127.0.0.1:8000",
      "find out which server that is",
    ]);
  }
  command.addHelpText("after", formatExamples(examples));
}

const exitCodes: Readonly<Record<Verdict, number>> = {
  enforced: exit.ok,
  closed: exit.ok,
  open: exit.no,
  "key-rejected": exit.no,
  "wrong-service": exit.failed,
  unreachable: exit.failed,
  inconclusive: exit.failed,
};

/** What `auth probe --json` prints. */
export interface ProbeJson extends ProbeReport {
  /** What to do next, where the verdict is not a good one. */
  readonly next: readonly string[];
}

export async function run(invocation: Invocation<ProbeCommandOptions>): Promise<number> {
  const { context, options, report } = invocation;
  const { until } = options;
  const timeoutMs = readTimeout(options.timeout);
  const { attempt, prepared } = await prepareAttempts(invocation);
  const result =
    until === undefined
      ? await attempt(timeoutMs)
      : await waitFor(until, attempt, timeoutMs, context);
  const { verdict } = result;
  const asked = await describeAsked(invocation, result, prepared());
  const advice = verdict === until ? null : adviseVerdict(result, asked);
  report.answerJson<ProbeJson>({ ...result, next: advice === null ? [] : [report.spell(advice)] });
  if (!report.json) await showProbe(invocation, result);
  if (advice !== null) report.hint(advice);
  if (until === undefined) return exitCodes[verdict];
  if (verdict === until) return exit.ok;
  report.warn(`it was not ${until} within ${options.timeout}`);
  return exitCodes[verdict] || exit.failed;
}

/** What the advice goes by. */
async function describeAsked(
  { args, context }: Invocation<ProbeCommandOptions>,
  { url, verdict }: ProbeReport,
  prepared: Prepared | null,
): Promise<AskedServer> {
  const isGiven = args[0] !== undefined;
  const { key = null, policy } = prepared ?? {};
  const isAway = isGiven && verdict === "unreachable" && parseTarget(url).loopback;
  return {
    isGiven,
    isHere: parseTarget(url).loopback,
    key: key === null ? null : (policy?.source ?? "given"),
    elsewhere: isAway && prepared !== null ? await findElsewhere(url, prepared, context) : null,
  };
}

/** Where the pid file says that the server is, if not there. */
async function findElsewhere(
  asked: string,
  { own, launch }: Prepared,
  context: Invocation["context"],
): Promise<string | null> {
  try {
    const { url, source } = await findDefaultUrl(own, launch, context);
    return source === "settings" || url === asked ? null : url;
  } catch (error) {
    if (error instanceof KeywardError) return null;
    throw error;
  }
}

async function waitFor(
  until: Verdict,
  attempt: ProbeAttempt,
  timeoutMs: number,
  { clock }: Invocation["context"],
): Promise<ProbeReport> {
  const { probeUntil } = await import("../../../probe/until.js");
  return probeUntil(until, attempt, { clock, timeoutMs });
}
