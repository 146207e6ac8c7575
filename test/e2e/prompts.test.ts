import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import type { ProgramName } from "../../src/cli/output.js";
import { keyA, keyB } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { openTerminal } from "../helpers/pty.js";

function open(name: ProgramName, ...argv: string[]) {
  const home = temporaryFolder();
  const terminal = openTerminal(process.execPath, [resolve("bin", `${name}.cjs`), ...argv], {
    cwd: home,
    env: { HOME: home, PATH: "", TERM: "xterm" },
  });
  return { home, terminal };
}

describe("a question on a terminal", () => {
  it("asks which system is meant, and goes on with the answer", async () => {
    const { terminal } = open("keyward", "auth", "status");
    await terminal.waitFor(/Which system\?/);
    terminal.type("\r");
    await terminal.waitFor(/authentication/);
    expect(await terminal.ended).toEqual({ exitCode: 0, signal: 0 });
  });

  it("ends with 130 on Ctrl-C", async () => {
    const { terminal } = open("keyward", "auth", "status");
    await terminal.waitFor(/Which system\?/);
    terminal.type("\u0003");
    expect(await terminal.ended).toEqual({ exitCode: 130, signal: 0 });
    expect(terminal.output).toContain("keyward: cancelled");
  });

  it("takes a key without showing it", async () => {
    const { home, terminal } = open("jean2", "token", "set");
    await terminal.waitFor(/New key/);
    terminal.type(`${keyB}\r`);
    await terminal.waitFor(new RegExp(`-> ${fingerprintKey(keyB)}`));
    expect(await terminal.ended).toEqual({ exitCode: 0, signal: 0 });
    expect(terminal.output).not.toContain(keyB);
    expect(readFileSync(join(home, ".jean2", ".env"), "utf8")).toBe(`JEAN2_AUTH_TOKEN=${keyB}\n`);
  });

  it("refuses a bad key that was typed, without repeating it", async () => {
    const { terminal } = open("jean2", "token", "set");
    await terminal.waitFor(/New key/);
    terminal.type(`${keyA} é\r`);
    await terminal.waitFor(/jean2: that key holds a blank/);
    expect((await terminal.ended).exitCode).toBe(3);
    expect(terminal.output).not.toContain(keyA);
  });
});

describe("an answer on a terminal", () => {
  it("has colours, and none with NO_COLOR or on a terminal that has none", async () => {
    const home = temporaryFolder();
    const bin = resolve("bin", "jean2.cjs");
    const look = async (...settings: string[]) => {
      const argv = [process.execPath, bin, "auth", "check", "--host", "0.0.0.0"];
      const options = { cwd: home, env: { HOME: home } };
      const terminal = openTerminal("/usr/bin/env", [...settings, ...argv], options);
      await terminal.ended;
      return terminal.output;
    };
    expect(await look("TERM=xterm")).toContain("\u001b[31munsafe\u001b[39m");
    expect(await look("TERM=xterm", "NO_COLOR=1")).not.toContain("\u001b");
    expect(await look("TERM=dumb")).not.toContain("\u001b");
  });
});
