import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { version } from "../../src/core/version.js";
import { temporaryFolder } from "../helpers/machine.js";
import { readBlocks } from "../helpers/readme.js";

const [install = "", uninstall = ""] = readBlocks("sh");

/** Needs the npm registry, as a newcomer does. */
describe("the README's way in", () => {
  it("installs from a clone into a prefix of its own, and out again", () => {
    const home = temporaryFolder();
    const clone = join(home, "clone");
    execFileSync("git", ["clone", "--quiet", resolve("."), clone]);
    const run = (script: string, cwd: string) =>
      spawnSync("/bin/sh", ["-ec", script], {
        cwd,
        encoding: "utf8",
        env: { ...process.env, HOME: home, npm_config_update_notifier: "false" },
      });

    const installed = run(install, clone);
    expect(installed).toMatchObject({ status: 0 });
    expect(installed.stdout.trimEnd().split("\n").at(-1)).toBe(version);
    expect(existsSync(join(home, ".keyward", "bin", "jean2"))).toBe(true);

    const removed = run(uninstall, home);
    expect(removed).toMatchObject({ status: 0 });
    expect(existsSync(join(home, ".keyward", "bin", "jean2"))).toBe(false);
  }, 300_000);
});
