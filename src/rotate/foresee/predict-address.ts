import { classifyHost } from "../../hosts/classify.js";
import { showHost } from "../../hosts/spelling.js";
import { resolveSetting } from "../../locations/resolve-key.js";
import type { Setting } from "../../systems/contract/system.js";
import type { ForeseenRestart } from "./foreseen-restart.js";

/** Where a server will listen after its restart, and what says so. */
export interface PredictedAddress {
  readonly host: string;
  readonly port: number;
  /** Over TLS; null where that is not known. */
  readonly secure: boolean | null;
  /** A file, `env:NAME`, or `its own default`. */
  readonly source: string;
}

/** Foresees where a restart brings its server back; null where that cannot be told. */
export async function predictAddress(restart: ForeseenRestart): Promise<PredictedAddress | null> {
  const { plan, system, machine, launch } = restart;
  const { host, port, tls } = system.network;
  const read = (setting: Setting) => resolveSetting(setting, machine, launch);
  const { value: enabled } = tls === null ? { value: "false" } : await read(tls.enabled);
  // Without TLS of its own, a proxy may have it.
  const secure = tls === null || enabled === null ? null : enabled === "true";
  if (plan.listens === undefined) return null;
  if (plan.listens !== "by-settings") {
    return { ...plan.listens, secure, source: "its live address" };
  }
  const [byHost, byPort] = [await read(host), await read(port)];
  if (byHost.value === null || byPort.value === null) return null;
  const sources = [byHost.source, byPort.source].filter((each) => each !== null);
  const source = [...new Set(sources)].join(" and ") || "its own default";
  const number = /^\d+/.exec(byPort.value)?.[0] ?? port.default;
  return { host: byHost.value, port: Number(number), secure, source };
}

const everyIpv4 = new Set(["0.0.0.0", "::ffff:0.0.0.0"]);

/**
 * Whether a server that is told to listen on a host would listen on exactly these addresses; null
 * where that cannot be told, as of a name.
 */
export function comesBackAt(host: string, addresses: readonly string[]): boolean | null {
  const { scope, address } = classifyHost(host);
  if (scope === "invalid" || scope === "name") return null;
  if (scope === "all-interfaces") {
    if (address === null) return addresses.some((each) => each === "::" || everyIpv4.has(each));
    return address === "::"
      ? addresses.includes("::")
      : addresses.every((each) => everyIpv4.has(each));
  }
  if (address === null) return addresses.every((each) => /^(?:::ffff:)?127\.|^::1$/.test(each));
  const bare = (text: string) => text.replace(/^::ffff:(?=\d+\.)/, "");
  return addresses.every((each) => bare(each) === bare(address));
}

/** Host and port as people write them. */
export function spellAddress({ host, port }: { readonly host: string; readonly port: number }) {
  const shown = host === "" ? "every interface" : showHost(host);
  return shown.includes(":") && !shown.startsWith("[") ? `[${shown}]:${port}` : `${shown}:${port}`;
}
