import { hash, timingSafeEqual } from "node:crypto";

/**
 * Tells whether two keys are the same, in a time that depends on neither's content and does not
 * reveal the length of the one that the caller did not choose: digests are compared, not keys.
 *
 * @throws TypeError when either is not a string
 */
export function keysEqual(a: string, b: string): boolean {
  if (typeof a !== "string" || typeof b !== "string") {
    throw new TypeError("keysEqual takes two strings");
  }
  return timingSafeEqual(digest(a), digest(b));
}

function digest(key: string): Buffer {
  // UTF-16 rather than UTF-8: the latter maps every lone surrogate to the same three bytes.
  return hash("sha256", Buffer.from(key, "utf16le"), "buffer");
}
