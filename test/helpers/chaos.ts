import { createHash, randomInt } from "node:crypto";

/**
 * Some tests would try every single case for minutes. Under `npm run chaos` they do; in `npm test`
 * they try a sample, another one in every run. What is said here stands in their titles, so that a
 * failure can be repeated: `KEYWARD_SEED=N npx vitest run FILE`.
 */
export const isChaos = process.env["KEYWARD_CHAOS"] !== undefined;

const seed = Number(process.env["KEYWARD_SEED"] ?? randomInt(2 ** 31));

/** For the end of a title: which cases are tried. */
export const extent = isChaos ? "every case" : `a sample, KEYWARD_SEED=${seed}`;

/** Says how many cases a test has tried, where that is all of them. */
export function tellCount(line: string): void {
  if (isChaos) console.log(line);
}

/** Numbers from 0 to below `limit`, by the seed and by what they are for (mulberry32). */
export function createRandom(purpose: string): (limit: number) => number {
  let state = createHash("sha256").update(`${seed} ${purpose}`).digest().readInt32LE();
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Of the numbers 1 to `count` all, or a sample of `size`: the first, and one of each equal part. */
export function chooseCases(purpose: string, count: number, size: number): readonly number[] {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  if (isChaos || count <= size) return numbers;
  const random = createRandom(purpose);
  const part = (count - 1) / (size - 1);
  const later = Array.from({ length: size - 1 }, (_, index) => {
    const from = Math.floor(index * part);
    return 2 + from + random(Math.floor((index + 1) * part) - from);
  });
  return [1, ...later];
}

/** How the cases of a loop are thinned whose end is not known before. */
export interface Stride {
  readonly step: number;
  /** Where the next loop begins: from 1 to `step`. */
  first(): number;
}

/** A stride of 1, or of `most` in a sample. */
export function chooseStride(purpose: string, most: number): Stride {
  const random = createRandom(purpose);
  const step = isChaos ? 1 : most;
  return { step, first: () => 1 + random(step) };
}
