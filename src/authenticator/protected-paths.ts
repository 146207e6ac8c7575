import { readPath } from "../systems/contract/request-parts.js";
import type { AuthRequest } from "../systems/contract/wire.js";

/**
 * Tells whether a path wants the key. It is asked with every path that some router may make of what
 * the client wrote, as it stands, decoded, with and without empty and dot segments, path parameters
 * and capitals; one yes is enough. A browser's preflight to such a path is answered by the guard.
 */
export type Protects = (path: string, request: AuthRequest) => boolean;

/** A path that is not plain and longer than this is protected unread. */
const longestPath = 2048;

/** So is one that can be read in more ways than this: only somebody who looks for a way in writes one. */
const mostReadings = 256;

/** Makes a rule out of a predicate on paths. */
export function protectBy(protects: Protects): (request: AuthRequest) => boolean {
  return (request) => {
    const readings = listReadings(request);
    return readings === null || readings.some((path) => protects(path, request));
  };
}

/** Every path that a request's target may lead to; null when there is no telling. */
function listReadings(request: AuthRequest): readonly string[] | null {
  const { exact, plain, segments } = readPath(request);
  if (segments === null) return null;
  if (plain) return withCapitals(withoutSlash([exact]));
  if (exact.length > longestPath) return null;
  // What one program makes of a path may be what the next one starts from, in any order: the
  // readings are all that can be reached.
  const found = new Set([exact]);
  for (const path of found) {
    for (const step of steps) found.add(step(path));
    if (found.size > mostReadings) return null;
  }
  return withCapitals(withoutSlash([...found]));
}

/** What browsers' parsers, proxies, servers and routers are known to do to a path. */
const steps: readonly ((path: string) => string)[] = [
  // The WHATWG parser: a scheme, a host behind two slashes or backslashes, tabs and line ends.
  (path) => path.replace(/^[a-z][a-z0-9+.-]*:/i, ""),
  (path) => path.replace(/^[/\\]{2,}[^/\\]*/, ""),
  // Node's older parser takes what does not belong in a host for the beginning of the path.
  (path) => path.replace(/^[/\\]{2,}[\w.@:-]*/, "/"),
  (path) => path.replaceAll(/[\t\n\r]/g, ""),
  (path) => path.replaceAll("\\", "/"),
  (path) => (path.startsWith("/") ? path : `/${path}`),
  // Dot segments, before and after empty segments are dropped.
  (path) => resolveDots(path, (segment) => segment.replaceAll(/%2e/gi, ".")),
  (path) => resolveDots(path, (segment) => segment),
  (path) => path.replaceAll(/\/{2,}/g, "/"),
  // Path parameters; what a decoded `?`, `#` or zero byte cuts off; blanks and control characters.
  (path) => path.replaceAll(/;[^/]*/g, ""),
  (path) => path.replace(/[?#\0].*/s, ""),
  (path) => path.replaceAll(/[^!-~]/g, ""),
  // Escapes: each byte for itself, as UTF-8, and as UTF-8 but for what means something in a path.
  (path) => path.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => byteOf(hex)),
  // UTF-8 that came as it is reaches a program of node byte by byte.
  (path) => (/^[\0-\xff]*$/.test(path) ? Buffer.from(path, "latin1").toString("utf8") : path),
  (path) => decode(path, decodeURIComponent),
  (path) => decode(path, decodeURI),
];

/**
 * As the WHATWG parser does, for which `//` holds a segment that `..` takes away, and `%2e` is a dot;
 * to `path.posix` it is not.
 */
function resolveDots(path: string, nameOf: (segment: string) => string): string {
  const resolved: string[] = [];
  const segments = path.split("/");
  for (const [at, segment] of segments.entries()) {
    const name = nameOf(segment);
    if (name === "..") {
      if (resolved.length > 1) resolved.pop();
    } else if (name !== ".") resolved.push(segment);
    const isLast = at === segments.length - 1;
    if (isLast && (name === "." || name === "..")) resolved.push("");
  }
  return resolved.join("/");
}

function byteOf(hex: string): string {
  return String.fromCharCode(parseInt(hex, 16));
}

function decode(path: string, by: (text: string) => string): string {
  try {
    return by(path);
  } catch {
    return path;
  }
}

function withoutSlash(paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    path.length > 1 && path.endsWith("/") ? [path, path.slice(0, -1)] : [path],
  );
}

function withCapitals(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => [path, path.toLowerCase()]))];
}
