import type { Clock } from "../machine.js";

/** The steps of a rotation, in their order. */
export type StepName = "lock" | "read" | "make" | "write" | "commit";

/** One step as it went. */
export interface Step {
  readonly name: StepName;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly ms: number;
}

/** Runs steps one after the other and keeps the account of them, failures included. */
export class Steps {
  readonly taken: Step[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly onStep: (step: Step) => void = () => {},
  ) {}

  async run<T>(name: StepName, work: () => T | Promise<T>): Promise<T> {
    const start = this.clock.monotonic();
    let ok = false;
    try {
      const result = await work();
      ok = true;
      return result;
    } finally {
      const step = { name, ok, ms: Math.round((this.clock.monotonic() - start) * 100) / 100 };
      this.taken.push(step);
      this.onStep(step);
    }
  }
}
