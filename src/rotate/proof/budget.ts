/** What ends the tries before every worker is met. */
export type Limit = "time" | "limited" | "slow";

/** At the same time, where the system bears it. */
const atOnce = 16;
/** Between two right keys, where nothing is known of the system. */
const usualBudget = 64;
/** An answer is slow that takes so many times what is usual, and longer than this. */
const slowFactor = 10;
const slowMs = 1000;
/** So many answers tell what is usual. */
const samples = 8;

/**
 * How many wrong tries a server is asked to bear: so many between two right keys, until it says that
 * it is too many, or begins to let those who try wait.
 */
export class TryBudget {
  /** How many wrong tries go at once; right ones follow. */
  readonly wave: number;
  #ended: Limit | null = null;
  readonly #times: number[] = [];

  /** @param between the wrong tries that the system bears between two right ones; null for unknown */
  constructor(between: number | null) {
    this.wave = Math.max(1, Math.min(atOnce, between ?? usualBudget));
  }

  /** Why no more wrong tries may be made; null while they may. */
  get ended(): Limit | null {
    return this.#ended;
  }

  /** Takes account of the answers to one wave of wrong tries. */
  spend(answers: readonly { readonly limits: boolean; readonly ms: number }[]): void {
    const quickest = Math.min(...answers.map(({ ms }) => ms));
    if (answers.some(({ limits }) => limits)) this.#ended = "limited";
    // One may be slow by chance.
    else if (this.#isSlow(quickest)) this.#ended ??= "slow";
    this.#times.push(...answers.map(({ ms }) => ms).slice(0, samples - this.#times.length));
  }

  /** No time is left for more. */
  expire(): void {
    this.#ended ??= "time";
  }

  #isSlow(ms: number): boolean {
    if (this.#times.length < samples) return false;
    const usual = this.#times.toSorted((one, other) => one - other)[samples / 2] ?? 0;
    return ms > slowMs && ms > usual * slowFactor;
  }
}
