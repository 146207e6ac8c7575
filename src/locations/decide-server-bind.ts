import type { Exposure, Exposures } from "../exposure/exposure.js";
import { explainKeyProblem } from "../hosts/check-bind-safety.js";
import { aboutServer, type Hint } from "../core/hint.js";
import {
  type BindDecision,
  type BindOptions,
  type BindReasonCode,
  judgeBind,
  type RawBindDecision,
} from "../hosts/decide-bind.js";
import { classifyHost } from "../hosts/classify.js";
import { adviseKey } from "../hosts/describe-reach.js";
import { assessKey, countsAsKey, isReference } from "../keys/strength.js";
import type { System } from "../systems/contract/system.js";
import type { KeyResolution, SwitchResolution } from "./resolve-key.js";
import { adviseUnseen, explainUnseen, type Unseen } from "./unseen.js";

/** Whether it is safe to start a server: yes, no, or that it cannot be told. */
export interface ServerBind extends Omit<
  BindDecision,
  "host" | "safe" | "scope" | "keyConfigured" | "reason" | "hint"
> {
  /** Null where it cannot be told. */
  readonly host: string | null;
  readonly safe: boolean | null;
  readonly scope: BindDecision["scope"] | null;
  readonly keyConfigured: boolean | null;
  readonly reason: {
    readonly code: BindReasonCode | "loopback-passed-on" | "cannot-be-told";
    readonly message: string;
  };
  /** What passes a loopback port on to others; looked for only where no key is certain. */
  readonly exposures: readonly Exposure[];
  /** For anything but a safe bind, what to do. */
  readonly hint?: Hint;
  /** `PATH:LINE` of what hides the answer; null where it can be told. */
  readonly place: string | null;
}

/** What {@link decideServerBind} goes by. */
export interface ServerBindOptions extends Omit<
  BindOptions,
  "host" | "keyConfigured" | "keyProblem"
> {
  readonly resolution: Pick<
    KeyResolution,
    "authentication" | "key" | "effective" | "unseen" | "switchedOffBy"
  >;
  /** The host, or what keeps it from being told. */
  readonly host: string | Unseen;
  /** Looks for what passes the port on to others; absent where nobody wants to know. */
  readonly findExposures?: (() => Promise<Exposures>) | undefined;
}

/**
 * Decides as `decideBind` does, and says where that cannot be told: with a key that is certain any
 * host is safe, and on loopback any key will do.
 */
export async function decideServerBind(options: ServerBindOptions): Promise<ServerBind> {
  const { resolution, host, findExposures, ...rest } = options;
  const { key } = resolution;
  const unseen = resolution.unseen ?? findReference(resolution);
  const keyConfigured = unseen === null ? countsAsKey(key) : null;
  if (typeof host !== "string") {
    const nothing = { addresses: [], remarks: [], exposures: [] };
    const facts = { host: null, scope: null, keyConfigured, ...nothing };
    if (keyConfigured === true) {
      const message = `a key is configured, though ${explainUnseen("the host", host)}`;
      const { place } = host;
      return { ...facts, safe: true, reason: { code: "key-configured", message }, place };
    }
    const fix = keyConfigured === false ? rest.fix : undefined;
    return { ...facts, ...refuseToTell(explainUnseen("the host", host), host, fix) };
  }
  const decision = await judgeBind({
    ...rest,
    host,
    keyConfigured: keyConfigured ?? false,
    keyProblem: explainNoKey(resolution),
  });
  const exposures: readonly Exposure[] = [];
  if (decision.safe && keyConfigured !== true && findExposures !== undefined) {
    return judgeExposures(decision, keyConfigured, await findExposures(), { ...rest, unseen });
  }
  if (unseen === null || decision.safe || classifyHost(host).scope === "invalid") {
    return { ...decision, keyConfigured, place: null, exposures };
  }
  const message = explainUnseen("whether it asks for a key", unseen);
  const { hint: _, ...facts } = decision;
  return { ...facts, keyConfigured, exposures, ...refuseToTell(message, unseen) };
}

