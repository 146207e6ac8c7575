/** Somebody who may want to stop: the first time all is put back, the second time all is left. */
export interface Interrupt {
  readonly first: AbortSignal;
  readonly second: AbortSignal;
}

/** Nobody who wants to stop. */
export const uninterrupted: Interrupt = {
  first: new AbortController().signal,
  second: new AbortController().signal,
};

/** What waiting ends with when somebody wants to stop. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("interrupted");
  }
}

/**
 * Gives signals that have arrived the time to be heard, and stops if one has.
 *
 * @throws Interrupted
 */
export async function heedInterrupt(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) throw new Interrupted();
}

/**
 * Waits for something, but not beyond an interruption.
 *
 * @throws Interrupted, and what the work throws
 */
export function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Interrupted());
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/**
 * Lets time pass.
 *
 * @throws Interrupted
 */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return untilInterrupted(passed, signal).finally(() => clearTimeout(timer));
}
