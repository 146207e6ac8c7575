import { hash, randomBytes, timingSafeEqual } from "node:crypto";

import type { Clock } from "../core/machine.js";

/** Who a request comes from. */
export interface Identity {
  /** The name of the key, or the user of the JWT. */
  readonly name: string;
  /** The claims of a JWT, where the verifier gives them. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970: when the key or the JWT ends; absent where that is not known. */
  readonly expires?: number;
}

/** One of a server's keys. */
export interface NamedKey {
  /** What audit events call it. */
  readonly name: string;
  readonly key: string;
  /** Milliseconds since 1970, or a `Date`: the first moment at which it no longer counts. */
  readonly expires?: number | Date | undefined;
}

/** A key that was presented and is one of ours. */
export interface FoundKey {
  readonly identity: Identity;
  readonly expired: boolean;
}

/** Tells whose key a presented value is; null for nobody's. */
export type KeyRing = (presented: string) => FoundKey | null;

interface Owner {
  readonly digest: Buffer;
  readonly found: FoundKey;
  readonly expires: number;
}

/**
 * Holds keys so that looking one up costs the same however many there are and whichever it is: one
 * salted digest, one map look-up, one constant-time comparison. The keys themselves are not kept.
 */
export function createKeyRing(
  keys: readonly (string | NamedKey)[],
  clock: Pick<Clock, "now"> = Date,
): KeyRing {
  // Without the salt, the buckets of the map would be the caller's to aim at.
  const salt = randomBytes(16).toString("base64url");
  const nobody = randomBytes(32);
  // A digest as text of one byte a character is what node gives out, and a map takes, the quickest.
  const digestKey = (key: string) => hash("sha256", salt + key, "binary");
  const owners = new Map<string, Owner>();
  for (const each of nameKeys(keys)) {
    const digest = digestKey(each.key);
    const expires = each.expires === undefined ? Infinity : Number(each.expires);
    const end = expires === Infinity ? {} : { expires };
    const found = { identity: { name: each.name, ...end }, expired: false };
    if (!owners.has(digest)) {
      owners.set(digest, { digest: Buffer.from(digest, "latin1"), found, expires });
    }
  }
  const presentedDigest = Buffer.alloc(32);
  return (presented) => {
    const digest = digestKey(presented);
    const owner = owners.get(digest);
    presentedDigest.write(digest, "latin1");
    const isEqual = timingSafeEqual(presentedDigest, owner?.digest ?? nobody);
    if (!isEqual || owner === undefined) return null;
    if (owner.expires === Infinity || clock.now() < owner.expires) return owner.found;
    return { identity: owner.found.identity, expired: true };
  };
}

/** Gives the keys that came without a name one: `key-1` for the first of all, `key-2`, … */
export function nameKeys(keys: readonly (string | NamedKey)[]): readonly NamedKey[] {
  return keys.map((each, index) =>
    typeof each === "string" ? { name: `key-${index + 1}`, key: each } : each,
  );
}
