import { type Command, Option } from "commander";

import { readTimeout } from "../../input/read-duration.js";
import { aboutServer, asItStands } from "../../../core/hint.js";
import { KeywardError } from "../../../core/errors.js";
import type { Trust } from "../../../net/connect.js";
import { probe, type ProbeOptions } from "../../../probe/probe.js";
import { type ProbeReport, type Verdict, verdicts } from "../../../probe/report.js";
import { parseTarget } from "../../../net/target.js";
import type { Lifetime } from "../../../systems/contract/probe-plan.js";
import type { Launch, System } from "../../../systems/contract/system.js";
import { chooseLaunch, chooseSystem } from "../../which/choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { createSpeller } from "../../spell-hint.js";
import { findDefaultUrl } from "../../which/find-url.js";
import { declareKeySources, findProbeKey, type KeySourceOptions } from "../../input/key-source.js";
import type { ProgramName } from "../../output.js";
import {
  declareGeneric,
  describeGeneric,
  type GenericServerOptions,
  readTrust,
  type TrustOptions,
} from "../../input/probe-options.js";
import { showProbe } from "./show-probe.js";

interface ProbeCommandOptions
  extends CommonOptions, KeySourceOptions, GenericServerOptions, TrustOptions {
  readonly allowPlaintext?: boolean;
  readonly loggedUrls?: boolean;
  readonly tryLimit?: boolean;
  readonly force?: boolean;
  readonly timeout: string;
  readonly until?: Verdict;
}

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
export type ProbeJson = ProbeReport;

export async function run(invocation: Invocation<ProbeCommandOptions>): Promise<number> {
  const { context, options, report } = invocation;
  const { until } = options;
  const timeoutMs = readTimeout(options.timeout);
  const attempt = await prepareAttempts(invocation);
  const result =
    until === undefined
      ? await attempt(timeoutMs)
      : await waitFor(until, attempt, timeoutMs, context);
  report.answerJson<ProbeJson>(result);
  if (!report.json) await showProbe(invocation, result);
  const { verdict } = result;
  if (until === undefined) return exitCodes[verdict];
  if (verdict === until) return exit.ok;
  report.warn(`it was not ${until} within ${options.timeout}`);
  return exitCodes[verdict] || exit.failed;
}

type Attempt = (timeoutMs: number) => Promise<ProbeReport>;

async function waitFor(
  until: Verdict,
  attempt: Attempt,
  timeoutMs: number,
  { clock }: Invocation["context"],
): Promise<ProbeReport> {
  const { probeUntil } = await import("../../../probe/until.js");
  return probeUntil(until, attempt, { clock, timeoutMs });
}

/** Everything that one attempt has in common with the next: the key is read once. */
async function prepareAttempts(invocation: Invocation<ProbeCommandOptions>): Promise<Attempt> {
  const { name, args, context, options, server } = invocation;
  const trust = readTrust(options, context);
  if (name === "keyward" && server === null && options.system === "auto") {
    const [url] = args;
    if (url !== undefined) return attemptToDetect(url, trust, invocation);
    throw new KeywardError("usage", "the address of the server is required", {
      hint: ["give its address: ", asItStands("--system auto auth probe URL")],
    });
  }
  const prepared = await prepare(await chooseSystem(invocation), trust, invocation);
  return (timeoutMs) => probe({ ...prepared, timeoutMs });
}

function attemptToDetect(
  url: string,
  trust: Trust | null,
  invocation: Invocation<ProbeCommandOptions>,
): Attempt {
  const { context: machine, report } = invocation;
  let prepared: ProbeOptions | undefined;
  return async (timeoutMs) => {
    const deadline = machine.clock.monotonic() + timeoutMs;
    if (prepared === undefined) {
      const { detectSystem } = await import("../../../probe/detect.js");
      const { request } = machine;
      const found = await detectSystem({ url, machine, request, timeoutMs, trust: trust ?? {} });
      if (found.system === null) return found.report;
      report.note(`this is ${found.system.title}`);
      report.spellWith(createSpeller(invocation, found.system.id));
      prepared = await prepare(found.system, trust, invocation);
    }
    return probe({ ...prepared, timeoutMs: Math.max(deadline - machine.clock.monotonic(), 1) });
  };
}

async function prepare(
  chosen: System,
  trust: Trust | null,
  invocation: Invocation<ProbeCommandOptions>,
): Promise<ProbeOptions> {
  const { context, options, args, server, report } = invocation;
  const system = describeGeneric(chosen, options);
  const launch = chooseLaunch(system, invocation);
  const given = args[0] ?? server?.url ?? undefined;
  const found = given === undefined ? await findUrl(system, launch, invocation) : null;
  const { key, source, listener } = await findProbeKey(system, launch, invocation);
  // Read before it is shown: one with a user, a password or a query is refused.
  const { url } = parseTarget(given ?? found?.url ?? "");
  report.debug(`asking ${url} with ${key === null ? "no key" : `the ${source} key`}`);
  return {
    system,
    url,
    key,
    machine: context,
    request: context.request,
    policy: {
      source,
      namedUrls: await findNamedUrls(url, system, invocation),
      allowPlaintext: options.allowPlaintext === true,
    },
    spell: report.spell,
    listener: options.force === true ? "anybody" : listener,
    loggedUrls: options.loggedUrls === true,
    tryLimit: options.tryLimit === true,
    trust: trust ?? found?.trust ?? {},
    lifetime: await findLifetime(url, system, launch, invocation),
  };
}

/** Asked only where it matters, so that settings in disorder do not keep the own server from being asked. */
async function findNamedUrls(url: string, system: System, { context }: Invocation) {
  if (parseTarget(url).loopback) return [];
  const { listNamedUrls } = await import("../../which/find-server.js");
  return listNamedUrls(context, system);
}

/** The settings here tell nothing of a server elsewhere. */
async function findLifetime(
  url: string,
  system: System,
  launch: Launch,
  { context }: Invocation,
): Promise<Lifetime | null> {
  if (system.lifetime === undefined || !parseTarget(url).loopback) return null;
  const { resolveSetting } = await import("../../../locations/resolve-key.js");
  const { value, source } = await resolveSetting(system.lifetime, context, launch);
  return value === null ? null : { text: value, isDefault: source === null };
}

async function findUrl(system: System, launch: Launch, { context, report }: Invocation) {
  if (system.id === "generic") {
    throw new KeywardError("usage", "the address of a generic server is not known", {
      hint: ["give it: ", aboutServer("auth probe")],
    });
  }
  const found = await findDefaultUrl(system, launch, context);
  report.note(`asking ${found.url}, by ${found.source}`);
  return found;
}
