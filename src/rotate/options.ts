import type { Machine } from "../core/machine.js";
import type { Lock } from "../files/lock.js";
import type { Edit } from "../files/edit.js";
import type { KeyFormat } from "../keys/formats.js";
import type { Trust } from "../net/connect.js";
import type { Requester } from "../net/requester.js";
import type { Launch, RestartPlan, System } from "../systems/contract/system.js";
import type { Interrupt } from "./interrupt.js";
import type { Knowledge } from "./proof/check-server.js";
import type { StepListener, Steps } from "./steps/steps.js";
import type { KeyTarget } from "./target.js";

/** Milliseconds that a restarted server may take to come back, unless it is said. */
export const defaultTimeoutMs = 60_000;

/** How the running server is restarted, and asked whether that changed its key. */
export interface RestartOptions {
  /** The program by its absolute path, and its arguments: no shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** What the system itself says of that program; absent for a command of the caller's own. */
  readonly plan?: RestartPlan | undefined;
  /** How it is told whether that program knows of the running server. */
  readonly knowledge?: Knowledge | undefined;
  /** Where the server answers. */
  readonly url: string;
  /** The user has named that address, so that the keys may be sent there. */
  readonly named?: boolean;
  readonly trust?: Trust;
  /** Milliseconds that the server may take to come back. @default 60000 */
  readonly timeoutMs?: number;
  readonly request?: Requester;
  /** Gets what the restart command printed, without the lines that hold a key. */
  readonly onOutput?: ((line: string) => void) | undefined;
}

/** What every change of a key needs to know. */
export interface ChangeOptions extends StepListener {
  readonly system: System;
  readonly machine: Machine;
  /** How the server is started; found out from its files when absent. */
  readonly launch?: Launch;
  /** Works everything out and changes nothing. */
  readonly dryRun?: boolean;
  /** Restarts the server and proves the change; without it the verified write is all. */
  readonly restart?: RestartOptions | undefined;
  /** Others know the old key: it never comes back. */
  readonly leaked?: boolean;
  /** Puts the key in the place of a reference that another tool resolves, which is refused without. */
  readonly replaceReference?: boolean;
  /** Asked once, when the key has been read: why the change is not due, or null when it is. */
  readonly excuse?: ((target: KeyTarget) => string | null) | undefined;
  readonly interrupt?: Interrupt;
}

/** What is peculiar to one kind of change. */
export interface Plan {
  /** What the new key is made as; absent where it is not made here. */
  readonly format?: KeyFormat;
  /** The new value; null removes the key. */
  make(): string | null;
  /** A reference may go as a key may, whatever `replaceReference`. */
  readonly takesReference?: boolean;
  /** Refuses, by what stands in the file. */
  guard?(target: KeyTarget): void;
  /** Works out the change to the file; without it, the key is all that changes. Not for a restart. */
  edit?(target: KeyTarget, key: string | null): Edit;
}

/** A change that has been asked for. */
export interface Change {
  readonly options: ChangeOptions;
  readonly plan: Plan;
  readonly launch: Launch;
  readonly steps: Steps;
}

/** The same, with its file in hand. */
export interface LockedChange extends Change {
  readonly target: KeyTarget;
  readonly lock: Lock;
  /** What is to be said in the end. */
  readonly notes: readonly string[];
}

/** What a recovery needs to know. */
export interface RecoverOptions extends Pick<
  ChangeOptions,
  "system" | "machine" | "interrupt" | "onStep" | "onStepStart"
> {
  /** To finish it, or to go back to the old key. */
  readonly how: "resume" | "undo";
  /** Beside what the journal says of the restart. */
  readonly restart?: Partial<
    Pick<RestartOptions, "command" | "timeoutMs" | "request" | "onOutput">
  >;
}