/** A key that the server makes up is none: its owner did not choose it, and it stands in a log. */
function explainNoKey({
  key,
  authentication,
  switchedOffBy,
}: Pick<KeyResolution, "authentication" | "key" | "switchedOffBy">): string | undefined {
  if (switchedOffBy !== null) return `authentication is off, by ${switchedOffBy}`;
  if (key === null && authentication === "on") {
    return "no key is configured: the server makes a new one at each start and prints it";
  }
  return explainKeyProblem(key);
}

/** That nothing was seen to pass a port on, and what was not looked at. */
export function tellNoExposure(port: number | undefined, notSeen: readonly string[]): string {
  return `no tunnel or proxy before ${namePort(port)} was seen; not looked at: ${notSeen.join(", ")}`;
}

function namePort(port: number | undefined): string {
  return port === undefined ? "its port" : `port ${port}`;
}

/** Loopback is not the end of the way where something passes its port on. */
function judgeExposures(
  decision: RawBindDecision,
  keyConfigured: boolean | null,
  { found, unseen: notSeen }: Exposures,
  { port, fix, unseen }: Pick<BindOptions, "port" | "fix"> & { readonly unseen: Unseen | null },
): ServerBind {
  const which = namePort(port);
  const facts = { ...decision, keyConfigured, exposures: found, place: null };
  const open = found.find(({ authenticates }) => !authenticates);
  const first = open ?? found[0];
  if (first === undefined) {
    return { ...facts, remarks: [...decision.remarks, tellNoExposure(port, notSeen)] };
  }
  const passedOn = `${decision.reason.message}, but ${first.by} (${first.place}) passes ${which} on to others`;
  if (open === undefined) {
    const message = `${passedOn}, and whether its own login lets nobody else in cannot be told`;
    const reason = { code: "cannot-be-told" as const, message };
    return { ...facts, safe: null, reason, place: first.place, hint: adviseKey(fix) };
  }
  if (unseen !== null) {
    const message = `${passedOn}, and ${explainUnseen("whether it asks for a key", unseen)}`;
    return { ...facts, ...refuseToTell(message, unseen) };
  }
  const reason = {
    code: "loopback-passed-on" as const,
    message: `${passedOn}, and no key is configured`,
  };
  return { ...facts, safe: false, reason, hint: adviseKey(fix) };
}

const referenceHint: Hint = [
  "ask the running server, with the key from that tool: ",
  aboutServer("auth probe --key-stdin"),
];

/** With the tool that a reference is for, the server may well have a key. */
function findReference({
  key,
  effective,
}: Pick<KeyResolution, "key" | "effective">): Unseen | null {
  if (effective === null || !isReference(key)) return null;
  const { name, reading } = effective;
  const place = reading.line === null ? name : `${name}:${reading.line}`;
  return { place, why: `it holds ${assessKey(key).message}`, named: true, hint: referenceHint };
}

function refuseToTell(message: string, unseen: Unseen, fix?: Hint) {
  const reason = { code: "cannot-be-told" as const, message };
  return { safe: null, reason, place: unseen.place, hint: adviseUnseen(unseen, fix) };
}

/** What the server itself would do there; null where that is not known, or depends on what is not. */
export function wouldServerStart(
  system: System,
  host: string | null,
  { authentication, unseen }: Pick<KeyResolution, "authentication" | "unseen">,
  unsafe: SwitchResolution | undefined,
): boolean | null {
  if (host === null) return null;
  const keys = unseen === null ? [authentication === "on"] : [true, false];
  const switches = unsafe?.on === null ? [true, false] : [unsafe?.on ?? false];
  const answers = new Set(
    keys.flatMap((key) => switches.map((on) => system.wouldStart(host, key, on))),
  );
  return answers.size === 1 ? ([...answers][0] ?? null) : null;
}
