import type { Identity } from "../key-ring.js";

const identities = new WeakMap<object, Identity>();

/**
 * Whose key a request came with, once an adapter has let it in; null where no key was wanted, or
 * for a request that none has seen.
 *
 * @param request node's, Express's or the web's own request object, the one that the adapter got
 */
export function identityOf(request: object): Identity | null {
  return identities.get(request) ?? null;
}

/** Remembers it for as long as the request is. */
export function rememberIdentity(request: object, identity: Identity | null): void {
  if (identity !== null) identities.set(request, identity);
}
