import { aboutServer, asItStands, type Hint } from "../../../core/hint.js";
import { KeywardError } from "../../../core/errors.js";
import type { Trust } from "../../../net/connect.js";
import { parseTarget } from "../../../net/target.js";
import { probe, type ProbeOptions } from "../../../probe/probe.js";
import type { ProbeReport, Verdict } from "../../../probe/report.js";
import type { Lifetime } from "../../../systems/contract/probe-plan.js";
import type { Launch, System } from "../../../systems/contract/system.js";
import type { CommonOptions, Invocation } from "../../command.js";
import { findProbeKey, type KeySourceOptions, type ProbeKey } from "../../input/key-source.js";
import {
  describeGeneric,
  type GenericServerOptions,
  readTrust,
  type TrustOptions,
} from "../../input/probe-options.js";
import { createSpeller } from "../../spell-hint.js";
import { chooseLaunch, chooseSystem } from "../../which/choose.js";
import { findDefaultUrl } from "../../which/find-url.js";

/** The options of `auth probe`. */
export interface ProbeCommandOptions
  extends CommonOptions, KeySourceOptions, GenericServerOptions, TrustOptions {
  readonly allowPlaintext?: boolean;
  readonly loggedUrls?: boolean;
  readonly tryLimit?: boolean;
  readonly force?: boolean;
  /** False for `--no-key`. */
  readonly key?: boolean;
  readonly timeout: string;
  readonly until?: Verdict;
}

/** What is asked, and of which system of this machine. */
export interface Prepared extends ProbeOptions {
  readonly own: System;
  readonly launch: Launch;
}
/** One probe, with the milliseconds that it may take. */
export type ProbeAttempt = (timeoutMs: number) => Promise<ProbeReport>;

/** What every attempt has in common was read once. */
export interface ProbeAttempts {
  readonly attempt: ProbeAttempt;
  /** Null as long as no system was recognised. */
  readonly prepared: () => Prepared | null;
}

/** Everything that one attempt has in common with the next: the key is read once. */
export async function prepareAttempts(
  invocation: Invocation<ProbeCommandOptions>,
): Promise<ProbeAttempts> {
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
  return {
    attempt: (timeoutMs) => probe({ ...prepared, timeoutMs }),
    prepared: () => prepared,
  };
}

function attemptToDetect(
  url: string,
  trust: Trust | null,
  invocation: Invocation<ProbeCommandOptions>,
): ProbeAttempts {
  const { context: machine, report } = invocation;
  let prepared: Prepared | undefined;
  const attempt: ProbeAttempt = async (timeoutMs) => {
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
  return { attempt, prepared: () => prepared ?? null };
}

async function prepare(
  chosen: System,
  trust: Trust | null,
  invocation: Invocation<ProbeCommandOptions>,
): Promise<Prepared> {
  const { context, options, args, server, report } = invocation;
  const system = describeGeneric(chosen, options);
  const launch = chooseLaunch(system, invocation);
  const given = args[0] ?? server?.url ?? undefined;
  const found = given === undefined ? await findUrl(system, launch, invocation) : null;
  const { key, source, listener } = await findKey(system, launch, invocation);
  // Read before it is shown: one with a user, a password or a query is refused.
  const { url } = parseTarget(given ?? found?.url ?? "");
  report.debug(`asking ${url} with ${key === null ? "no key" : `the ${source} key`}`);
  return {
    own: chosen,
    launch,
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

/** Without a key the question who gets in is answered as well: nothing of the key's file is read. */
async function findKey(
  system: System,
  launch: Launch,
  invocation: Invocation<ProbeCommandOptions>,
): Promise<ProbeKey> {
  const { keyEnv, keyFile, keyStdin, key } = invocation.options;
  if (key === false) {
    if ((keyEnv ?? keyFile ?? keyStdin) !== undefined) {
      throw new KeywardError("usage", "--no-key cannot be used with a way to bring a key");
    }
    return { key: null, source: "stored", listener: { keyFile: null, unitUser: null } };
  }
  try {
    return await findProbeKey(system, launch, invocation);
  } catch (error) {
    if (!(error instanceof KeywardError) || error.code !== "unreadable") throw error;
    const hint: Hint = [
      "run it with sudo, or as a user who may read it; or ask without a key: ",
      aboutServer("auth probe --no-key"),
    ];
    throw new KeywardError("unreadable", error.message, { hint, cause: error.cause });
  }
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
