import { expandLooseAddress, parseAddress } from "./address.js";
import { isHostName } from "./spelling.js";

/**
 * A spelling that some servers take beside those of a C library, named by an example: every
 * interface as a star, an IPv6 address in brackets, a zone behind an address that needs none.
 */
export type HostSpelling = "*" | "[::1]" | "::1%lo";

/**
 * Whether a server that hands the host to its C library (`getaddrinfo`) gets something to listen on:
 * `127.1` and `0x7f000001`, but not `256.1.1.1` and not `127.0.0.1 `, on which it dies. Whether the
 * address is this machine's and the name known is not looked at.
 *
 * @param spellings what the server takes beside
 */
export function canListen(host: string, spellings: readonly HostSpelling[]): boolean {
  if (host === "") return true;
  if (host === "*") return spellings.includes("*");
  const [, bracketed] = /^\[(.*:.*)\]$/.exec(host) ?? [];
  if (bracketed !== undefined && !spellings.includes("[::1]")) return false;
  const address = parseAddress(bracketed ?? host);
  if (address !== null) {
    const hasNeedlessZone = address.zone !== null && !/^f(?:e[89ab]|f)/i.test(address.text);
    return !hasNeedlessZone || spellings.includes("::1%lo");
  }
  // An underscore is no part of a host name, and yet looked up.
  return expandLooseAddress(host) !== null || isHostName(host.replaceAll("_", "-"));
}
