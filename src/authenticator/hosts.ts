import { readHeader } from "../systems/contract/request-parts.js";
import type { AuthRequest } from "../systems/contract/wire.js";

const hostForm = /^(\[[\da-f:.]+\]|[a-z\d_](?:[a-z\d._-]*[a-z\d_])?)\.?(?::(\d{1,5}))?$/i;

/** Tells whether a request is for one of a server's names. */
export type Hosts = (request: AuthRequest) => boolean;

/**
 * Reads names that a server goes by. One without a port stands for that name on any port.
 *
 * @throws TypeError for what is not a name
 */
export function readHosts(value: unknown): Hosts {
  if (!Array.isArray(value)) throw new TypeError("allowedHosts must be an array of names");
  const hosts = new Set(value.map((each: unknown) => readOption(each)));
  return (request) => {
    const found = parseHost(readHeader(request, "host") ?? "");
    if (found === null) return false;
    return hosts.has(found.name) || hosts.has(`${found.name}:${found.port}`);
  };
}

function readOption(each: unknown): string {
  const found = typeof each === "string" ? parseHost(each) : null;
  if (found === null) {
    throw new TypeError(`allowedHosts must hold names like example.org, got ${String(each)}`);
  }
  return found.port === "" ? found.name : `${found.name}:${found.port}`;
}

function parseHost(text: string): { name: string; port: string } | null {
  const [, name, port = ""] = hostForm.exec(text) ?? [];
  return name === undefined ? null : { name: name.toLowerCase(), port };
}
