import { KeywardError } from "../core/errors.js";

/** A server's address, read once and for all. */
export interface Target {
  /** Without a slash at the end; a path is kept, for a server below one. `unix:/path` for a socket. */
  readonly url: string;
  /** What the paths of questions are put behind: the url, or `http://localhost` over a unix socket. */
  readonly base: string;
  /** Scheme, host and port, as a browser compares them. */
  readonly origin: string;
  /** A name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
  /** The key would not leave this machine. */
  readonly loopback: boolean;
  /** Where to connect, in order, the path of a unix socket; null for a name that is to be looked up. */
  readonly addresses: readonly string[] | null;
}

const example = "write it like http://127.0.0.1:8742";

/**
 * Reads the address of a server, `unix:/path` included. One of all interfaces is asked on loopback; `localhost` is never
 * looked up, so that it cannot lead anywhere else.
 *
 * @throws KeywardError `usage`; the message does not repeat the address, which may hold a key
 */
export function parseTarget(text: string): Target {
  const refuse = (message: string, hint: string): never => {
    throw new KeywardError("usage", message, { hint });
  };
  if (text.startsWith("unix:")) return parseSocket(text, refuse);
  // The parser would take http:host and http:/host as well.
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    return refuse("the address of the server is not an http or https URL", example);
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    refuse("the address of the server holds a user name or password", `leave it out: ${example}`);
  }
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(text)) {
    refuse("the address of the server has a query or a fragment", `leave it out: ${example}`);
  }
  if (url.port === "0") refuse("no server listens on port 0", example);
  const host = askedHosts[url.hostname];
  if (host !== undefined) url.hostname = host;
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const secure = url.protocol === "https:";
  const isLocalhost = /^(?:.+\.)?localhost\.?$/.test(hostname);
  const isAddress = url.hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  const address = url.origin + url.pathname.replace(/\/+$/, "");
  return {
    url: address,
    base: address,
    origin: url.origin,
    hostname,
    port: Number(url.port || (secure ? 443 : 80)),
    secure,
    loopback: isLocalhost || isLoopbackAddress(hostname),
    addresses: isLocalhost ? ["127.0.0.1", "::1"] : isAddress ? [hostname] : null,
  };
}

function parseSocket(text: string, refuse: (message: string, hint: string) => never): Target {
  const path = text.slice("unix:".length);
  if (!/^\/[^\p{Cc}]*[^/\p{Cc}]$/u.test(path)) {
    refuse(
      "the address of the server is no path of a unix socket",
      "write it like unix:/run/agent.sock",
    );
  }
  return {
    url: text,
    base: "http://localhost",
    origin: text,
    hostname: "localhost",
    port: 80,
    secure: false,
    loopback: true,
    addresses: [path],
  };
}

/** What is asked for those who listen everywhere. */
const askedHosts: Readonly<Record<string, string>> = {
  "0.0.0.0": "127.0.0.1",
  "[::]": "[::1]",
  "[::ffff:0:0]": "127.0.0.1",
};

/** Whether an address, as the URL parser writes it, is this machine's own. */
function isLoopbackAddress(address: string): boolean {
  return /^127(?:\.\d+){3}$/.test(address) || address === "::1" || /^::ffff:7f..:/.test(address);
}

/** What decides whether a key may go to a target. */
export interface KeyPolicy {
  /** `stored`: found on this machine; `given`: handed over by the caller for this very target. */
  readonly source: "stored" | "given";
  /** The addresses of the servers that the user has named. */
  readonly namedUrls?: readonly string[];
  readonly allowPlaintext?: boolean;
  readonly insecure?: boolean;
}

/** Whether the key goes along; if not, why, and what would change that. */
export type KeyDecision =
  { readonly send: true } | { readonly send: false; readonly why: string; readonly hint: string };

/**
 * Decides whether a key may be sent to a target. A stored key stays at home from places that nobody
 * named: the probe goes on without it. A key that was meant to go there is refused aloud.
 *
 * @throws KeywardError `target-refused` for plain http or unverified TLS beyond loopback
 */
export function judgeTarget(target: Target, policy: KeyPolicy): KeyDecision {
  if (target.loopback) return { send: true };
  const { origin } = target;
  if (policy.source === "stored" && !isNamed(target, policy.namedUrls ?? [])) {
    return {
      send: false,
      why: `the key of this machine is not sent to ${origin}`,
      hint: "give the key of that server with --key-env, --key-file or --key-stdin",
    };
  }
  if (!target.secure && policy.allowPlaintext !== true) {
    throw new KeywardError("target-refused", `${origin} would get the key unencrypted`, {
      hint: "use https, or add --allow-plaintext if you trust everybody on the way",
    });
  }
  if (policy.insecure === true && policy.source === "stored") {
    throw new KeywardError(
      "target-refused",
      `without a check of its certificate, ${origin} does not get the key of this machine`,
      { hint: "trust its certificate with --ca FILE instead of --insecure" },
    );
  }
  return { send: true };
}

function isNamed(target: Target, namedUrls: readonly string[]): boolean {
  return namedUrls.some((url) => URL.canParse(url) && new URL(url).origin === target.origin);
}
