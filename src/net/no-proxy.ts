import { BlockList, isIP } from "node:net";

import type { Target } from "./target.js";

/**
 * Whether NO_PROXY names a server, in every form that curl, Go, Python and node's programs take:
 *
 * - `*` for everything
 * - a name with its subdomains, with or without `.` or `*.` in front
 * - an address, IPv6 with or without brackets, or a block of them as CIDR: `10.0.0.0/8`
 * - each with or without a port behind: `agent.lan:8080`, `[fd00::1]:8080`
 */
export function isExempt({ hostname, port }: Target, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const { host, onlyPort } = splitPort(entry);
      if (onlyPort !== null && onlyPort !== port) return false;
      return matches(trimName(hostname), trimName(host));
    });
}

/** What has more than one colon and no brackets is an address of IPv6, all of it. */
function splitPort(entry: string): { host: string; onlyPort: number | null } {
  const [, inside, after] = /^\[([^\]]*)\]((?:\/\d+)?(?::\d+)?)$/.exec(entry) ?? [];
  if (inside !== undefined) {
    const [, block = "", port] = /^(\/\d+)?(?::(\d+))?$/.exec(after ?? "") ?? [];
    return { host: inside + block, onlyPort: port === undefined ? null : Number(port) };
  }
  const [, host, port] = /^([^:]*):(\d+)$/.exec(entry) ?? [];
  if (host === undefined) return { host: entry, onlyPort: null };
  return { host, onlyPort: Number(port) };
}

function trimName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\*?\./, "")
    .replace(/\.$/, "");
}

function matches(hostname: string, wanted: string): boolean {
  const [address = "", prefix] = wanted.split("/", 2);
  const family = isIP(address);
  if (family === 0) {
    return wanted !== "" && (hostname === wanted || hostname.endsWith(`.${wanted}`));
  }
  const asked = isIP(hostname);
  if (asked === 0) return false;
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  if (!/^\d+$/.test(prefix ?? "0") || bits > (family === 4 ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
  return block.check(hostname, asked === 4 ? "ipv4" : "ipv6");
}
