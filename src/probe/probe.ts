import { spellFindings } from "../core/finding.js";
import { type Hint, spellHint } from "../core/hint.js";
import { KeywardError } from "../core/errors.js";
import { makeGarbage } from "../keys/garbage.js";
import type { Machine } from "../core/machine.js";
import type {
  Check,
  KeyCheck,
  Lifetime,
  ProbeCredentials,
  ProbePlan,
} from "../systems/contract/probe-plan.js";
import type { System } from "../systems/contract/system.js";
import { type Asking, askKeyless, askWithKey, deservesKey } from "./ask-checks.js";
import type { Trust } from "../net/connect.js";
import { type ProbeSession, startSession } from "./session.js";
import { collectFindings } from "./findings/findings.js";
import { isNeeded } from "./key-in-url.js";
import { identify, isRecognised, type Identification } from "./identify.js";
import { judgeListener, type ListenerPolicy } from "../net/listener.js";
import { readTraits, type ServerTraits, tryWrongKeys } from "./server-traits.js";
import type { CheckReport, CheckResult, ProbeReport } from "./report.js";
import type { Requester } from "../net/requester.js";
import { judgeTarget, type KeyPolicy, parseTarget } from "../net/target.js";
import { type ServerIdentity, judgeVerdict } from "./verdict.js";

/** What is probed, and with what. */
export interface ProbeOptions {
  readonly system: Pick<System, "id" | "title" | "keyFormat" | "loadProbe">;
  /** The server's address, `http:`, `https:` or `unix:/path`. */
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
  /** Writes out a fix that is a command of keyward; if absent, as it is typed where no server is named. */
  readonly spell?: (hint: Hint) => string;
  /**
   * Keep the key out of URLs, logged or not, wherever the transport has another place for it; and
   * out of those that are logged unless it has no other place at all.
   * @default false
   */
  readonly avoidUrls?: boolean;
  /**
   * Also present twenty wrong keys in a row in every form, to see whether the server takes one or
   * limits that. It may lock this machine out for a while.
   * @default false
   */
  readonly tryLimit?: boolean;
  /** How long the server's settings have its JWTs live. @default unknown */
  readonly lifetime?: Lifetime | null;
  readonly request?: Requester;
}

/**
 * Asks a running server whether it enforces its key. Nothing and garbage go first; the key follows
 * only when the answers look like the system, to the very address that gave them.
 *
 * @throws KeywardError `usage` for an address that is none, `target-refused` when the key may not
 *   go there, `key-refused` for a key that no header carries
 * @example
 * const { verdict } = await probe({ system: systems.jean2, url: "http://127.0.0.1:8742", key, machine });
 */
export async function probe(options: ProbeOptions): Promise<ProbeReport> {
  const { system, machine, trust } = options;
  const plan = await system.loadProbe();
  const prepared = await prepare(options, plan);
  const { target, conversation, decision, secrets } = prepared;
  const met = await identify(conversation, plan, secrets);
  const { first, version, generation } = met;
  const arrival = await nameArrival(met, conversation, system.id);
  const asked = plan.checks(generation);
  const { checks, surroundings } = await askAll(options, prepared, { ...met, arrival }, asked);
  const { title } = system;
  const judged = judgeVerdict({ title, arrival, checks, guess: plan.guess });
  const built = isRecognised(met) ? (plan.remarks?.(generation) ?? []) : [];
  return {
    url: target.url,
    address: first?.address ?? null,
    system: system.id,
    version,
    generation,
    ...judged,
    checks: reportChecks(asked, checks),
    findings: collectFindings({
      title,
      target,
      proxy: conversation.proxy,
      arrival,
      first,
      checks,
      surroundings,
      verdict: judged.verdict,
      remarks: [...spellFindings(prepared.remarks, options.spell ?? spellAlone), ...built],
      insecure: trust?.insecure === true,
      decision,
      now: machine.clock.now(),
    }),
  };
}

const spellAlone = (hint: Hint) => spellHint(hint);

