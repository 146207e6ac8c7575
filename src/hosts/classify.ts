import type { networkInterfaces } from "node:os";

import { isPythonLoopback } from "./python-loopback.js";
import { parseAddress, type HostAddress, type Scope } from "./address.js";
import { explainSpelling, isHostName, proposeHost, showHost } from "./spelling.js";

export type { Scope } from "./address.js";

/** What a host to listen on means, as far as its text tells. */
export interface HostClass {
  /** As it was given. */
  readonly host: string;
  readonly scope: Scope;
  /** The spelling that servers read alike, with its zone; null for an invalid host. */
  readonly canonical: string | null;
  /** The address itself, without a zone; null for a name, `localhost` and an invalid host. */
  readonly address: string | null;
  /** Whether it is a tailnet's address and this machine is in a tailnet. */
  readonly tailnet: boolean;
  /** Why an invalid host is invalid; null for the others. */
  readonly problem: string | null;
  /** For an invalid host what to write instead, where that can be told; else null. */
  readonly hint: string | null;
  /** What is worth knowing beside the scope, above all where a server would judge otherwise. */
  readonly remarks: readonly string[];
}

/** What {@link classifyHost} may look at beside the host. */
export interface ClassifyOptions {
  /** Pass `networkInterfaces` of node:os. Without it no address is called a tailnet's. */
  readonly interfaces?: (() => ReturnType<typeof networkInterfaces>) | undefined;
}

const longestHost = 254;

/**
 * Tells how far a server that listens on this host can be reached, from the text alone: no name is
 * looked up. What is not plainly an address or a name is `invalid`, however a C library would read
 * it, so that nothing counts as loopback by accident.
 *
 * @throws TypeError when the host is not a string
 * @example
 * classifyHost("192.168.1.5").scope; // "private"
 * classifyHost("127.1"); // { scope: "invalid", hint: "write it as 127.0.0.1", … }
 */
export function classifyHost(host: string, options: ClassifyOptions = {}): HostClass {
  if (typeof host !== "string") throw new TypeError(`host must be a string, got ${typeof host}`);
  return recognizeHost(host, options) ?? rejectHost(host, explainSpelling(host));
}

function recognizeHost(host: string, options: ClassifyOptions): HostClass | null {
  if (host === "" || host === "*") {
    return accept({ host, scope: "all-interfaces", canonical: "0.0.0.0", address: null });
  }
  if (host.length > longestHost) return null;
  if (/^localhost\.?$/i.test(host)) {
    return accept({ host, scope: "loopback", canonical: "localhost", address: null });
  }
  const [, bracketed] = /^\[(.*:.*)\]$/.exec(host) ?? [];
  const address = parseAddress(bracketed ?? host);
  if (address !== null) return classifyAddress(host, address, options);
  if (!isHostName(host)) return null;
  return accept({ host, scope: "name", canonical: host.toLowerCase(), address: null });
}

function classifyAddress(host: string, address: HostAddress, options: ClassifyOptions): HostClass {
  const { text, zone, scope } = address;
  if (scope === "invalid") {
    return rejectHost(host, "no server can listen on a multicast, broadcast or reserved address");
  }
  const remarks: string[] = [];
  if (address.embeds !== null) {
    remarks.push(`it contains ${address.embeds}, but it is not loopback`);
  }
  if (address.mapped && scope === "loopback") {
    remarks.push("servers on Python before 3.13 do not take a mapped address for loopback");
  }
  const canonical = zone === null || address.mapped ? text : `${text}%${zone}`;
  const tailnet = address.tailnetRange && isInTailnet(options.interfaces);
  return accept({ host, scope, canonical, address: text, tailnet, remarks });
}

type Accepted = Pick<HostClass, "host" | "scope" | "canonical" | "address"> &
  Partial<Pick<HostClass, "tailnet" | "remarks">>;

function accept(found: Accepted): HostClass {
  const { host, scope, canonical, tailnet = false } = found;
  const remarks = [...(found.remarks ?? [])];
  const pythonLoopback = isPythonLoopback(host);
  if (scope === "loopback" && !pythonLoopback) {
    remarks.push(`OpenJarvis refuses this spelling without a key: write ${canonical}`);
  }
  if (scope === "all-interfaces" && pythonLoopback) {
    remarks.push("OpenJarvis itself takes an empty host for loopback and then listens everywhere");
  }
  return { ...found, tailnet, problem: null, hint: null, remarks };
}

function rejectHost(host: string, problem: string): HostClass {
  const proposal = proposeHost(host);
  const canonical =
    proposal === "" || proposal === host ? null : (recognizeHost(proposal, {})?.canonical ?? null);
  return {
    host,
    scope: "invalid",
    canonical: null,
    address: null,
    tailnet: false,
    problem,
    hint: canonical === null ? null : `write it as ${showHost(canonical)}`,
    remarks: [],
  };
}

function isInTailnet(interfaces: ClassifyOptions["interfaces"]): boolean {
  let own: ReturnType<typeof networkInterfaces> = {};
  try {
    own = interfaces?.() ?? {};
  } catch {
    // Some sandboxes forbid the question; only the wording depends on the answer.
  }
  const entries = Object.values(own).flat();
  return entries.some((entry) => entry && parseAddress(entry.address)?.tailnetRange);
}
