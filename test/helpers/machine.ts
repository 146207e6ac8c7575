import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { onTestFinished } from "vitest";

import { createMachine, type Machine } from "../../src/core/machine.js";

/** What a test machine's clock says, always: 2026-01-02 03:04:05.678 UTC. */
export const FROZEN_NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A machine whose home folder the test may do anything with. */
export interface TestMachine extends Machine {
  readonly home: string;
}

/**
 * A real machine (real files, this process's user) with a clock that stands still, an environment
 * that holds HOME and nothing else, and a temporary home folder, 0700, removed after the test.
 *
 * `env` is added to that environment (undefined removes a name); every other part is replaced.
 */
export function testMachine(overrides: Partial<TestMachine> = {}): TestMachine {
  const { home = temporaryFolder(), env, ...rest } = overrides;
  const real = createMachine({ process, date: Date });
  return {
    home,
    env: { HOME: home, ...env },
    cwd: home,
    platform: process.platform,
    pid: process.pid,
    hostname: "test-host",
    user: real.user,
    fs,
    clock: { now: () => FROZEN_NOW, monotonic: () => 0 },
    childProcess: () => real.childProcess(),
    isRunning: (pid) => real.isRunning(pid),
    ...rest,
  };
}

/** A new folder with its real path (macOS reaches its temporary folder by a symlink), removed after the test. */
export function temporaryFolder(): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "keyward-test-")));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}
