import { dirname } from "node:path";

import type { Finding } from "../../core/finding.js";
import { quoteForShell } from "../../core/shell-quote.js";

/** What is known of a name that keyward shares with a server's own program. */
export interface SharedProgram {
  readonly name: string;
  /** What the shell starts for this name; null when it finds nothing. */
  readonly path: string | null;
  /** The first keyward of this name on the PATH; null when there is none. */
  readonly own: string | null;
  /** What keyward hands on to under this name; null when there is nothing. */
  readonly next: string | null;
  /** Why the variable that names the next program is not obeyed; null when all is well. */
  readonly problem: string | null;
  readonly variable: string;
}

/** A keyward that never gets to answer, and real programs that it does not find. */
export function findProgramTroubles(programs: readonly SharedProgram[]): Finding[] {
  return programs.flatMap((program) => {
    const { name, path, own, next, problem, variable } = program;
    const findings: Finding[] = [];
    if (path !== null && own !== null && path !== own) {
      const message = `${name} starts ${path}, which stands before ${own}: ${name} token rotate is not keyward's`;
      const fix = `export PATH=${quoteForShell([dirname(own)])}:"$PATH"`;
      findings.push({ id: "program-shadowed", severity: "warning", message, fix });
    }
    if (problem !== null) {
      const fix = `unset ${variable}`;
      findings.push({ id: "program-variable", severity: "warning", message: problem, fix });
    } else if (own !== null && next === null) {
      const message = `no other ${name} is on the PATH, so keyward has none to hand its other commands to`;
      const fix = `export ${variable}=/path/to/the/real/${name}`;
      findings.push({ id: "program-missing", severity: "info", message, fix });
    }
    return findings;
  });
}
