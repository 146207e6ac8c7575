import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { linkBins } from "../helpers/installation.js";
import { temporaryFolder } from "../helpers/machine.js";
import { openShell, type Terminal } from "../helpers/pty.js";
import { putStandIn, readStandIn } from "../helpers/stand-in.js";

/** A shell for which `jean2` is the stand-in, either at once or through keyward. */
function openWith(how: "directly" | "through keyward"): { shell: Terminal; real: string } {
  const home = temporaryFolder();
  const real = path.join(home, "real");
  putStandIn(real, "jean2");
  const ours = how === "directly" ? [] : [linkBins(path.join(home, "ours"))];
  return { shell: openShell([...ours, real], home), real };
}

/** Starts the stand-in, which exits with 7 on SIGTERM; gives the process that the shell has started. */
async function startListening(shell: Terminal, how: string): Promise<number> {
  shell.type("jean2 listen 7\r");
  const [, pid, parent] = await shell.waitFor(/ready (\d+) (\d+)/u);
  return Number(how === "directly" ? pid : parent);
}

// Every line holds of the real program alone, so it must hold through keyward too.
describe.each(["directly", "through keyward"] as const)("in a terminal, %s", (how) => {
  const limit = { timeout: 30_000 };

  it("the program sees the terminal on all three streams", limit, async () => {
    const { shell, real } = openWith(how);
    shell.type('jean2 look; echo "status=$?"\r');
    // It reads to the end of what is typed only where that is no terminal.
    await shell.waitFor(/status=42/u);
    expect(readStandIn(real, "jean2")).toMatchObject({ terminal: [true, true, true] });
  });

  it("Ctrl-C and Ctrl-\\ reach it once each, and it may go on", limit, async () => {
    const { shell } = openWith(how);
    const started = await startListening(shell, how);
    shell.type("\x03");
    await shell.waitFor(/got SIGINT/u);
    shell.type("\x1c");
    await shell.waitFor(/got SIGQUIT/u);
    // Whoever is in front has dealt with both by the time that this one arrives.
    process.kill(started, "SIGTERM");
    await shell.waitFor(/got SIGTERM[^]*\$ /u);
    shell.type('echo "status=$?"\r');
    await shell.waitFor(/status=7/u);
    expect(shell.output.match(/got \w+/gu)).toEqual(["got SIGINT", "got SIGQUIT", "got SIGTERM"]);
  });

  it("Ctrl-C ends one that does not mind it, and the rest of the line", limit, async () => {
    const { shell } = openWith(how);
    shell.type('jean2 wait; echo "status=$?"\r');
    await shell.waitFor(/ready/u);
    shell.type("\x03");
    await shell.waitFor(/\$ /u);
    shell.type('echo "after=$?"\r');
    await shell.waitFor(/after=130/u);
    expect(shell.output).not.toMatch(/status=\d/u);
  });

  it("Ctrl-Z stops it, jobs lists it, fg and bg continue it", limit, async () => {
    const { shell } = openWith(how);
    const started = await startListening(shell, how);
    for (const goOn of ["fg", "fg", "bg"]) {
      shell.type("\x1a");
      await shell.waitFor(/\[1\]\+ +Stopped +jean2 listen 7/u);
      shell.type('echo "stopped=$?"\r');
      expect(await shell.waitFor(/stopped=\d+/u)).toEqual(["stopped=148"]);
      shell.type("jobs\r");
      await shell.waitFor(/\[1\]\+ +Stopped +jean2 listen 7/u);
      shell.type(`${goOn}\r`);
      await shell.waitFor(/got SIGCONT/u);
    }
    shell.type("fg\r");
    await shell.waitFor(/fg\r\njean2 listen 7\r\n/u);
    process.kill(started, "SIGTERM");
    await shell.waitFor(/got SIGTERM[^]*\$ /u);
    shell.type('echo "status=$?"\r');
    expect(await shell.waitFor(/status=\d+/u)).toEqual(["status=7"]);
  });

  it("a stop sent to its process id stops the job, SIGCONT continues it", limit, async () => {
    const { shell } = openWith(how);
    shell.type("jean2 listen 7 &\r");
    await shell.waitFor(/ready/u);
    shell.type('kill -TSTP $!; wait %1; echo "stopped=$?"\r');
    expect(await shell.waitFor(/stopped=\d+/u)).toEqual(["stopped=148"]);
    shell.type("kill -CONT $!\r");
    await shell.waitFor(/got SIGCONT/u);
  });

  it.each([
    ["kill -KILL %1", 137],
    ["kill %1", 143],
  ])("%s ends one in the background", limit, async (command, status) => {
    const { shell } = openWith(how);
    shell.type("jean2 wait &\r");
    await shell.waitFor(/ready/u);
    shell.type(`${command}; wait %1; echo "status=$?"\r`);
    expect(await shell.waitFor(/status=\d+/u)).toEqual([`status=${status}`]);
  });
});
