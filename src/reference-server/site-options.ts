import type { Clock } from "../core/machine.js";
import type { SystemId } from "../systems/contract/system.js";

/** Which system to be, with which key, and what else it can be told to be. */
export interface SiteOptions {
  /** The system to be. */
  readonly system: Exclude<SystemId, "generic">;
  /**
   * The key to ask for, for HAIP the secret that JWTs are signed with. Null switches authentication
   * off, as an unset one does with these servers (in HAIP's current layer nobody can log in then).
   * Any other value counts, however weak: to refuse one is for whoever starts the server. Only
   * HAIP's secret has to be one that a JWT can be signed with.
   */
  readonly key: string | null;
  /** One of the system's releases; `current` unless named. */
  readonly release?: string | undefined;
  /** Whether it says that what it works with is missing: OpenJarvis's `/health`, Jean's `/readyz`. */
  readonly backendDown?: boolean;
  /** Where the time comes from; `Date` unless given. */
  readonly clock?: Pick<Clock, "now"> | undefined;
}
