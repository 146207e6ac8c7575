import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { killProcess, listProcesses, type LiveProcess } from "../helpers/processes.js";
import { patience } from "./patience.js";

/**
 * Before the first test: a temporary folder that this run alone uses. Its path is also the mark by
 * which the run knows its own processes again, whoever their parent is by then: each has it in its
 * environment (TMPDIR, a HOME below it), among its arguments, or works below it.
 *
 * After the last test: fails the run when a process or a folder of its own is left, names them, and
 * takes them away.
 */
export default function watchLeftovers(): () => Promise<void> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "keyward-run-")));
  // As the system's own, for the tests that act as other users.
  fs.chmodSync(folder, 0o1777);
  process.env["TMPDIR"] = folder;
  return async () => {
    const processes = await findLastingProcesses(folder);
    for (const { pid } of processes) killProcess(pid);
    const left = [
      ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
      ...fs.readdirSync(folder).map((name) => `in the temporary folder: ${name}`),
    ];
    fs.rmSync(folder, { recursive: true, force: true });
    if (left.length === 0) return;
    // Vitest prints what a teardown throws, and exits with 0 all the same.
    process.exitCode = 1;
    throw new Error(["the tests left behind what they started:", ...left].join("\n  "));
  };
}

/** The processes of this run that do not end by themselves, the workers of vitest included. */
async function findLastingProcesses(folder: string): Promise<readonly LiveProcess[]> {
  for (const start = performance.now(); ;) {
    const found = listProcesses().filter(({ surroundings }) => surroundings.includes(folder));
    if (found.length === 0 || performance.now() - start > patience) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
