import { hash } from "node:crypto";

import { assessKey } from "./strength.js";

/**
 * The public name of a key: `sha256:` and the first 12 hex digits of the SHA-256 of its UTF-8
 * bytes. A value that is weak, or no key at all, has none, since it could be guessed from it.
 */
export function fingerprintKey(key: string): string | null {
  if (assessKey(key).strength !== "strong") return null;
  return `sha256:${hash("sha256", key, "hex").slice(0, 12)}`;
}
