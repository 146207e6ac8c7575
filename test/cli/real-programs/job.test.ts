import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { expect, it, onTestFinished, vi } from "vitest";

import type { ProcessControl } from "../../../src/cli/context.js";
import { dieBy, relaySignals } from "../../../src/cli/real-programs/job.js";
import { readProcessState } from "../../../src/cli/real-programs/process-state.js";
import { temporaryFolder, testMachine, type TestMachine } from "../../helpers/machine.js";

/** A machine without /proc, as macOS is, whose `ps` answers with this line. */
function machineWithPs(answer: string): TestMachine {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, "ps"), `#!/bin/sh\necho "${answer}"\n`, { mode: 0o755 });
  const readFileSync = (() => {
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  }) as unknown as typeof fs.readFileSync;
  return testMachine({
    platform: "darwin",
    env: { PATH: `${folder}:/usr/bin:/bin` },
    fs: { ...fs, readFileSync },
  });
}

/** A process that keeps what is done to it. */
function recordProcess(machine: TestMachine) {
  const done: string[] = [];
  const listeners = new Map<string, () => void>();
  const control: ProcessControl = {
    pid: 100,
    execPath: process.execPath,
    on: (signal, listener) => {
      done.push(`on ${signal}`);
      listeners.set(signal, listener);
    },
    off: (signal) => {
      done.push(`off ${signal}`);
      listeners.delete(signal);
    },
    kill: (pid, signal) => {
      done.push(`kill ${pid} ${signal}`);
    },
  };
  const context = { ...machine, process: control };
  return { context, listeners, done };
}

it.runIf(process.platform === "linux")("a stopped process is seen to be stopped", async () => {
  const child = spawn("sleep", ["100"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const pid = child.pid ?? 0;
  expect(readProcessState(pid, testMachine()).stopped).toBe(false);
  child.kill("SIGSTOP");
  await vi.waitFor(() => expect(readProcessState(pid, testMachine()).stopped).toBe(true));
});

it.each([
  ["T+   12 12", { stopped: true, foreground: true }],
  ["Ss+  12 13", { stopped: false, foreground: false }],
  ["S    12 0", { stopped: false, foreground: false }],
  ["", { stopped: false, foreground: false }],
])("ps that says %j", (answer, state) => {
  expect(readProcessState(1, machineWithPs(answer))).toEqual(state);
});

it("a process that is gone is in no state", () => {
  // Above the highest process id that Linux gives.
  expect(readProcessState(1 << 23, testMachine())).toEqual({ stopped: false, foreground: false });
});

it("where ps is asked, the end of ps is not taken for news of the child", () => {
  const { context, listeners, done } = recordProcess(machineWithPs("T 12 12"));
  const stop = relaySignals(() => 200, context);
  done.length = 0;
  listeners.get("SIGCHLD")?.();
  expect(done).toEqual(["off SIGCHLD", "on SIGCHLD", "off SIGTSTP", "kill 100 SIGTSTP"]);

  done.length = 0;
  listeners.get("SIGCONT")?.();
  expect(done).toEqual(["kill 200 SIGCONT", "off SIGTSTP", "on SIGTSTP"]);
  stop();
  expect(listeners.size).toBe(0);
});

it("a signal before the child is there, or after it has gone, is nobody's", () => {
  const children = [undefined, 200];
  const { context, listeners, done } = recordProcess(testMachine());
  relaySignals(() => children.shift(), {
    ...context,
    process: {
      ...context.process,
      kill: () => {
        throw Object.assign(new Error("no such process"), { code: "ESRCH" });
      },
    },
  });
  done.length = 0;
  listeners.get("SIGTERM")?.();
  listeners.get("SIGTERM")?.();
  expect(children).toEqual([]);
  expect(done).toEqual([]);
});

it.each([
  ["SIGPIPE", 141, ["on SIGPIPE", "off SIGPIPE", "kill 100 SIGPIPE"]],
  ["SIGKILL", 137, ["kill 100 SIGKILL"]],
] as const)("%s that this process survives is %i", (signal, status, expected) => {
  const { context, done } = recordProcess(testMachine());
  expect(dieBy(signal, context)).toBe(status);
  expect(done).toEqual(expected);
});
