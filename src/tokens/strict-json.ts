import { TokenError } from "./errors.js";

/** A JSON object that every reader reads alike. */
export interface StrictObject {
  readonly value: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Where in the text the value of each member of the outermost object begins. */
  readonly offsets: ReadonlyMap<string, number>;
}

// A byte order mark stays, and is then no JSON.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A string, which is a member's name where a colon follows, or a bracket. */
const piece = /"([^"\\]*(?:\\.[^"\\]*)*)"([ \t\r\n]*:)?|[{}[\]]/g;

/**
 * Reads a JSON object, and refuses one in which a name stands twice, at any depth: of those,
 * readers take the first, the last or neither.
 *
 * @param what what it is called in messages: `the header`
 * @throws TokenError `malformed`, `duplicate-member`
 */
export function parseStrictObject(bytes: Uint8Array, what: string): StrictObject {
  const text = decode(bytes, what);
  const value = parse(text, what);
  return { value, text, offsets: findMembers(text, what) };
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new TokenError("malformed", `${what} is not UTF-8`);
  }
}

function parse(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TokenError("malformed", `${what} is not JSON`);
  }
  if (isRecord(value)) return value;
  throw new TokenError("malformed", `${what} is not a JSON object`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text is known to be JSON, so strings and brackets are all that has to be looked at. */
function findMembers(text: string, what: string): Map<string, number> {
  const outermost = new Map<string, number>();
  const open: (Map<string, number> | null)[] = [];
  for (const match of text.matchAll(piece)) {
    const [whole, spelled, colon] = match;
    if (whole === "{") open.push(open.length === 0 ? outermost : new Map());
    else if (whole === "[") open.push(null);
    else if (spelled === undefined) open.pop();
    else if (colon !== undefined) {
      const name: string = spelled.includes("\\") ? JSON.parse(`"${spelled}"`) : spelled;
      const members = open.at(-1);
      if (members?.has(name)) {
        throw new TokenError("duplicate-member", `${what} has a member twice`);
      }
      members?.set(name, match.index + whole.length);
    }
  }
  return outermost;
}
