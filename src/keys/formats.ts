/**
 * The shapes that a key can have.
 *
 * - `openjarvis` `oj_sk_` and 43 characters of base64url: 49 characters
 * - `base64url` the 43 characters alone, as Jean2 and Jean take them
 */
export type KeyFormat = "openjarvis" | "base64url";

/** What a key of unknown origin looks like. */
export type KeyShape = KeyFormat | "unknown";

export const keyFormats: readonly KeyFormat[] = ["openjarvis", "base64url"];

/** The bytes of randomness in every generated key. */
export const keyBytes = 32;

/** What each format puts before the random part. */
export const keyPrefixes: Readonly<Record<KeyFormat, string>> = {
  openjarvis: "oj_sk_",
  base64url: "",
};

const randomPart = /^[A-Za-z0-9_-]{43}$/;

/**
 * Tells which format a key is in, by shape alone.
 *
 * @example
 * identifyKey("oj_sk_…"); // "openjarvis"
 */
export function identifyKey(key: string): KeyShape {
  for (const format of keyFormats) {
    const prefix = keyPrefixes[format];
    if (key.startsWith(prefix) && randomPart.test(key.slice(prefix.length))) return format;
  }
  return "unknown";
}
