import * as fs from "node:fs";
import * as path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { settingsFile } from "../../src/cli/settings/settings-file.js";
import { testCli, type TestCli } from "../helpers/run-cli.js";

// To the kernel users are only numbers: nobody has to create these.
const ALICE = { uid: 41001, gid: 41001, name: "alice" };
const BOB = 41002;

beforeAll(() => {
  // Without root no file can be given away, and a test that is not set up must not pass.
  if (process.getuid?.() !== 0) throw new Error("these tests need root");
});

function writeSettings(cli: TestCli, owner: number): string {
  const file = settingsFile(cli);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const servers = { lab: { system: "jean2", restartCommand: ["touch", "/gone"] } };
  fs.writeFileSync(file, JSON.stringify({ version: 1, servers }), { mode: 0o600 });
  fs.chownSync(file, owner, owner);
  return file;
}

describe("settings of another user", () => {
  it.each([
    ["alice, of bob's", ALICE, BOB],
    ["root, of bob's", { uid: 0, gid: 0, name: "root" }, BOB],
  ])("%s: refused, and kept", async (_, user, owner) => {
    const cli = testCli({ user });
    const file = writeSettings(cli, owner);
    const before = fs.readFileSync(file);
    for (const command of [
      ["server", "list"],
      ["server", "add", "hub", "--system", "jean2"],
      ["auth", "status", "--server", "lab"],
    ]) {
      const { code, stdout } = await cli.run("keyward", ...command, "--json");
      expect(code).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({
        error: { message: expect.stringContaining(file) },
      });
    }
    const { stderr } = await cli.run("keyward", "server", "list");
    expect(stderr).toBe(
      `keyward: ${file} belongs to ${BOB}, who could have keyward run anything\n` +
        `keyward: hint: if you trust what it says: chown ${user.uid} ${file}\n`,
    );
    expect(fs.readFileSync(file)).toEqual(before);
    expect(fs.statSync(file).uid).toBe(owner);
  });

  it.each([
    ["alice, of her own", ALICE, ALICE.uid],
    ["alice, of root's", ALICE, 0],
  ])("%s: read", async (_, user, owner) => {
    const cli = testCli({ user });
    writeSettings(cli, owner);
    const { code, stdout } = await cli.run("keyward", "server", "list");
    expect(stdout).toContain("touch /gone");
    expect(code).toBe(0);
  });
});
