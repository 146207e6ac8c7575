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
 * Makes many keys at a time, a line each, ready to be written: a million of them cost about as much
 * as writing a million constant lines. Every call gives up to `size` new keys in the same buffer,
 * which is to be written before the next call.
 *
 * Encoding 33 bytes gives 44 characters, so one call encodes all keys side by side: the 33rd byte
 * is zero, which makes the 43rd character what the 32 bytes alone would give, and the 44th is
 * overwritten by the newline.
 */
export function createLineGenerator(format: KeyFormat, size: number): (count: number) => Buffer {
  const stride = keyBytes + 1;
  const width = keyCharacters + 1;
  const prefix = Buffer.from(keyPrefixes[format], "latin1");
  const random = Buffer.alloc(size * stride);
  const keys = Buffer.alloc(size * width);
  const lines = prefix.length === 0 ? keys : Buffer.alloc(size * (prefix.length + width));
  return (count) => {
    randomFillSync(random);
    for (let at = keyBytes; at < random.length; at += stride) random[at] = 0;
    keys.write(random.toString("base64url"), "latin1");
    for (let at = 0; at < keys.length; at += width) {
      if (prefix.length === 0 && keys[at] === dash) keys.write(generateKey(format), at, "latin1");
      keys[at + keyCharacters] = newline;
    }
    if (prefix.length > 0) prefixLines(keys, width, prefix, lines);
    return lines.subarray(0, count * (prefix.length + width));
  };
}

function prefixLines(keys: Buffer, width: number, prefix: Buffer, lines: Buffer): void {
  for (let from = 0, to = 0; from < keys.length; from += width) {
    to += prefix.copy(lines, to);
    to += keys.copy(lines, to, from, from + width);
  }
}
