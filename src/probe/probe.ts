import { KeywardError } from "../errors.js";
import { generateKey } from "../keys/generate.js";
import type { Machine } from "../machine.js";
import type { ProbePlan } from "../systems/probe-plan.js";
import type { System } from "../systems/system.js";
import { type Asking, askKeyless, askWithKey, deservesKey } from "./ask-checks.js";
import type { Conversation } from "./ask.js";
import type { Trust } from "./connect.js";
import { collectFindings } from "./findings.js";
import { identify } from "./identify.js";
import { judgeListener, type ListenerPolicy } from "./listener.js";
import type { CheckReport, Evidence, ProbeReport } from "./report.js";
import type { Requester } from "./requester.js";
import { judgeTarget, type KeyPolicy, parseTarget } from "./target.js";
import { judgeVerdict } from "./verdict.js";

/** What is probed, and with what. */
export interface ProbeOptions {
  readonly system: Pick<System, "id" | "title" | "keyFormat" | "probe">;
  /** The server's address, `http:` or `https:`. */
  readonly url: string;
  /** The key to try; null to ask without one. */
  readonly key: string | null;
  readonly machine: Machine;
  /** Where the key came from and where it may go. @default given, not to plain http beyond loopback */
  readonly policy?: Omit<KeyPolicy, "insecure">;
  /**
   * Who may listen on this machine's loopback to get the key; `anybody` asks no questions.
   * @default root, and the user who asks
   */
  readonly listener?: ListenerPolicy | "anybody";
  readonly trust?: Trust;
  /** Milliseconds for the whole probe. @default 10000 */
  readonly timeoutMs?: number;
  /**
   * Also try the key in URLs that the server writes to its log, where it then stands.
   * @default false
   */
  readonly loggedUrls?: boolean;
  readonly request?: Requester;
}

/**
 * Asks a running server whether it enforces its key. Nothing and garbage go first; the key follows
 * only when the answers look like the system, to the very address that gave them.
 *
 * @throws KeywardError `usage` for an address that is none, `target-refused` when the key may not
 *   go there, `key-refused` for a key that no header carries, `not-found` when the system has no plan
 * @example
 * const { verdict } = await probe({ system: systems.jean2, url: "http://127.0.0.1:8742", key, machine });
 */
export async function probe(options: ProbeOptions): Promise<ProbeReport> {
  const { system, key, machine, trust, timeoutMs = 10_000 } = options;
  if (key === "") throw new TypeError("key must be null rather than empty");
  const target = parseTarget(options.url);
  const insecure = trust?.insecure === true;
  const decision =
    key === null ? null : judgeTarget(target, { source: "given", ...options.policy, insecure });
  const sent = decision?.send === true ? key : null;
  const plan = planOf(system);
  if (sent !== null) refuseUnsendable(sent, plan);

  const conversation: Conversation = {
    request: options.request ?? (await import("./requester.js")).createRequester(),
    target,
    trust,
    clock: machine.clock,
    deadline: machine.clock.monotonic() + timeoutMs,
  };
  const garbage = generateKey(system.keyFormat);
  const secrets = key === null ? [garbage] : [garbage, key];
  const { arrival, first, version } = await identify(conversation, plan, secrets);
  const checks: Evidence[] = [];
  if (first !== null) {
    const asking: Asking = {
      conversation,
      plan,
      address: first.address,
      garbage,
    };
    checks.push(...(await askKeyless(asking)));
    const recognised = arrival.failure === null && arrival.fits && !arrival.saysOff;
    if (sent !== null && recognised && deservesKey(checks)) {
      if (target.loopback) guardLoopback(options, first.address, target.port);
      checks.push(...(await askWithKey(asking, sent, checks, options.loggedUrls === true)));
    }
  }
  const { title } = system;
  const now = machine.clock.now();
  return {
    url: target.url,
    address: first?.address ?? null,
    system: system.id,
    version,
    ...judgeVerdict({ title, arrival, checks }),
    checks: reportChecks(plan, checks),
    findings: collectFindings({ title, target, arrival, first, checks, insecure, decision, now }),
  };
}

function planOf({ title, probe }: ProbeOptions["system"]): ProbePlan {
  if (probe !== null) return probe;
  throw new KeywardError("not-found", `how a running ${title} is probed is not known`, {
    hint: "look at where its key comes from: keyward auth status",
  });
}

/** A header carries ASCII, and loses the blanks at its ends. */
function refuseUnsendable(key: string, plan: ProbePlan): void {
  const usesHeader = plan.checks.some(({ transport }) => transport.startsWith("header"));
  if (!usesHeader || /^[!-~](?:[ -~]*[!-~])?$/.test(key)) return;
  throw new KeywardError("key-refused", "the key holds what no header carries", {
    hint: "it may hold printable ASCII, and no blank at its ends: replace it",
  });
}

function guardLoopback({ machine, listener }: ProbeOptions, address: string, port: number): void {
  if (listener === "anybody") return;
  judgeListener(machine, address, port, listener ?? { keyFile: null, unitUser: null });
}

/** In the order of the plan, and without what only the verdict and the findings look at. */
function reportChecks(plan: ProbePlan, checks: readonly Evidence[]): CheckReport[] {
  return plan.checks.flatMap(({ id }) => {
    const found = checks.find((check) => check.id === id);
    if (found === undefined) return [];
    const { transport, route, credential, expected, observed, detail, ok } = found;
    return [{ id, transport, route, credential, expected, observed, detail, ok }];
  });
}
