import type { Clock } from "../../core/machine.js";

/** The steps of a rotation, in their order; `undo` takes the place of what could not be done. */
export type StepName =
  | "lock"
  | "read"
  | "check"
  | "copy"
  | "make"
  | "write"
  | "restart"
  | "wait"
  | "prove"
  | "commit"
  | "undo";

/** One step as it went. */
export interface Step {
  readonly name: StepName;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly ms: number;
}

/** Who is told of the steps. */
export interface StepListener {
  readonly onStep?: ((step: Step) => void) | undefined;
  readonly onStepStart?: ((name: StepName) => void) | undefined;
}

/** Runs steps one after the other and keeps the account of them, failures included. */
export class Steps {
  readonly taken: Step[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly listener: StepListener = {},
  ) {}

  async run<T>(name: StepName, work: () => T | Promise<T>): Promise<T> {
    const start = this.clock.monotonic();
    tell(() => this.listener.onStepStart?.(name));
    let ok = false;
    try {
      const result = await work();
      ok = true;
      return result;
    } finally {
      const step = { name, ok, ms: Math.round((this.clock.monotonic() - start) * 100) / 100 };
      this.taken.push(step);
      tell(() => this.listener.onStep?.(step));
    }
  }
}

/** A terminal that was closed, or a full disk behind a log, must not stop a rotation half-way. */
function tell(listener: () => void): void {
  try {
    listener();
  } catch {
    // Nobody can be told.
  }
}
