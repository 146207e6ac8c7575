import ipaddr from "ipaddr.js";

/**
 * How far a host reaches.
 *
 * - `loopback` this machine alone
 * - `all-interfaces` every address that the machine has
 * - `private` RFC 1918 and unique local IPv6, `link-local` one network segment
 * - `shared` 100.64.0.0/10, which carriers and tailnets use
 * - `public` any other address
 * - `name` to be resolved before anything can be said
 * - `invalid` nothing to listen on
 */
export type Scope =
  | "loopback"
  | "all-interfaces"
  | "private"
  | "link-local"
  | "shared"
  | "public"
  | "name"
  | "invalid";

/** A literal address, read strictly. */
export interface HostAddress {
  /** As every server reads it alike: lower case, shortest, an IPv4-mapped one as its IPv4. */
  readonly text: string;
  /** The interface that stood after `%`; null without one. */
  readonly zone: string | null;
  readonly scope: Exclude<Scope, "name">;
  /** Whether it was written as `::ffff:…`. */
  readonly mapped: boolean;
  /** Whether it lies where Tailscale hands out addresses. */
  readonly tailnetRange: boolean;
  /** The loopback address that it only carries inside, as 64:ff9b::127.0.0.1 does; else null. */
  readonly embeds: string | null;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Block = [Address, number];

// Made from numbers: reading them from text would cost two milliseconds at every start.
const v4 = (octets: [number, number, number, number], length: number): Block => [
  new ipaddr.IPv4(octets),
  length,
];
const v6 = (head: number[], length: number): Block => [
  new ipaddr.IPv6([...head, ...Array<number>(8 - head.length).fill(0)]),
  length,
];

// Own ranges: ipaddr.js calls all of 0.0.0.0/8 unspecified and knows the reserved ones in part.
const scopeRanges: readonly (readonly [HostAddress["scope"], Block[]])[] = [
  ["all-interfaces", [v4([0, 0, 0, 0], 32), v6([], 128)]],
  ["loopback", [v4([127, 0, 0, 0], 8), v6([0, 0, 0, 0, 0, 0, 0, 1], 128)]],
  ["private", [v4([10, 0, 0, 0], 8), v4([172, 16, 0, 0], 12), v4([192, 168, 0, 0], 16)]],
  ["private", [v6([0xfc00], 7)]],
  ["link-local", [v4([169, 254, 0, 0], 16), v6([0xfe80], 10)]],
  ["shared", [v4([100, 64, 0, 0], 10)]],
  // Multicast and reserved: no server can listen there.
  ["invalid", [v4([224, 0, 0, 0], 4), v4([240, 0, 0, 0], 4), v6([0xff00], 8)]],
];

const tailnetRanges = [v4([100, 64, 0, 0], 10), v6([0xfd7a, 0x115c, 0xa1e0], 48)];

// Where an IPv6 address carries an IPv4 one: the prefix, and the first of its two groups.
const carriers: readonly { readonly block: Block; readonly group: number }[] = [
  { block: v6([], 96), group: 6 },
  { block: v6([0x64, 0xff9b], 96), group: 6 },
  { block: v6([0, 0, 0, 0, 0xffff], 96), group: 6 },
  { block: v6([0x2002], 16), group: 1 },
];

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const ipv6 = /^([\da-f:]*:)([\da-f]*|[\d.]+)(?:%([\w.:~-]{1,64}))?$/i;

/**
 * Reads a literal address as inet_pton does, and nothing more: IPv4 in four decimal numbers without
 * leading zeros; IPv6 without brackets, perhaps with a zone. Null for anything else.
 */
export function parseAddress(text: string): HostAddress | null {
  if (ipv4.test(text)) return describeAddress(ipaddr.IPv4.parse(text), null);
  const [, head, tail = "", zone] = ipv6.exec(text) ?? [];
  if (head === undefined) return null;
  // ipaddr.js reads `::127.0.0.1` as mapped, and octets in any base: it gets hexadecimal only.
  const isDotted = tail.includes(".");
  if (isDotted && !ipv4.test(tail)) return null;
  const groups = isDotted ? hexGroups(ipaddr.IPv4.parse(tail)) : tail;
  if (!ipaddr.IPv6.isValid(head + groups)) return null;
  return describeAddress(ipaddr.IPv6.parse(head + groups), zone ?? null);
}

/**
 * What the short, octal and hexadecimal spellings of IPv4 mean to a C library (`127.1`,
 * `0x7f000001`), written in full; null for anything else. Only to be shown, never to be acted on.
 */
export function expandLooseAddress(text: string): string | null {
  return ipaddr.IPv4.isValid(text) ? ipaddr.IPv4.parse(text).toString() : null;
}

function describeAddress(address: Address, zone: string | null): HostAddress {
  let plain = address;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    plain = address.toIPv4Address();
  }
  const scope = scopeRanges.find(([, blocks]) => liesIn(plain, blocks))?.[0] ?? "public";
  return {
    text: plain.toString(),
    zone,
    scope,
    mapped: plain !== address,
    tailnetRange: liesIn(plain, tailnetRanges),
    embeds: scope === "public" ? findEmbeddedLoopback(plain) : null,
  };
}

function liesIn(address: Address, blocks: Block[]): boolean {
  return blocks.some((block) => block[0].kind() === address.kind() && address.match(block));
}

function findEmbeddedLoopback(address: Address): string | null {
  if (!(address instanceof ipaddr.IPv6)) return null;
  for (const { block, group } of carriers) {
    if (!address.match(block)) continue;
    const [high = 0, low = 0] = address.parts.slice(group);
    const inner = new ipaddr.IPv4([high >> 8, high & 255, low >> 8, low & 255]);
    if (inner.range() === "loopback") return inner.toString();
  }
  return null;
}

function hexGroups(address: ipaddr.IPv4): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.octets;
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
