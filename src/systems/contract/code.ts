import type { Machine } from "../../core/machine.js";
import type { ProbePlan } from "./probe-plan.js";
import type { EnvFileLocation, Launch, LiveServer, Location } from "./system.js";

/** What code about a running server is told. */
export interface Running {
  readonly machine: Machine;
  readonly launch: Launch;
  /** The running server by its own account. */
  readonly findLive: (machine: Machine) => LiveServer | null;
}

/** The places of a variable in the folder that the server's process works in. */
export type StartFolderReader = (
  variable: string,
  about: Pick<Running, "machine" | "launch">,
) => readonly Location[];

/** What a system's folder says in code, since data cannot: little more than how its server is asked. */
export interface SystemCode {
  /** What its server is asked. Loaded at its first use: most commands ask no server. */
  readonly loadProbe: () => Promise<ProbePlan>;
  /** For sources of the kind `start-folder`. */
  readonly readStartFolder?: (variable: string, about: Running) => readonly Location[];
  /** As `System.startFiles`. */
  readonly listStartFiles?: (about: Running) => readonly EnvFileLocation[];
}
