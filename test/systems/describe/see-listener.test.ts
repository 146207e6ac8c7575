import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { withFile } from "../../../src/locations/with-file.js";
import { openjarvis } from "../../../src/systems/openjarvis/openjarvis.js";
import { startLive } from "../../helpers/live-server.js";
import { rootedMachine } from "../../helpers/rooted-fs.js";

/** A process that listens, by the name of a program, in OpenJarvis's pid file. */
async function prepare(name: string, host = "127.0.0.1") {
  const machine = rootedMachine();
  const { pid, port, stop } = await startLive({ name, args: ["serve"], host });
  const pidFile = join(machine.home, ".openjarvis/server.pid");
  machine.put(pidFile, `${pid}\n`);
  return { machine, pid, port, pidFile, stop };
}

describe.runIf(process.platform === "linux")("a pid file with a process id alone", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["::1", "::1"],
    ["::", "::"],
  ])("tells of a server on %s what the kernel says", async (given, host) => {
    const { machine, pid, port, pidFile } = await prepare("jarvis", given);
    expect(openjarvis.findLive(machine)).toEqual({ pid, port, host, source: pidFile });
  });

  it("tells nothing of a process that is not the server, or is gone", async () => {
    const other = await prepare("another-program");
    expect(openjarvis.findLive(other.machine)).toBeNull();
    const { machine, stop } = await prepare("jarvis");
    await stop();
    expect(openjarvis.findLive(machine)).toBeNull();
  });

  it.each(["", "x", "-1", "1 2", `{"pid":${process.pid}}`])(
    "tells nothing where it is %j",
    (text) => {
      const machine = rootedMachine();
      machine.put(join(machine.home, ".openjarvis/server.pid"), text);
      expect(openjarvis.findLive(machine)).toBeNull();
    },
  );

  it("tells nothing of the service, or of a server with its key in another file", async () => {
    const { machine } = await prepare("jarvis");
    const path = join(machine.home, "elsewhere.env");
    expect(withFile(openjarvis, { path }).findLive(machine)).toBeNull();
    machine.put(
      "/etc/systemd/system/openjarvis.service",
      "[Service]\nExecStart=/usr/bin/jarvis serve\n",
    );
    expect(openjarvis.detectLaunch(machine)).toBe("service");
    expect(openjarvis.findLive(machine)).toBeNull();
  });

  it("is not looked for where the home folder is unknown", () => {
    expect(openjarvis.findLive({ ...rootedMachine(), env: {} })).toBeNull();
  });
});
