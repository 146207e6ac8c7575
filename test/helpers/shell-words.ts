import { spawnSync } from "node:child_process";

/** The words that a shell makes of a line, which is not run: it may hold no `;`, `&&` or `$(…)`. */
export function readShellWords(line: string): string[] {
  const { stdout } = spawnSync("/bin/sh", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
  return stdout.split("\0").slice(0, -1);
}
