import { expandLooseAddress } from "./address.js";

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const name = new RegExp(`^(?=.{1,253}\\.?$)(?:${label}\\.)*${label}\\.?$`, "i");

// C libraries read such "names" as addresses: 127.1, 2130706433, 0x7f.1.
const endsInNumber = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;

/** Whether a host is a name that could be looked up; nothing that ends like an address is. */
export function isHostName(host: string): boolean {
  return name.test(host) && !endsInNumber.test(host);
}

// The first that fits is said; the more telling ones come first.
const problems: readonly (readonly [RegExp, string])[] = [
  [/^.{254}/s, "it is too long for a host name"],
  [/\p{C}/u, "it contains a control or invisible character"],
  [/\s/, "it contains a blank"],
  [/:\/\//, "it is a URL, not a host"],
  [/@/, "it contains a user name"],
  [/[/?#\\]/, "it contains a path or a prefix length"],
  [/^(?:\[.*\]|[^:[\]]*):\d*$/, "it contains a port"],
  [/[^ -~]/, "it contains characters beyond ASCII"],
  [/[[\]]/, "only an IPv6 address is written in brackets"],
  [/:/, "it is not an IPv6 address"],
  [/%/, "only an IPv6 address has a zone"],
  [
    endsInNumber,
    "it is not an IPv4 address of four decimal numbers, 0 to 255, without leading zeros",
  ],
  [/_/, "a host name may not contain an underscore"],
  [/[^a-z0-9.-]/i, "it contains a character that is not allowed in a host name"],
];

/** Why a host is neither an address nor a name, to stand after a colon. */
export function explainSpelling(host: string): string {
  const found = problems.find(([pattern]) => pattern.test(host));
  return found?.[1] ?? "each part between dots has 1 to 63 letters, digits or inner hyphens";
}

/**
 * What somebody who wrote this probably meant: without blanks at the ends, scheme, user, path, port
 * and needless brackets, in ASCII, an IPv4 address in full. A proposal to show, never acted on.
 */
export function proposeHost(host: string): string {
  const plain = host
    .slice(0, 2048)
    .normalize("NFKC")
    .replaceAll("。", ".")
    .replace(/^[\s\p{C}]+|[\s\p{C}]+$/gu, "")
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/[/?#\\].*$/s, "")
    .replace(/^.*@/s, "")
    .replace(/^\[(.*)\](?::\d*)?$/s, "$1")
    .replace(/^([^:]*):\d*$/s, "$1");
  const withoutDot = plain.replace(/\.$/, "");
  return expandLooseAddress(withoutDot) ?? plain;
}

/**
 * A host as it may stand in a message: control and foreign characters escaped, cut to a line, and
 * without what a pasted URL may hold of secrets (user, password, query).
 */
export function showHost(host: string): string {
  const open = host.replace(/^.*@/s, "…@").replace(/[?#].*$/s, "?…");
  const cut = open.length > 80 ? `${open.slice(0, 79)}…` : open;
  const shown = cut.replace(/[^ -~…]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
  return /^[^ ]+$/.test(shown) ? shown : `"${shown}"`;
}
