import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

import { onTestFinished } from "vitest";

import type { ProgramName } from "../../src/cli/output.js";
import type { CliResult } from "./run-cli.js";

/** Runs the built program as a process of its own, with no environment but what it is given. */
export async function runBuilt(
  name: ProgramName,
  argv: readonly string[],
  options: { env: Record<string, string>; cwd?: string; input?: string },
): Promise<CliResult> {
  const child = spawn(process.execPath, [resolve("bin", `${name}.cjs`), ...argv], {
    cwd: options.cwd ?? "/",
    env: options.env,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.end(options.input ?? "");
  const [code] = (await once(child, "close")) as [number];
  return {
    code,
    stdout: Buffer.concat(out).toString("utf8"),
    stderr: Buffer.concat(err).toString("utf8"),
  };
}
