import type { Machine } from "../../core/machine.js";
import type { ConnectionWatch } from "../../net/message.js";
import { readRunning } from "../../processes/words.js";
import {
  describeProcess,
  findAccepted,
  listChildren,
  lookForWorkers,
  type Sighting,
  type Worker,
} from "./see-workers.js";

/** How many processes of a server there are, and how many of them have shown what they do. */
export interface Workers {
  readonly met: number;
  readonly seen: number;
}

/** The same, with the processes that are left. */
export interface Count extends Workers {
  readonly unmet: readonly number[];
}

/** What came of a connection whose holder is known. */
interface Sight {
  readonly worker: Worker;
  /** Not only the parent of the one that may have answered. */
  readonly isSure: boolean;
  readonly outcome: TryOutcome;
}

/** It was `met`: it refused what it should; it `answered` something else, or nothing at all. */
export type TryOutcome = "met" | "answered" | "silent";

/** Looks who has a connection of ours. */
export interface Witness {
  readonly watch: ConnectionWatch;
  /** The connection was closed before anything was sent, since its worker was not wanted. */
  readonly declined: boolean;
  /** Puts down what came of it. */
  record(outcome: TryOutcome): void;
}

/** One that answered none of so many tries, and is the parent of all others, only leads them. */
const supervisorTries = 64;
const looksBefore = 25;
const looksForChild = 5;
const looksAfter = 5;
const betweenLooksMs = 5;
/** One look serves all who ask for one within that time. */
const gatherMs = 2;

/**
 * Counts the workers of a server on this machine: the processes that hold the socket which it
 * listens with, or the server's end of a connection of ours.
 */
export class WorkerCount {
  readonly #machine: Machine;
  readonly #address: string;
  readonly #port: number;
  readonly #sights: Sight[] = [];
  readonly #asked = new Set<number>();
  /** The server's ends of connections that stand, by our ports. */
  readonly #accepted = new Map<number, number>();
  /** Ways to ask after which the server closes the connection at once. */
  readonly #brief = new Set<string>();
  #parents: ReadonlySet<number> = new Set();
  #next: Promise<Sighting> | null = null;

  constructor(machine: Machine, address: string, port: number) {
    this.#machine = machine;
    this.#address = address;
    this.#port = port;
  }

  /**
   * A witness for one connection.
   *
   * @param way what is asked, by a name
   * @param wants may have it closed once it is seen who has it, before anything is sent
   */
  witness(way: string, wants?: (worker: Worker | null) => boolean): Witness {
    let before: Worker | null = null;
    let after: Worker | null = null;
    let declined = false;
    const watch: ConnectionWatch = {
      connected: async (localPort) => {
        // It takes time, and who answers is better seen afterwards, where the connection lasts.
        if (wants !== undefined || this.#brief.has(way)) before = await this.#findHolder(localPort);
        declined = wants?.(before) === false;
        return !declined;
      },
      ended: async (localPort) => {
        after = await this.#findAnswerer(localPort);
        if (after === null) this.#brief.add(way);
        this.#accepted.delete(localPort);
      },
    };
    const sights = this.#sights;
    const isParent = (pid: number): boolean => this.#parents.has(pid);
    return {
      watch,
      get declined() {
        return declined;
      },
      record(outcome) {
        const worker = after ?? before;
        if (worker === null) return;
        sights.push({ worker, isSure: after !== null || !isParent(worker.pid), outcome });
      },
    };
  }

  /** @returns null where it cannot be told how many there are */
  count(tries: number): Count | null {
    const { listening } = this.#look();
    if (listening === null) return null;
    const held = this.#sights.map(({ worker }) => worker).filter((one) => this.#isAlive(one));
    const all = [...new Map([...listening, ...held].map((one) => [one.id, one])).values()];
    const leader = all.find((one) => this.#leads(one, all, tries));
    const followers = all.filter((one) => one !== leader);
    const workers = [...followers, ...this.#findIdle(leader, followers, listening)];
    const isMet = ({ id }: Worker): boolean =>
      this.#sights.some(
        ({ worker, isSure, outcome }) =>
          worker.id === id && outcome === "met" && (isSure || all.length === 1),
      );
    const unmet = workers.filter((one) => !isMet(one)).map(({ pid }) => pid);
    return { met: workers.length - unmet.length, seen: workers.length, unmet };
  }

  /** A supervisor is no worker. One that kept a connection without a word is not known to be one. */
  #leads(one: Worker, all: readonly Worker[], tries: number): boolean {
    const others = all.filter(({ id }) => id !== one.id);
    if (tries < supervisorTries || others.length === 0) return false;
    if (!others.every(({ parent }) => parent === one.pid)) return false;
    return !this.#sights.some(
      ({ worker, isSure, outcome }) => worker.id === one.id && (outcome === "silent" || isSure),
    );
  }

