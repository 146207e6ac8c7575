import type { Identity } from "../key-ring.js";

/** Quicker than a WeakMap, which every collection of garbage would have to look through. */
const stamp = Symbol("keyward.identity");

interface Stamped {
  [stamp]?: Identity;
}

/**
 * Whose key a request came with, once an adapter has let it in; null where no key was wanted, or
 * for a request that none has seen.
 *
 * @param request node's, Express's or the web's own request object, the one that the adapter got
 */
export function identityOf(request: object): Identity | null {
  const { [stamp]: identity }: Stamped = request;
  return identity ?? null;
}

/** Remembers it for as long as the request is. */
export function rememberIdentity(request: object, identity: Identity | null): void {
  const stamped: Stamped = request;
  if (identity !== null) stamped[stamp] = identity;
}
