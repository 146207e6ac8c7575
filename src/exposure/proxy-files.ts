import { join } from "node:path";

import type { FileSystem } from "../core/machine.js";
import { type Exposure, leadsToPort } from "./exposure.js";

/** How a reverse proxy's configuration is read: by line, as far as ports and logins go. */
interface ProxyKind {
  readonly title: string;
  /** Files, and folders whose files count. */
  readonly places: readonly string[];
  /** The targets that a line passes requests on to. */
  readonly target: RegExp;
  /** A line that has everybody log in first. */
  readonly login: RegExp;
  /** A line that says where it listens, and whether that is loopback alone. */
  readonly listen: RegExp;
}

const kinds: Readonly<Record<string, ProxyKind>> = {
  nginx: {
    title: "nginx",
    places: [
      "/etc/nginx/nginx.conf",
      "/etc/nginx/conf.d",
      "/etc/nginx/sites-enabled",
      "/usr/local/etc/nginx/nginx.conf",
    ],
    target: /^\s*(?:proxy_pass|grpc_pass|server)\s+([^\s;{]+)/,
    login: /^\s*auth_(?:basic\s+(?!off)|request\s+(?!off))/,
    listen: /^\s*listen\s+([^\s;]+)/,
  },
  caddy: {
    title: "Caddy",
    places: ["/etc/caddy/Caddyfile", "/etc/caddy/conf.d"],
    target: /^\s*reverse_proxy\s+(?:\S+\s+)*?((?:https?:\/\/)?[^\s{*/]*:\d+)\b/,
    login: /^\s*(?:basic_?auth|forward_auth)\b/,
    listen: /^\s*bind\s+(\S+)/,
  },
};

/** Which configuration a running program has; null for one that is no reverse proxy known here. */
export function findProxyKind(program: string): ProxyKind | null {
  return Object.hasOwn(kinds, program) ? (kinds[program] ?? null) : null;
}

/** What a reverse proxy passes on to a port, by its usual configuration files. */
export function searchProxyFiles(
  kind: ProxyKind,
  port: number,
  fs: FileSystem,
): { readonly found: readonly Exposure[]; readonly unreadable: readonly string[] } {
  const found: Exposure[] = [];
  const unreadable: string[] = [];
  for (const path of kind.places.flatMap((place) => listFiles(place, fs))) {
    let text: string;
    try {
      text = fs.readFileSync(path, "utf8");
    } catch {
      unreadable.push(path);
      continue;
    }
    const lines = text.split("\n");
    const listens = lines.flatMap((line) => kind.listen.exec(line)?.[1] ?? []);
    // Nothing said is every address.
    if (listens.length > 0 && listens.every(isLoopback)) continue;
    const at = lines.findIndex((line) => leadsToPort(kind.target.exec(line)?.[1] ?? "", port));
    if (at === -1) continue;
    const authenticates = lines.some((line) => kind.login.test(line));
    found.push({ by: kind.title, place: `${path}:${at + 1}`, authenticates });
  }
  return { found, unreadable };
}

function isLoopback(listen: string): boolean {
  return /^(?:127\.|\[::1\]|::1|localhost)/.test(listen);
}

function listFiles(place: string, fs: FileSystem): string[] {
  try {
    const stats = fs.statSync(place, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    if (!stats.isDirectory()) return [place];
    return fs
      .readdirSync(place)
      .filter((name) => !name.startsWith("."))
      .sort()
      .map((name) => join(place, name));
  } catch {
    return [];
  }
}
