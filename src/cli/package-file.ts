import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Reads a text file of this package, as it was installed or cloned.
 *
 * @param path from the package's folder. That is two above `src/cli/`, where this file stands, and
 *   two above `dist/cli/`, where every file of the command line is when it is built.
 */
export function readPackageFile(path: string): string {
  return readFileSync(join(import.meta.dirname, "..", "..", path), "utf8");
}
