import { hash, randomBytes } from "node:crypto";

import { keysEqual } from "../keys/compare.js";

/** Who a key belongs to. */
export interface Identity {
  /** `key-1` for the first of the keys, `key-2` for the second, … */
  readonly name: string;
}

/** Tells whose key a presented value is; null for nobody's. */
export type KeyRing = (presented: string) => Identity | null;

/**
 * Holds keys so that looking one up costs the same however many there are and whichever it is: one
 * salted digest, one map look-up, one constant-time comparison.
 */
export function createKeyRing(keys: readonly string[]): KeyRing {
  // Without the salt, the buckets of the map would be the caller's to aim at.
  const salt = randomBytes(32).toString("base64url");
  const nobody = { key: randomBytes(32).toString("base64url"), identity: null };
  const owners = new Map<string, { key: string; identity: Identity }>();
  for (const [index, key] of keys.entries()) {
    const digest = digestKey(salt, key);
    if (!owners.has(digest)) owners.set(digest, { key, identity: { name: `key-${index + 1}` } });
  }
  return (presented) => {
    const owner = owners.get(digestKey(salt, presented)) ?? nobody;
    return keysEqual(presented, owner.key) ? owner.identity : null;
  };
}

function digestKey(salt: string, key: string): string {
  return hash("sha256", salt + key, "base64url");
}
