import { TokenError } from "./errors.js";

/** A JSON object that every reader reads alike. */
export type StrictObject = Readonly<Record<string, unknown>>;

// A byte order mark stays, and is then no JSON.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
  // Of two members of one name, only one is left.
  if (countWritten(text) === countMembers(value)) return value;
  throw new TokenError("duplicate-member", `${what} has a member twice`);
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new TokenError("malformed", `${what} is not UTF-8`);
  }
}

function parse(text: string, what: string): StrictObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TokenError("malformed", `${what} is not JSON`);
  }
  if (isObject(value) && !Array.isArray(value)) return value;
  throw new TokenError("malformed", `${what} is not a JSON object`);
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Members in the text, which is known to be JSON: each has the one colon that is in no string. */
function countWritten(text: string): number {
  let count = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) inString = !inString;
    else if (code === backslash) at += 1;
    else if (code === colon && !inString) count += 1;
  }
  return count;
}

function countMembers(value: Record<string, unknown>): number {
  const values = Object.values(value);
  let count = Array.isArray(value) ? 0 : values.length;
  for (const each of values) if (isObject(each)) count += countMembers(each);
  return count;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
