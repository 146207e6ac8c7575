import ipaddr from "ipaddr.js";

import { parseAddress } from "../hosts/address.js";
import { readHeader } from "../systems/contract/request-parts.js";
import type { AuthRequest } from "../systems/contract/wire.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Tells whether an address (as text, canonical) lies in one of some networks. */
export type Networks = (address: string) => boolean;

/**
 * Reads networks in CIDR notation; an address alone stands for itself.
 *
 * @param option the option's name, for the message
 * @throws TypeError for anything else, bits beyond the length included
 */
export function readNetworks(option: string, value: unknown): Networks {
  if (!Array.isArray(value)) throw new TypeError(`${option} must be an array of networks`);
  const blocks = value.map((each: unknown) => {
    const block = typeof each === "string" ? readBlock(each) : null;
    if (block !== null) return block;
    throw new TypeError(
      `${option} must hold addresses or networks like 10.0.0.0/8, got ${String(each)}`,
    );
  });
  return (text) => {
    const address = ipaddr.parse(text);
    return blocks.some((block) => isIn(address, block));
  };
}

interface Block {
  readonly base: Address;
  readonly length: number;
}

function readBlock(text: string): Block | null {
  const [, head = "", digits] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const found = parseAddress(head);
  if (found === null || found.zone !== null || found.mapped) return null;
  const base = ipaddr.parse(found.text);
  const bits = base.kind() === "ipv4" ? 32 : 128;
  const length = digits === undefined ? bits : Number(digits);
  return length <= bits && isBase(base, length) ? { base, length } : null;
}

/** Whether no bit is set beyond the length: 10.1.2.3/8 is a slip of somebody who meant less. */
function isBase(base: Address, length: number): boolean {
  return base.toByteArray().every((byte, index) => {
    const kept = Math.min(Math.max(length - 8 * index, 0), 8);
    return (byte & (0xff >> kept)) === 0;
  });
}

function isIn(address: Address, { base, length }: Block): boolean {
  return address.kind() === base.kind() && address.match(base, length);
}

/** The address that a socket gives, as networks are asked; null for none. */
export function readAddress(text: string | null | undefined): string | null {
  return parseAddress(text ?? "")?.text ?? null;
}

/**
 * The address of the client that a request comes from: the one that the socket has, or, where that
 * is a proxy's that may be believed, the last one in `X-Forwarded-For` that is not such a proxy's.
 * Null where that cannot be told.
 */
export function findClient(
  request: AuthRequest,
  ip: string | null,
  isProxy: Networks,
): string | null {
  let client = readAddress(ip);
  if (client === null) return null;
  const forwarded = readHeader(request, "x-forwarded-for")?.split(",") ?? [];
  // Every proxy adds the address that it sees at the end; whatever stands before may be invented.
  while (client !== null && isProxy(client)) {
    const last = forwarded.pop();
    if (last === undefined) break;
    client = readForwarded(last.trim());
  }
  return client;
}

/** Some proxies add the port. */
function readForwarded(text: string): string | null {
  const [, host] = /^\[(.*)\](?::\d+)?$/.exec(text) ?? /^([\d.]+):\d+$/.exec(text) ?? [];
  return readAddress(host ?? text);
}

/** What counts as one client when tries are counted. */
export interface ClientGroups {
  /** An address, or the /64 that one IPv6 host has; all whose address is not known are one. */
  readonly client: string;
  /** The /48 that somebody may have many hosts in; null for IPv4. */
  readonly network: string | null;
}

/** The groups of an address. */
export function groupClient(address: string | null): ClientGroups {
  if (address === null) return { client: "unknown", network: null };
  if (!address.includes(":")) return { client: address, network: null };
  const groups = ipaddr.IPv6.parse(address).parts.map((part) => part.toString(16));
  const prefix = (length: number) => `${groups.slice(0, length / 16).join(":")}::/${length}`;
  return { client: prefix(64), network: prefix(48) };
}
