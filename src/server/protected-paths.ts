import { isPreflight, readPath } from "../systems/request-parts.js";
import type { AuthRequest } from "../systems/wire.js";

/**
 * Tells whether a path wants the key. It is asked with every path that some router may make of what
 * the client wrote, decoded, in lower case, without dot and empty segments; one yes is enough.
 */
export type Protects = (path: string, request: AuthRequest) => boolean;

/** Past this many segments a path that is not plain is protected unread: its readings cost a square. */
const mostSegments = 64;

/** Makes a rule out of a predicate on paths. Browsers' preflights pass: they never carry a key. */
export function protectBy(protects: Protects): (request: AuthRequest) => boolean {
  return (request) => {
    if (isPreflight(request)) return false;
    const readings = listReadings(request);
    return readings === null || readings.some((path) => protects(path, request));
  };
}

/** Every path that a request's target may lead to; null when there is no telling. */
function listReadings(request: AuthRequest): readonly string[] | null {
  const { exact, plain, segments } = readPath(request);
  if (segments === null) return null;
  if (plain) {
    const lower = exact.toLowerCase();
    const readings = lower === exact ? [exact] : [exact, lower];
    return exact.length > 1 && exact.endsWith("/") ? [...readings, lower.slice(0, -1)] : readings;
  }
  if (segments.length > mostSegments) return null;
  // Routers drop path parameters, blanks and control characters, each in its own way.
  const names = segments.map((segment) =>
    segment.replace(/[;?#].*/s, "").replaceAll(/[^!-~]/g, ""),
  );
  const readings = [exact, segments.join("/"), names.join("/")];
  if (!isAmbiguous(exact, names)) return readings;
  return [...readings, ...names.map((_, index) => `/${resolve(names.slice(index)).join("/")}`)];
}

/** Whether programs may disagree on where a path's segments are: any of them may come first then. */
function isAmbiguous(exact: string, names: readonly string[]): boolean {
  const inner = names.slice(1, -1);
  if (names[0] !== "" || names.length !== exact.split("/").length || inner.includes(""))
    return true;
  return names.includes(".") || names.includes("..");
}

function resolve(names: readonly string[]): string[] {
  const resolved: string[] = [];
  for (const name of names) {
    if (name === "..") resolved.pop();
    else if (name !== "" && name !== ".") resolved.push(name);
  }
  return resolved;
}
