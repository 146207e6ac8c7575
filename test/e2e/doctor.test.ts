import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { openTerminal } from "../helpers/pty.js";

function open() {
  const home = temporaryFolder();
  mkdirSync(join(home, ".jean2"), { mode: 0o700 });
  const file = join(home, ".jean2", ".env");
  writeFileSync(file, `JEAN2_AUTH_TOKEN=${keyA}\n`);
  chmodSync(file, 0o644);
  const argv = [resolve("bin", "keyward.cjs"), "doctor", "--fix"];
  const env = { HOME: home, PATH: "", TERM: "xterm", JEAN2_HOST: "127.0.0.1", JEAN2_PORT: "1" };
  return { file, terminal: openTerminal(process.execPath, argv, { cwd: home, env }) };
}

describe("keyward doctor --fix on a terminal", () => {
  it.each([
    ["y\r", 0, 0o600, "fixed: chmod 0600"],
    ["n\r", 130, 0o644, "cancelled; nothing was changed"],
    ["\r", 130, 0o644, "cancelled; nothing was changed"],
    ["\u0003", 130, 0o644, "cancelled"],
  ])("shows what it would do, and goes by the answer %j", async (keys, exitCode, mode, said) => {
    const { file, terminal } = open();
    await terminal.waitFor(/to fix: chmod 0600/);
    await terminal.waitFor(/Fix this\?/);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    terminal.type(keys);
    expect(await terminal.ended).toEqual({ exitCode, signal: 0 });
    expect(terminal.output).toContain(said);
    expect(statSync(file).mode & 0o777).toBe(mode);
  });
});
