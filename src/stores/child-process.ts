import type * as ChildProcess from "node:child_process";
import { createRequire } from "node:module";

/**
 * node:child_process, loaded at its first use: loading it takes a tenth of a whole start, and most
 * commands never start a program.
 */
export function loadChildProcess(): typeof ChildProcess {
  // The path that is asked for is where to look from, and a built-in module lies nowhere.
  const loaded: typeof ChildProcess = createRequire("/")("node:child_process");
  return loaded;
}
