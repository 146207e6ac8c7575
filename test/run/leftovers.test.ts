import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import { text as readText } from "node:stream/consumers";

import { describe, expect, it, onTestFinished } from "vitest";

import { listProcesses } from "../helpers/processes.js";

/** A whole run of vitest, watched as `npm test` is, over one file of `fixtures`. */
async function runFixture(name: string) {
  const child = spawn(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config",
      "test/run/fixtures/vitest.config.ts",
      `fixtures/${name}.test.ts`,
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", KEYWARD_TEST_PATIENCE: "300" },
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const output = (await Promise.all([readText(child.stdout), readText(child.stderr)])).join("");
  return { code: (await ended)[0] as number, output };
}

describe.runIf(process.platform === "linux")("a run of the tests", () => {
  it("succeeds when they leave nothing behind", async () => {
    const { code, output } = await runFixture("nothing");
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("1 passed") });
  });

  it.each([
    ["a process that is nobody's child", "orphan", /left behind .*:\n {2}process \d+: sleep 61\n/],
    ["a child", "child", /this file left behind: ProcessWrap\n[^]*\n {2}process \d+: sleep 62\n/],
    ["a server that listens", "listener", /this file left behind: TCPServerWrap\n/],
    ["a folder", "folder", /left behind .*:\n {2}in the temporary folder: keyward-forgotten-\w+\n/],
  ])("fails when they leave %s, and takes it away", async (_, name, words) => {
    const { code, output } = await runFixture(name);
    expect(output).toContain("1 passed");
    expect(output).toMatch(words);
    expect(code).toBe(1);
    expect(
      listProcesses().filter(
        ({ command, surroundings }) =>
          /^sleep 6[12]$/.test(command) && surroundings.includes(os.tmpdir()),
      ),
    ).toEqual([]);
    expect(fs.readdirSync(os.tmpdir()).filter((each) => each.startsWith("keyward-run-"))).toEqual(
      [],
    );
  });
});
