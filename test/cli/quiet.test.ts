import { execFileSync } from "node:child_process";
import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { keyA as key } from "../helpers/keys.js";
import { testCli } from "../helpers/run-cli.js";
import { startHttp } from "../probe/servers.js";

/** A validate endpoint that takes the key, or anybody. */
async function start(isOpen: boolean): Promise<readonly string[]> {
  const { url } = await startHttp(({ headers }, response) => {
    const isGood = isOpen || headers.authorization === `Bearer ${key}`;
    response.writeHead(isGood ? 200 : 401, { "Content-Type": "application/json" }).end("{}");
  });
  return ["--system", "generic", "auth", "probe", url, "--path", "/v", "--key-env", "MINE"];
}

describe("--quiet", () => {
  it.each([[[]], [["--json"]]])("prints nothing when all is well %j", async (more) => {
    const cli = testCli({ env: { MINE: key } });
    const argv = [...(await start(false)), ...more];
    expect((await cli.run("keyward", ...argv)).stdout).toContain("enforced");
    expect(await cli.run("keyward", ...argv, "--quiet")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("prints all of it when the answer is no", async () => {
    const cli = testCli({ env: { MINE: key } });
    const argv = await start(true);
    const loud = await cli.run("keyward", ...argv);
    expect(loud.code).toBe(1);
    expect(await cli.run("keyward", ...argv, "--quiet")).toMatchObject(loud);
  });

  it("prints a failure", async () => {
    const { code, stdout, stderr } = await testCli().run("keyward", "token", "show", "--quiet");
    expect(code).toBe(3);
    expect(stdout).toBe("");
    expect(stderr).not.toBe("");
  });

  it("keeps what a command is called for", async () => {
    const { stdout } = await testCli().run("keyward", "auth", "generate-key", "--quiet");
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
  });
});

describe("--no-key", () => {
  it("asks who gets in without reading any key", async () => {
    const cli = testCli();
    const argv = (await start(false)).slice(0, -2);
    const { code, stdout } = await cli.run("keyward", ...argv, "--no-key");
    expect(code).toBe(0);
    expect(stdout).toContain("closed");
    const both = await cli.run("keyward", ...argv, "--no-key", "--key-env", "MINE");
    expect(both.code).toBe(2);
  });
});

describe("--debug", () => {
  it("shows control characters of others, which a terminal would obey", async () => {
    const path = "/\u001B[31mred";
    const argv = ["--system", "jean2", "token", "set", "--key-file", path, "--debug"];
    const { stderr } = await testCli().run("keyward", ...argv);
    expect(stderr).toContain("debug");
    expect(stderr).not.toContain("\u001B");
  });
});

describe("what no program can write or read", () => {
  it.runIf(existsSync("/dev/full"))("a full disk behind standard output is named", () => {
    const program = join(import.meta.dirname, "../../bin/keyward.cjs");
    const line = '"$0" "$1" auth generate-key 2>&1 >/dev/full; echo "exit $?"';
    const said = execFileSync("/bin/sh", ["-c", line, process.execPath, program]).toString();
    expect(said).toBe("keyward: cannot write to standard output: the disk is full\nexit 3\n");
  });

  it("a file that is larger than any text is named", async () => {
    const cli = testCli();
    const file = join(cli.cwd, "huge");
    writeFileSync(file, "");
    truncateSync(file, 600 * 1024 * 1024);
    const argv = ["--system", "generic", "--file", "huge", "--variable", "X", "auth", "status"];
    const { stderr, stdout } = await cli.run("keyward", ...argv);
    expect(stdout + stderr).toContain("huge is over 16 MiB: not a file of settings");
  });
});
