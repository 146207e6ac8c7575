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
  it("hands on its streams and exit status", async () => {
    const { env } = prepare();
    const argv = [...run, "/bin/sh", "-c", "cat; echo err >&2; exit 7"];
    const ended = await runBuilt("keyward", argv, { env, input: "in\n" });
    expect(ended).toEqual({ code: 7, stdout: "in\n", stderr: "err\n" });
  });

  it("dies by the signal that ends it", async () => {
    const { env } = prepare();
    const argv = [...run, "/bin/sh", "-c", "kill -TERM $$"];
    expect((await runBuilt("keyward", argv, { env })).code).toBeNull();
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