  /**
   * Where the leader listens alone and hands out the connections, a worker that gets none holds no
   * socket. It is one of the leader's children, and runs by the same words as the others.
   */
  #findIdle(
    leader: Worker | undefined,
    followers: readonly Worker[],
    listening: readonly Worker[],
  ): readonly Worker[] {
    if (leader === undefined || listening.some(({ id }) => id !== leader.id)) return [];
    const words = ({ pid }: Worker): string => {
      const { program, args } = readRunning(pid, this.#machine) ?? { program: "", args: [] };
      return [program, ...args].join("\0");
    };
    const known = new Set(followers.map(words));
    return listChildren(leader.pid, this.#machine).filter(
      (child) => followers.every(({ id }) => id !== child.id) && known.has(words(child)),
    );
  }

  #isAlive({ pid, id }: Worker): boolean {
    return describeProcess(pid, null, this.#machine)?.id === id;
  }

  #look(): Sighting {
    const accepted = new Map([...this.#accepted].map(([localPort, socket]) => [socket, localPort]));
    const looked = { address: this.#address, port: this.#port, accepted };
    const sighting = lookForWorkers(looked, this.#machine);
    this.#parents = sighting.parents;
    return sighting;
  }

  /** Who has a connection: a parent that passes it on to a child has it for a moment, too. */
  async #holdersOf(localPort: number): Promise<readonly Worker[]> {
    this.#asked.add(localPort);
    this.#next ??= sleep(gatherMs).then(() => {
      const unknown = [...this.#asked].filter((each) => !this.#accepted.has(each));
      this.#asked.clear();
      this.#next = null;
      this.#find(unknown);
      return this.#look();
    });
    const holders = (await this.#next).holding.get(localPort) ?? [];
    return holders.filter(({ pid }) => !holders.some(({ parent }) => parent === pid));
  }

  #find(localPorts: readonly number[]): void {
    if (localPorts.length === 0) return;
    for (const [socket, localPort] of findAccepted(this.#port, localPorts, this.#machine)) {
      this.#accepted.set(localPort, socket);
    }
  }

  /** Before anything is sent: who waits for it. */
  async #findHolder(localPort: number): Promise<Worker | null> {
    let last: Worker | null = null;
    for (let look = 0, asParent = 0; look < looksBefore; look++) {
      const [holder, ...others] = await this.#holdersOf(localPort);
      last = others.length === 0 ? (holder ?? null) : null;
      if (last !== null && (!this.#parents.has(last.pid) || ++asParent === looksForChild)) break;
      await sleep(betweenLooksMs);
    }
    return last;
  }

  /** After the answer: who has it still. Null where that cannot be told. */
  async #findAnswerer(localPort: number): Promise<Worker | null> {
    let last: string | null = null;
    for (let look = 0; look < looksAfter; look++) {
      const [holder, ...others] = await this.#holdersOf(localPort);
      if (holder === undefined) return null;
      if (others.length === 0) {
        if (!this.#parents.has(holder.pid) || holder.id === last) return holder;
        last = holder.id;
      }
      await sleep(betweenLooksMs * 4);
    }
    return null;
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