/** Nothing and garbage, then the key where the answers deserve it, then wrong keys if wanted. */
async function askAll(
  options: ProbeOptions,
  { plan, target, conversation, sent, garbage }: Prepared,
  met: Identification,
  checks: readonly Check[],
): Promise<{ checks: CheckResult[]; surroundings: ServerTraits }> {
  const { arrival, first } = met;
  if (first === null) return { checks: [], surroundings: nothingSeen };
  const { address } = first;
  const recognised = isRecognised(met);
  const asking: Asking = { conversation, checks, address, garbage, retries: recognised };
  const [plain, around] = await Promise.all([
    askKeyless(asking),
    recognised ? readTraits(conversation, plan, checks, first) : { seen: nothingSeen, letIn: [] },
  ]);
  const keyless = replaceEvidence(plain, around.letIn);
  const isOn = arrival.failure === null && arrival.fits && !arrival.saysOff;
  const withKey: CheckResult[] = [];
  if (sent !== null && isOn && deservesKey(keyless)) {
    if (target.loopback) guardLoopback(options, address, target.port);
    const { loggedUrls = false, avoidUrls = false } = options;
    const mayHave = (check: KeyCheck) =>
      avoidUrls ? isNeeded(check, checks) : loggedUrls || check.logged !== true;
    withKey.push(...(await askWithKey(asking, sent, keyless, mayHave)));
  }
  const makeGarbage = () => presentOf(options, plan, null).garbage;
  const tried =
    options.tryLimit === true && isOn
      ? await tryWrongKeys(conversation, checks, address, makeGarbage)
      : null;
  const late = tried?.letIn ?? null;
  return {
    checks: [...replaceEvidence(keyless, late === null ? [] : [late]), ...withKey],
    surroundings: { ...around.seen, tries: tried?.tries ?? null },
  };
}

/** What a check let in once counts, whatever it refused at other times. */
function replaceEvidence(
  checks: readonly CheckResult[],
  letIn: readonly CheckResult[],
): CheckResult[] {
  return checks.map((check) => {
    if (check.observed === "accept") return check;
    return letIn.find(({ id }) => id === check.id) ?? check;
  });
}

/** Of a server that was not recognised, which other one it is. */
async function nameArrival(
  { arrival, first }: Identification,
  conversation: ProbeSession,
  expected: ProbeOptions["system"]["id"],
): Promise<ServerIdentity> {
  const isOther = arrival.failure === null && !arrival.fits && arrival.doubt !== "busy";
  if (!isOther || first === null) return arrival;
  const { detectOther } = await import("./detect.js");
  const other = await detectOther(conversation, expected, first.address);
  return other === null ? arrival : { ...arrival, looksLike: `it answers like ${other.title}` };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Everything that is decided before a server hears of it. */
export async function prepare(options: ProbeOptions, plan: ProbePlan) {
  const { key, trust } = options;
  if (key === "") throw new TypeError("key must be null rather than empty");
  const target = parseTarget(options.url);
  const policy = { source: "given" as const, ...options.policy };
  const insecure = trust?.insecure === true;
  const decision = key === null ? null : judgeTarget(target, { ...policy, insecure });
  const presented = presentOf(options, plan, key);
  const sent = decision?.send === true ? presented.key : null;
  if (sent !== null) refuseUnsendable(sent, plan);
  const conversation = await startSession(target, options);
  const { garbage, findings: remarks } = presented;
  const secrets = [garbage, key, presented.key].filter((secret) => secret !== null);
  return { plan, target, conversation, decision, sent, garbage, secrets, remarks };
}

/** The key itself, or what the system makes of it. */
export function presentOf(
  options: ProbeOptions,
  plan: ProbePlan,
  key: string | null,
): ProbeCredentials {
  const { system, machine, policy, lifetime = null } = options;
  const isGiven = policy?.source !== "stored";
  const made = plan.present?.(key, { isGiven, now: machine.clock.now(), lifetime });
  return made ?? { key, garbage: makeGarbage(system.keyFormat), findings: [] };
}

const nothingSeen: ServerTraits = {
  anyHost: null,
  anyOrigin: null,
  documentation: null,
  tries: null,
};

/** A header carries ASCII, and loses the blanks at its ends. */
function refuseUnsendable(key: string, plan: ProbePlan): void {
  const usesHeader = plan.checks(null).some(({ transport }) => /header|stream/.test(transport));
  if (!usesHeader || /^[!-~](?:[ -~]*[!-~])?$/.test(key)) return;
  throw new KeywardError("key-refused", "the key holds what no header carries", {
    hint: "it may hold printable ASCII, and no blank at its ends: replace it",
  });
}

/**
 * Looks who listens on this machine's loopback before a key goes there.
 *
 * @throws KeywardError `target-refused`
 */
export function guardLoopback(
  { machine, listener }: ProbeOptions,
  address: string,
  port: number,
): void {
  if (listener === "anybody") return;
  judgeListener(machine, address, port, listener ?? { keyFile: null, unitUser: null });
}

/** In the order of the plan, and without what only the verdict and the findings look at. */
function reportChecks(checks: readonly Check[], evidence: readonly CheckResult[]): CheckReport[] {
  return checks.flatMap(({ id }) => {
    const found = evidence.find((check) => check.id === id);
    if (found === undefined) return [];
    const { transport, route, credential, expected, observed, detail, ok } = found;
    return [{ id, transport, route, credential, expected, observed, detail, ok }];
  });
}
