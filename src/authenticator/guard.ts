import type { Clock } from "../core/machine.js";
import type { ResponseData } from "../systems/contract/wire.js";
import type { GuardedRequest, RefusedCode } from "./decision.js";
import { type Hosts, readHosts } from "./hosts.js";
import { findClient, groupClient, type Networks, readAddress, readNetworks } from "./networks.js";
import { createTries, type Tries, type TryLimiter, type TryLimits } from "./tries.js";

/** What is looked at beside the credential. Each is off unless given. */
export interface GuardOptions {
  /**
   * Networks in CIDR notation that clients may come from, open routes included. Nobody else, nor a
   * request whose `ip` is not known, is let in.
   */
  readonly allowedNetworks?: readonly string[] | undefined;
  /** Proxies, by address or network, whose `X-Forwarded-For` is believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Names, with or without a port, that the `Host` header may have: others may be DNS rebinding. */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * How many wrong keys a client may try: `{}` for 5 in 15 minutes, counted in memory; or a limiter
   * of `rate-limiter-flexible` on a store that several processes share. Whoever has tried too often
   * gets 429 for wrong keys; a right key is let in all the same, since others may have the same
   * address. The client's address is needed: `ip` of the request. Behind a proxy, name it in
   * `trustedProxies`, or all clients are one.
   */
  readonly limiter?: TryLimits | TryLimiter | undefined;
}

/** A refusal that no system has a form for. */
export type GuardRefusal = ResponseData & { readonly ok: false; readonly code: RefusedCode };

/** What comes before and after the look at the credential. */
export interface Guard {
  /** The client's address as far as it may be believed; null for unknown, or where nobody asks. */
  findClient(request: GuardedRequest): string | null;
  /** Refuses whoever may not come at all. */
  refuseStranger(request: GuardedRequest, client: string | null): GuardRefusal | null;
  /** Refuses a wrong key of whoever has tried too often. */
  refuseGuesser(client: string | null): GuardRefusal | null;
  /** Remembers wrong tries. */
  countTries(client: string | null, tries: number): void;
}

/**
 * @param isAudited whether the client is wanted for audit events, too
 * @throws TypeError that names the bad option
 */
export function createGuard(
  options: GuardOptions,
  clock: Pick<Clock, "now">,
  isAudited: boolean,
): Guard {
  const isProxy = readOption(options.trustedProxies, "trustedProxies");
  const isAllowed = readOption(options.allowedNetworks, "allowedNetworks");
  const isOurs: Hosts | null =
    options.allowedHosts === undefined ? null : readHosts(options.allowedHosts);
  const tries: Tries | null =
    options.limiter === undefined ? null : createTries(options.limiter, clock);
  const isAsked = isAudited || isAllowed !== null || tries !== null;

  return {
    findClient(request) {
      if (!isAsked) return null;
      if (tries !== null && request.ip === undefined) {
        throw new TypeError("limiter counts by the client's address: give it as ip");
      }
      const ip = request.ip ?? null;
      return isProxy === null ? readAddress(ip) : findClient(request, ip, isProxy);
    },
    refuseStranger(request, client) {
      if (isOurs !== null && !isOurs(request)) {
        return refuse("host-refused", 421, "Misdirected Request", "this server has another name");
      }
      if (isAllowed !== null && (client === null || !isAllowed(client))) {
        return refuse("network-refused", 403, "Forbidden", "not from this network");
      }
      return null;
    },
    refuseGuesser(client) {
      const wait = tries?.findWait(groupClient(client)) ?? null;
      if (wait === null) return null;
      const why = "too many wrong keys were tried";
      const refusal = refuse("too-many-tries", 429, "Too Many Requests", why);
      return { ...refusal, headers: { ...refusal.headers, "Retry-After": String(wait) } };
    },
    countTries: (client, count) => tries?.count(groupClient(client), count),
  };
}

function readOption(value: unknown, name: string): Networks | null {
  return value === undefined ? null : readNetworks(name, value);
}

function refuse(code: RefusedCode, status: number, error: string, message: string): GuardRefusal {
  const headers = { "Content-Type": "application/json" };
  return { ok: false, code, status, headers, body: JSON.stringify({ error, message }) };
}

/** What a request gets whose JWT could not be judged. */
export const verifierFailed: GuardRefusal = refuse(
  "verifier-failed",
  503,
  "Service Unavailable",
  "the credential could not be verified",
);
