import type { Clock } from "../core/machine.js";
import type { ClientGroups } from "./networks.js";

/** The part of a limiter of `rate-limiter-flexible` that is used, whatever store it is on. */
export interface TryLimiter {
  /** How many wrong tries a client has. */
  readonly points: number;
  /** Seconds until they are forgotten. */
  readonly duration: number;
  /** Resolves or rejects with where the client stands; rejects with an Error when the store fails. */
  consume(client: string, points?: number): Promise<Standing>;
}

/** Where a client stands. */
export interface Standing {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/** How many wrong tries a client has; the count is kept in memory. */
export interface TryLimits {
  /** 5 unless given. */
  readonly tries?: number;
  /** Seconds; 15 minutes unless given. */
  readonly duration?: number;
}

/** Counts clients' wrong tries. */
export interface Tries {
  /** Seconds for which a client's wrong tries are refused unread; null for one that may try. */
  findWait(client: ClientGroups): number | null;
  count(client: ClientGroups, tries: number): void;
}

interface Entry {
  tries: number;
  /** Milliseconds since 1970. */
  until: number;
}

const mostClients = 10_000;

/** A whole IPv6 network may make so many times the tries of one client: a /48 has 65,536 of them. */
const networkFactor = 16;

/**
 * Counts wrong tries in memory, bounded, so that nobody waits for a store and many requests in one
 * packet are no way round the limit. A limiter is told of them, too, and what it knows of a client
 * from other processes counts here as soon as it says so.
 *
 * @throws TypeError for limits that are none
 */
export function createTries(option: TryLimiter | TryLimits, clock: Pick<Clock, "now">): Tries {
  const { points, duration, consume } = readLimits(option);
  const clients = new Map<string, Entry>();

  function findEntry(name: string, now: number): Entry | undefined {
    const entry = clients.get(name);
    if (entry === undefined || now < entry.until) return entry;
    clients.delete(name);
    return undefined;
  }

  function makeEntry(name: string, now: number): Entry {
    // The one that came first: memory has an end.
    const [oldest] = clients.size < mostClients ? [] : clients.keys();
    if (oldest !== undefined) clients.delete(oldest);
    const entry = { tries: 0, until: now + duration * 1000 };
    clients.set(name, entry);
    return entry;
  }

  function add(name: string, tries: number): Entry {
    const now = clock.now();
    const entry = findEntry(name, now) ?? makeEntry(name, now);
    entry.tries += tries;
    return entry;
  }

  async function report(name: string, entry: Entry, tries: number): Promise<void> {
    const standing = await consume?.(name, tries).catch((error: unknown) =>
      isStanding(error) ? error : null,
    );
    if (!standing) return;
    entry.tries = Math.max(entry.tries, standing.consumedPoints);
    entry.until = clock.now() + standing.msBeforeNext;
  }

  function waitOf(name: string | null, most: number, now: number): number | null {
    const entry = name === null ? undefined : findEntry(name, now);
    if (entry === undefined || entry.tries < most) return null;
    return Math.max(1, Math.ceil((entry.until - now) / 1000));
  }

  return {
    findWait({ client, network }) {
      const now = clock.now();
      return waitOf(client, points, now) ?? waitOf(network, points * networkFactor, now);
    },
    count({ client, network }, tries) {
      const entry = add(client, tries);
      if (network !== null) add(network, tries);
      if (consume !== null) void report(client, entry, tries);
    },
  };
}

interface Limits extends Pick<TryLimiter, "points" | "duration"> {
  readonly consume: TryLimiter["consume"] | null;
}

function readLimits(option: TryLimiter | TryLimits): Limits {
  if (typeof option !== "object" || option === null) {
    throw new TypeError("limiter must be an object, {} for 5 tries in 15 minutes");
  }
  if ("consume" in option) {
    const { points, duration } = option;
    requireWhole("limiter.points", points);
    requireWhole("limiter.duration", duration);
    return { points, duration, consume: async (client, tries) => option.consume(client, tries) };
  }
  const { tries: points = 5, duration = 900 } = option;
  requireWhole("limiter.tries", points);
  requireWhole("limiter.duration", duration);
  return { points, duration, consume: null };
}

function requireWhole(name: string, value: unknown): void {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return;
  throw new TypeError(`${name} must be a whole number over 0, got ${String(value)}`);
}

function isStanding(value: unknown): value is Standing {
  return typeof value === "object" && value !== null && "consumedPoints" in value;
}
