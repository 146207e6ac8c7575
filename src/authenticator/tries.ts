import type { Clock } from "../core/machine.js";

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
  /** Seconds for which a client is kept out; null for one that is not. */
  findWait(client: string): number | null;
  count(client: string, tries: number): void;
}

interface Entry {
  /** What the limiter knows of, this client's tries on other processes included. */
  known: number;
  /** What it has not answered for yet. */
  pending: number;
  /** Milliseconds since 1970. */
  until: number;
}

const mostClients = 10_000;

/**
 * Counts with a limiter, and keeps out by what it last said, so that nobody waits for a store: it is
 * told of wrong tries alone. Here tries count at once, so that many requests in one packet, or a
 * store that fails, are no way round the limit.
 *
 * @throws TypeError for limits that are none
 */
export function createTries(option: TryLimiter | TryLimits, clock: Pick<Clock, "now">): Tries {
  const { points, duration, consume } = readLimits(option);
  const clients = new Map<string, Entry>();

  function findEntry(client: string, now: number): Entry | undefined {
    const entry = clients.get(client);
    if (entry === undefined || now < entry.until) return entry;
    clients.delete(client);
    return undefined;
  }

  function makeEntry(client: string, now: number): Entry {
    // The one that came first; should it come again, the limiter still knows it.
    const [oldest] = clients.size < mostClients ? [] : clients.keys();
    if (oldest !== undefined) clients.delete(oldest);
    const entry = { known: 0, pending: 0, until: now + duration * 1000 };
    clients.set(client, entry);
    return entry;
  }

  async function report(client: string, entry: Entry, tries: number): Promise<void> {
    const standing = await consume(client, tries).catch((error: unknown) =>
      isStanding(error) ? error : null,
    );
    entry.pending -= tries;
    if (standing === null) {
      entry.known += tries;
      return;
    }
    entry.known = Math.max(entry.known, standing.consumedPoints);
    entry.until = clock.now() + standing.msBeforeNext;
  }

  return {
    findWait(client) {
      const now = clock.now();
      const entry = findEntry(client, now);
      if (entry === undefined || entry.known + entry.pending < points) return null;
      return Math.max(1, Math.ceil((entry.until - now) / 1000));
    },
    count(client, tries) {
      const now = clock.now();
      const entry = findEntry(client, now) ?? makeEntry(client, now);
      entry.pending += tries;
      void report(client, entry, tries);
    },
  };
}

type Limits = Pick<TryLimiter, "points" | "duration" | "consume">;

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
  // Loaded for those who limit, while the server starts.
  const memory = import("rate-limiter-flexible").then(
    ({ RateLimiterMemory }) => new RateLimiterMemory({ points, duration }),
  );
  // Counting goes on without it, and says so in the count.
  memory.catch(() => {});
  return {
    points,
    duration,
    consume: async (client, tries) => (await memory).consume(client, tries),
  };
}

function requireWhole(name: string, value: unknown): void {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return;
  throw new TypeError(`${name} must be a whole number over 0, got ${String(value)}`);
}

function isStanding(value: unknown): value is Standing {
  return typeof value === "object" && value !== null && "consumedPoints" in value;
}
