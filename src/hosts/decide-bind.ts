import { type Hint, joinHints, spellHint } from "../core/hint.js";
import { classifyHost, type ClassifyOptions, type HostClass, type Scope } from "./classify.js";
import { resolveHost, type LookUpHost } from "./resolve-host.js";
import { showHost } from "./spelling.js";
import { adviseContainer, adviseKey, describeReach } from "./describe-reach.js";

/** Why a bind is safe (`loopback`, `name-loopback`, `key-configured`) or, for the rest, is not. */
export type BindReasonCode =
  | "loopback"
  | "name-loopback"
  | "key-configured"
  | "exposed-without-key"
  | "name-exposed"
  | "name-unresolved"
  | "invalid-host";

/** Whether it is safe to listen somewhere, and why. */
export interface BindDecision {
  /** As it was given. */
  readonly host: string;
  readonly safe: boolean;
  readonly scope: Scope;
  readonly keyConfigured: boolean;
  readonly reason: { readonly code: BindReasonCode; readonly message: string };
  /** The address, or all that a name stands for. A name is not looked up where a key settles it. */
  readonly addresses: readonly string[];
  /** For an unsafe bind, what to do. */
  readonly hint?: string;
  readonly remarks: readonly string[];
}

/** What {@link decideBind} goes by. */
export interface BindOptions extends ClassifyOptions {
  /** The host that the server is to listen on. */
  readonly host: string;
  /** Whether the server has a key that keeps anybody out (`countsAsKey`). */
  readonly keyConfigured: boolean;
  /** Why `keyConfigured` is false, in words; default "no key is configured". */
  readonly keyProblem?: string | undefined;
  /** The command that gives the server a key, for the hint. */
  readonly fix?: Hint | undefined;
  /** Whether the server runs in a container, where 0.0.0.0 is usual. */
  readonly inContainer?: boolean | undefined;
  /** The server's port, for the advice on containers. */
  readonly port?: number | undefined;
  /** Default: the system's resolver. */
  readonly lookup?: LookUpHost | undefined;
  /** Milliseconds that the lookup may take; default 5000. */
  readonly lookupTimeout?: number | undefined;
}

const defaultLookupTimeout = 5000;
const noKey = "no key is configured";

/**
 * Decides whether a server may listen on a host: on loopback always, elsewhere only with a key, on
 * an invalid host never. A name is safe only if everything that it stands for is loopback.
 *
 * @throws TypeError when the host is not a string
 * @example
 * const decision = await decideBind({ host: "0.0.0.0", keyConfigured: false });
 * decision.reason.code; // "exposed-without-key"
 */
export async function decideBind(options: BindOptions): Promise<BindDecision> {
  const { hint, ...facts } = await judgeBind(options);
  return { ...facts, ...(hint !== undefined && { hint: spellHint(hint) }) };
}

/** A decision before the commands in its hint are spelled. */
export interface RawBindDecision extends Omit<BindDecision, "hint"> {
  readonly hint?: Hint;
}

/** As {@link decideBind}, for whoever knows which server its hint is about. */
export async function judgeBind(options: BindOptions): Promise<RawBindDecision> {
  const found = classifyHost(options.host, options);
  if (found.scope === "invalid") return decideInvalid(found, options);
  if (found.scope === "name" && !options.keyConfigured) return decideName(found, options);
  const what = `${showHost(found.host)} is ${describeReach(found)}`;
  if (found.scope === "loopback") {
    return decide(found, options, { safe: true, code: "loopback", message: what });
  }
  if (options.keyConfigured) {
    const message = `${what}, and a key is configured`;
    return decide(found, options, { safe: true, code: "key-configured", message });
  }
  const { keyProblem = noKey } = options;
  const container = options.inContainer === true && found.scope === "all-interfaces";
  return decide(found, options, {
    safe: false,
    code: "exposed-without-key",
    message: `${what}, and ${keyProblem}${container ? adviseContainer(options.port) : ""}`,
    // Nothing outside a container reaches its loopback, so that is no way out there.
    hint: container ? adviseKey(options.fix) : adviseKeyOrLoopback(options.fix),
  });
}

function adviseKeyOrLoopback(fix: Hint | undefined): Hint {
  return joinHints(adviseKey(fix), ", or listen on 127.0.0.1");
}

function decideInvalid(found: HostClass, options: BindOptions): RawBindDecision {
  return decide(found, options, {
    safe: false,
    code: "invalid-host",
    message: `${showHost(found.host)} is not a host to listen on: ${found.problem}`,
    hint: found.hint ?? "listen on 127.0.0.1",
  });
}

async function decideName(found: HostClass, options: BindOptions): Promise<RawBindDecision> {
  const timeout = options.lookupTimeout ?? defaultLookupTimeout;
  const { addresses, failure } = await resolveHost(found.host, timeout, options.lookup);
  const { keyProblem = noKey } = options;
  const name = showHost(found.host);
  const hint = adviseKeyOrLoopback(options.fix);
  if (addresses.length === 0) {
    const message = `${name} cannot be resolved (${failure}), and ${keyProblem}`;
    return decide(found, options, { safe: false, code: "name-unresolved", message, hint });
  }
  const worst = addresses
    .map((address) => classifyHost(address, options))
    .find(({ scope, address }) => scope !== "loopback" || address === null);
  if (worst === undefined) {
    const message = `${name} resolves to loopback only: ${addresses.join(", ")}`;
    const remarks = [
      `a name can change its address, and OpenJarvis accepts only localhost without a key: write ${addresses[0]}`,
    ];
    return decide(found, options, {
      safe: true,
      code: "name-loopback",
      message,
      addresses,
      remarks,
    });
  }
  const message = `${name} resolves to ${showHost(worst.host)}, ${describeReach(worst)}, and ${keyProblem}`;
  return decide(found, options, { safe: false, code: "name-exposed", message, hint, addresses });
}

interface Verdict {
  readonly safe: boolean;
  readonly code: BindReasonCode;
  readonly message: string;
  readonly hint?: Hint;
  readonly addresses?: readonly string[];
  readonly remarks?: readonly string[];
}

function decide(found: HostClass, options: BindOptions, verdict: Verdict): RawBindDecision {
  const { safe, code, message, hint, addresses, remarks = [] } = verdict;
  return {
    host: found.host,
    safe,
    scope: found.scope,
    keyConfigured: options.keyConfigured,
    reason: { code, message },
    addresses: addresses ?? (found.address === null ? [] : [found.address]),
    ...(hint === undefined ? {} : { hint }),
    remarks: [...found.remarks, ...remarks],
  };
}
