import { randomFillSync } from "node:crypto";

import { type KeyFormat, keyBytes, keyFormats, keyPrefixes } from "./formats.js";

/** Fills a buffer with random bytes; node:crypto's unless a test hands in its own. */
export type RandomSource = (buffer: Uint8Array) => void;

const keyCharacters = 43;
const newline = 0x0a;
const dash = 0x2d;

/**
 * Makes a new key from 32 random bytes of node:crypto.
 *
 * A key never starts with `-`, which a command line would read as an option: one that does is
 * thrown away whole, so what is left is still evenly distributed.
 *
 * @throws TypeError for a format that does not exist
 * @example
 * generateKey("openjarvis"); // "oj_sk_" and 43 characters
 */
export function generateKey(
  format: KeyFormat = "base64url",
  random: RandomSource = randomFillSync,
): string {
  if (!keyFormats.includes(format)) {
    throw new TypeError(`format must be one of ${keyFormats.join(", ")}, got ${format as string}`);
  }
  const bytes = Buffer.alloc(keyBytes);
  for (;;) {
    random(bytes);
    const key = keyPrefixes[format] + bytes.toString("base64url");
    if (!key.startsWith("-")) return key;
  }
}

/**
 * Makes many keys at once, a line each, ready to be written: a million of them cost about as much
 * as writing a million constant lines.
 *
 * Encoding 33 bytes gives 44 characters, so one call encodes all keys side by side: the 33rd byte
 * is zero, which makes the 43rd character what the 32 bytes alone would give, and the 44th is
 * overwritten by the newline.
 */
export function generateKeyLines(format: KeyFormat, count: number): Buffer {
  const stride = keyBytes + 1;
  const bytes = randomFillSync(Buffer.allocUnsafe(count * stride));
  for (let at = keyBytes; at < bytes.length; at += stride) bytes[at] = 0;
  const lines = Buffer.from(bytes.toString("base64url"), "latin1");
  const prefix = Buffer.from(keyPrefixes[format], "latin1");
  for (let at = 0; at < lines.length; at += keyCharacters + 1) {
    if (prefix.length === 0 && lines[at] === dash) lines.write(generateKey(format), at, "latin1");
    lines[at + keyCharacters] = newline;
  }
  return prefix.length === 0 ? lines : prefixLines(lines, prefix);
}

function prefixLines(lines: Buffer, prefix: Buffer): Buffer {
  const width = keyCharacters + 1;
  const wider = Buffer.allocUnsafe((lines.length / width) * (width + prefix.length));
  for (let from = 0, to = 0; from < lines.length; from += width) {
    to += prefix.copy(wider, to);
    to += lines.copy(wider, to, from, from + width);
  }
  return wider;
}
