import type { TokenRequest } from "./issue.js";

/** What a refresh token stands for. The token itself is in no store: only its SHA-256 is. */
export interface RefreshGrant {
  /** What each access token is to say. */
  readonly request: TokenRequest;
  /** Milliseconds since 1970: the end of the whole family, however often it is refreshed. */
  readonly expires: number;
}

/** How an exchange ended. */
export type Exchange =
  | { readonly outcome: "exchanged"; readonly grant: RefreshGrant }
  | { readonly outcome: "expired" }
  /**
   * The token was used before; its family is revoked from now on. With the grant, a server can end
   * the family's open sessions as well.
   */
  | { readonly outcome: "reused"; readonly grant?: RefreshGrant }
  /** There never was such a token, or its family was revoked. */
  | { readonly outcome: "unknown" };

/** Now, or later. */
export type Awaitable<T> = T | Promise<T>;

/**
 * Remembers refresh tokens: in memory here, elsewhere in a database that several servers share.
 * A family is a first token and all that it was exchanged for.
 */
export interface RefreshStore {
  /** Remembers the first token of a new family. */
  open(digest: string, grant: RefreshGrant): Awaitable<void>;
  /**
   * Marks a token as used and remembers its successor in the same family: **one step, which no
   * other call comes between**, or two callers with one token would both succeed. A token that was
   * used before revokes its family instead, its newest token included.
   *
   * @param now milliseconds since 1970
   */
  exchange(digest: string, successor: string, now: number): Awaitable<Exchange>;
  /**
   * Revokes the family of a token, used or not: for signing out. Unknown tokens are not an error.
   * What it gives back, a server needs to end the family's open sessions as well.
   */
  revoke(digest: string): Awaitable<RefreshGrant | null | void>;
}

interface Family {
  readonly grant: RefreshGrant;
  /** Every token of the family so far; the last one is the one that counts. */
  readonly digests: string[];
}

/**
 * Remembers refresh tokens in this process alone: a restart signs everybody out.
 *
 * @example
 * const store = createMemoryStore();
 */
export function createMemoryStore(): RefreshStore {
  /** In the order in which they began, which is about the order in which they end. */
  const families = new Set<Family>();
  const byDigest = new Map<string, Family>();

  const forget = (family: Family): void => {
    families.delete(family);
    for (const digest of family.digests) byDigest.delete(digest);
  };
  /** Whoever never comes back is forgotten when somebody else comes. */
  const forgetEnded = (now: number): void => {
    for (const family of families) {
      if (family.grant.expires > now) return;
      forget(family);
    }
  };
  return {
    open(digest, grant) {
      const family = { grant, digests: [digest] };
      families.add(family);
      byDigest.set(digest, family);
    },
    exchange(digest, successor, now) {
      const family = byDigest.get(digest);
      forgetEnded(now);
      if (family === undefined) return { outcome: "unknown" };
      const { grant, digests } = family;
      if (grant.expires <= now) return { outcome: "expired" };
      if (digests.at(-1) !== digest) {
        forget(family);
        return { outcome: "reused", grant };
      }
      digests.push(successor);
      byDigest.set(successor, family);
      return { outcome: "exchanged", grant };
    },
    revoke(digest) {
      const family = byDigest.get(digest);
      if (family === undefined) return null;
      forget(family);
      return family.grant;
    },
  };
}
