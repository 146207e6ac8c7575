import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { temporaryFolder } from "./machine.js";

/**
 * Runs a process under the name of a program until its test is over: what is looked at is what the
 * kernel shows. It waits for its standard input, and starts nothing itself.
 */
export async function startNamed(program: string, ...args: string[]): Promise<number> {
  const path = join(temporaryFolder(), program);
  writeFileSync(path, "#!/bin/sh\necho up\nread -r _\n", { mode: 0o755 });
  const child = spawn(path, args, { stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(async () => {
    child.stdin.end();
    await once(child, "exit");
  });
  await once(child.stdout, "data");
  return child.pid ?? 0;
}
