import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { runBuilt } from "../helpers/built.js";
import { binOf } from "../helpers/installation.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { openTerminal } from "../helpers/pty.js";
import { putStandIn } from "../helpers/stand-in.js";

function prepare() {
  const home = temporaryFolder();
  mkdirSync(join(home, ".jean2"));
  writeFileSync(join(home, ".jean2", ".env"), `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
  return { home, env: { HOME: home, PATH: process.env["PATH"] ?? "" } };
}

const run = ["run", "--system", "jean2", "--"];

describe("keyward run", () => {
  it.each([
    ["its streams and exit status", "cat; echo err >&2; exit 7", 7],
    ["a signal that ends it", "kill -TERM $$", null],
  ])("hands on %s", async (_, script, status) => {
    const { env } = prepare();
    const argv = [...run, "/bin/sh", "-c", script];
    const { code, stdout, stderr } = await runBuilt("keyward", argv, { env, input: "in\n" });
    expect(code).toBe(status);
    if (status === 7) expect({ stdout, stderr }).toEqual({ stdout: "in\n", stderr: "err\n" });
  });

  it("keeps the terminal, and passes Ctrl-C on once", async () => {
    const { home, env } = prepare();
    const server = putStandIn(join(home, "bin"), "jean2");
    const argv = [binOf("keyward"), ...run, server, "listen", "9"];
    const terminal = openTerminal(process.execPath, argv, { env, cwd: home });
    const [, pid] = await terminal.waitFor(/ready (\d+)/);
    terminal.type("\x03");
    await terminal.waitFor(/got SIGINT/);
    process.kill(Number(pid), "SIGTERM");
    expect(await terminal.ended).toEqual({ exitCode: 9, signal: 0 });
    expect(terminal.output.match(/got \w+/g)).toEqual(["got SIGINT", "got SIGTERM"]);
  });

  it("refuses with a status of its own", async () => {
    const { home, env } = prepare();
    writeFileSync(join(home, ".jean2", ".env"), "");
    const { code, stdout, stderr } = await runBuilt("keyward", [...run, "echo", "started"], {
      env,
    });
    expect([code, stdout]).toEqual([125, ""]);
    expect(stderr).toContain("no key is configured");
  });
});
