import type { Machine } from "../../core/machine.js";
import type { Launch, RestartPlan, System } from "../../systems/contract/system.js";

/** A restart by a system's own plan, and the server that runs before it. */
export interface ForeseenRestart {
  readonly system: System;
  readonly machine: Machine;
  readonly launch: Launch;
  /** Where the server is asked. */
  readonly url: string;
  readonly plan: RestartPlan;
}
