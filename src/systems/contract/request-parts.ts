import type { AuthRequest } from "./wire.js";

/** A path as written, and as the most lenient of routers would take it apart. */
export interface RequestPath {
  /** Up to the first `?` or `#`, not decoded. */
  readonly exact: string;
  /** Nothing in it that two programs could read differently: no escapes, no dot or empty segments. */
  readonly plain: boolean;
  /** Decoded until nothing is left to decode, in lower case; null when there is no telling. */
  readonly segments: readonly string[] | null;
}

const mostDecodings = 8;
const plainPath = /^(?:\/|(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,=:@-]+)+\/?)$/;
const escape = /%[0-9A-Fa-f]{2}/;

/** Takes the path out of a request line's target, an absolute one included. */
export function readPath(request: AuthRequest): RequestPath {
  const url = request.url ?? "";
  const end = url.search(/[?#]/);
  const exact = end === -1 ? url : url.slice(0, end);
  const plain = plainPath.test(exact);
  // By far the usual case, and text splits quicker than a pattern does.
  if (plain && url[end] !== "#") {
    return { exact, plain, segments: exact.toLowerCase().split("/") };
  }
  // No client sends a fragment, and to some programs what stands behind the `#` is path.
  if (url.includes("#")) return { exact, plain: false, segments: null };
  const decoded = exact === "" ? null : decodeFully(exact);
  return { exact, plain, segments: decoded?.toLowerCase().split(/[/\\]/) ?? null };
}

/**
 * Whether a path may lead to one of these top-level folders (names in lower case), the folder
 * itself included. A path that is not plain does when the name stands anywhere in it: whether
 * `/x/..%2fv1/info` is `/v1/info` depends on the router behind, and none may be let in by it.
 */
export function leadsTo(path: RequestPath, folders: readonly string[]): boolean {
  if (path.segments === null) return true;
  if (path.plain) return folders.includes(path.segments[1] ?? "");
  return path.segments.some((segment) => {
    // Routers drop path parameters, blanks and control characters, each in its own way.
    const name = segment.replace(/[;?#].*/s, "");
    // A program in C ends it at a zero byte.
    const names = [name, name.replace(/\0.*/s, "")];
    return names.some((each) => folders.includes(each.replaceAll(/[^!-~]/g, "")));
  });
}

/**
 * Whether a path is one of these routes or below one (in lower case, without slashes at the ends).
 * One that is not plain is as soon as the first folder of a route stands anywhere in it.
 */
export function leadsToRoute(path: RequestPath, routes: readonly string[]): boolean {
  if (!path.plain || path.segments === null) {
    return leadsTo(
      path,
      routes.map((route) => route.split("/", 1)[0] ?? ""),
    );
  }
  const name = path.segments.slice(1).join("/");
  return routes.some((route) => name === route || name.startsWith(`${route}/`));
}

function decodeFully(path: string): string | null {
  let decoded = path;
  for (let round = 0; escape.test(decoded); round++) {
    // Each round shortens the path by little, so that a long chain of %25 would cost its square.
    if (round === mostDecodings) return null;
    decoded = decoded.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
  }
  return decoded;
}

/** The query's names and values, decoded as browsers do: `+` is a blank. */
export function readQuery(request: AuthRequest): URLSearchParams {
  const [beforeFragment = ""] = (request.url ?? "").split("#", 1);
  const start = beforeFragment.indexOf("?");
  return new URLSearchParams(start === -1 ? "" : beforeFragment.slice(start + 1));
}

/** A header's value; of one that came twice, both, as the Fetch standard joins them. */
export function readHeader(request: AuthRequest, name: string): string | undefined {
  const value = request.headers[name];
  if (typeof value === "object") return value.join(", ");
  return value === undefined || request.rawHeaders === undefined
    ? value
    : (joinRepeated(request.rawHeaders, name) ?? value);
}

/** The values of a header that came more than once; undefined for any other. */
function joinRepeated(raw: readonly string[], name: string): string | undefined {
  let first = -1;
  for (let at = 0; at < raw.length; at += 2) {
    // Asked for every request: most names differ in length already.
    if (raw[at]?.length !== name.length || raw[at]?.toLowerCase() !== name) continue;
    if (first !== -1) return listValues(raw, name).join(", ");
    first = at;
  }
  return undefined;
}

function listValues(raw: readonly string[], name: string): string[] {
  return raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
}

/** The subprotocols that a client offers, in its order. */
export function listOffers(request: AuthRequest): string[] {
  const offers = readHeader(request, "sec-websocket-protocol") ?? "";
  return offers === "" ? [] : offers.split(",").map((offer) => offer.trim());
}

/** Whether the client asks for a WebSocket, whatever its method. */
export function isWebSocketUpgrade(request: AuthRequest): boolean {
  // Asked of every request, and nearly none has this header.
  if (request.headers["upgrade"] === undefined) return false;
  const connection = readHeader(request, "connection")?.toLowerCase().split(",") ?? [];
  const upgrade = readHeader(request, "upgrade")?.trim().toLowerCase();
  return upgrade === "websocket" && connection.some((option) => option.trim() === "upgrade");
}

/** Whether a browser asks what it may ask: such a request never carries a credential. */
export function isPreflight(request: AuthRequest): boolean {
  const { method } = request;
  const asked = readHeader(request, "access-control-request-method");
  return method === "OPTIONS" && asked !== undefined && readHeader(request, "origin") !== undefined;
}
