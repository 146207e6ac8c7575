import { resolve } from "node:path";

import { type Command, Option } from "commander";

import { KeywardError } from "../../errors.js";
import { probe } from "../../probe/probe.js";
import type { ProbeReport, Verdict } from "../../probe/report.js";
import { parseTarget } from "../../probe/target.js";
import { createGenericSystem } from "../../systems/generic.js";
import { parseJsonCondition } from "../../systems/generic-probe.js";
import type { Launch, System } from "../../systems/system.js";
import { chooseLaunch, chooseSystem } from "../choose.js";
import { type CommonOptions, formatExamples, type Invocation } from "../command.js";
import { exit } from "../exit.js";
import { findDefaultUrl } from "../find-url.js";
import { declareKeySources, findProbeKey, type KeySourceOptions } from "../key-source.js";
import type { ProgramName } from "../output.js";
import { showProbe } from "../show-probe.js";

interface ProbeCommandOptions extends CommonOptions, KeySourceOptions {
  readonly path?: string;
  readonly transport?: "bearer" | "query";
  readonly acceptJson?: string;
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly allowPlaintext?: boolean;
  readonly loggedUrls?: boolean;
  readonly force?: boolean;
  readonly timeout: string;
}

export function declare(command: Command, name: ProgramName): void {
  declareKeySources(command)
    .argument("[url]", "the server's address; the one that the server uses here if absent")
    .option("--timeout <seconds>", "how long it may take in all", "10")
    .option("--ca <file>", "trust these authorities (PEM) over https")
    .option("--insecure", "trust any certificate")
    .option("--allow-plaintext", "send the key over plain http beyond this machine")
    .option("--logged-urls", "try the key also in URLs that the server writes to its log")
    .option("--force", "send the key even if the listener belongs to another user");
  if (name === "keyward") {
    command
      .option("--path <path>", "generic: the endpoint that says whether a key is good")
      .addOption(
        new Option("--transport <how>", "generic: how the key travels").choices([
          "bearer",
          "query",
        ]),
      )
      .option("--accept-json <name=value>", "generic: the value of the answer that accepts");
  }
  command.addHelpText(
    "after",
    formatExamples([
      [`${name} auth probe`, "the server of this machine, with its own key"],
      [`${name} auth probe https://agent.example --key-env KEY`, "another machine's, with its key"],
      [`${name} auth probe http://127.0.0.1:8742 --json`, "for a script"],
    ]),
  );
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

export async function run(invocation: Invocation<ProbeCommandOptions>): Promise<number> {
  const { context, options, args, server, report } = invocation;
  const timeoutMs = readTimeout(options.timeout);
  const system = describeGeneric(await chooseSystem(invocation), options);
  const launch = chooseLaunch(system, invocation);
  const given = args[0] ?? server?.url ?? undefined;
  const found = given === undefined ? await findUrl(system, launch, invocation) : null;
  const { key, source, listener } = await findProbeKey(system, launch, invocation);
  const url = given ?? found?.url ?? "";
  report.debug(`asking ${url} with ${key === null ? "no key" : `the ${source} key`}`);
  const result = await probe({
    system,
    url,
    key,
    machine: context,
    request: context.request,
    timeoutMs,
    policy: {
      source,
      namedUrls: await findNamedUrls(url, system, invocation),
      allowPlaintext: options.allowPlaintext === true,
    },
    listener: options.force === true ? "anybody" : listener,
    loggedUrls: options.loggedUrls === true,
    trust: readTrust(options, invocation) ?? found?.trust ?? {},
  });
  report.answerJson(result);
  if (!report.json) await showProbe(invocation, result);
  return exitOf(result);
}

/** Asked only where it matters, so that settings in disorder do not keep the own server from being asked. */
async function findNamedUrls(url: string, system: System, { context }: Invocation) {
  if (parseTarget(url).loopback) return [];
  const { listNamedUrls } = await import("../find-server.js");
  return listNamedUrls(context, system);
}

function exitOf({ verdict }: ProbeReport): number {
  return exitCodes[verdict];
}

function readTimeout(text: string): number {
  const seconds = Number(text.replace(/s$/, ""));
  if (text !== "" && seconds > 0 && seconds <= 3600) return seconds * 1000;
  throw new KeywardError(
    "usage",
    `--timeout takes seconds, more than 0 and up to 3600, got ${text}`,
    {
      hint: "for example: --timeout 10",
    },
  );
}

function describeGeneric(system: System, options: ProbeCommandOptions): System {
  const { path, transport, acceptJson } = options;
  if (system.id !== "generic") {
    if (path === undefined && transport === undefined && acceptJson === undefined) return system;
    throw new KeywardError(
      "usage",
      `--path, --transport and --accept-json are for --system generic; ${system.title}'s are known`,
    );
  }
  if (path === undefined) {
    throw new KeywardError("usage", "a generic server is asked at its validate endpoint", {
      hint: "name it, for example: --path /validate",
    });
  }
  return createGenericSystem({
    path,
    transport: transport ?? "bearer",
    acceptJson: acceptJson === undefined ? undefined : parseJsonCondition(acceptJson),
  });
}

async function findUrl(system: System, launch: Launch, { context, report }: Invocation) {
  if (system.id === "generic") {
    throw new KeywardError("usage", "the address of a generic server is not known", {
      hint: "give it: auth probe http://127.0.0.1:8080 --path /validate",
    });
  }
  const found = await findDefaultUrl(system, launch, context);
  report.note(`asking ${found.url}, by ${found.source}`);
  return found;
}

function readTrust({ ca, insecure }: ProbeCommandOptions, { context }: Invocation) {
  if (insecure === true) {
    if (ca === undefined) return { insecure: true };
    throw new KeywardError("usage", "--ca and --insecure contradict each other");
  }
  if (ca === undefined) return null;
  try {
    return { ca: context.fs.readFileSync(resolve(context.cwd, ca), "utf8") };
  } catch (cause) {
    throw new KeywardError("unreadable", `cannot read the authorities in ${ca}`, { cause });
  }
}
