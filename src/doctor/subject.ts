import type { RawFinding } from "../core/finding.js";
import type { Machine } from "../core/machine.js";
import type { LiveLook } from "../live/look.js";
import type { KeyResolution } from "../locations/resolve-key.js";
import type { Launch, System } from "../systems/contract/system.js";

/** The server that is looked at: its system, and what its files say. */
export interface Subject {
  readonly system: System;
  /** The names that the user gave it; none for one that is only known by its files. */
  readonly names: readonly string[];
  /** The addresses that go with those names. */
  readonly urls: readonly string[];
  /** Whether it runs on this machine, as far as is known: where not, only its key is here. */
  readonly isLocal: boolean;
  readonly machine: Machine;
  readonly launch: Launch;
  readonly resolution: KeyResolution;
  /** What is seen of its running process. */
  readonly live: LiveLook;
}

/** Looks for one kind of trouble. What it finds holds no key. */
export type DoctorCheck = (
  subject: Subject,
) => readonly RawFinding[] | Promise<readonly RawFinding[]>;
