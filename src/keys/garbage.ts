import { createHash, randomFillSync } from "node:crypto";

import { type KeyFormat, keyBytes, keyPrefixes } from "./formats.js";

/*
 * A probe presents keys that nobody has. Where a server writes them to its log, they must not be taken
 * for keys that leaked: so each bears a mark, which no other value has but by chance once in 2^64.
 */
const markBytes = 8;

/** Makes a key that nobody has, and that {@link isGarbage} knows again. */
export function makeGarbage(format: KeyFormat): string {
  const bytes = Buffer.alloc(keyBytes);
  const random = bytes.subarray(0, keyBytes - markBytes);
  for (;;) {
    randomFillSync(random);
    markOf(random).copy(bytes, keyBytes - markBytes);
    const garbage = keyPrefixes[format] + bytes.toString("base64url");
    if (!garbage.startsWith("-")) return garbage;
  }
}

/** Whether a value was made by {@link makeGarbage}, by this or another keyward. */
export function isGarbage(value: string): boolean {
  const [, text] = /^(?:oj_sk_)?([\w-]{43})$/.exec(value) ?? [];
  if (text === undefined) return false;
  const bytes = Buffer.from(text, "base64url");
  const random = bytes.subarray(0, keyBytes - markBytes);
  return markOf(random).equals(bytes.subarray(keyBytes - markBytes));
}

function markOf(random: Buffer): Buffer {
  return createHash("sha256")
    .update("keyward garbage\0")
    .update(random)
    .digest()
    .subarray(0, markBytes);
}
