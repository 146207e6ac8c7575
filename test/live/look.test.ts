import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { describeLive, tellLive } from "../../src/live/describe-live.js";
import { resolveLive } from "../../src/live/in-force.js";
import { lookAtServer } from "../../src/live/look.js";
import { resolveKey } from "../../src/locations/resolve-key.js";
import type { System } from "../../src/systems/contract/system.js";
import { haip } from "../../src/systems/haip/haip.js";
import { jean } from "../../src/systems/jean/jean.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { openjarvis } from "../../src/systems/openjarvis/openjarvis.js";
import { keyA, keyB } from "../helpers/keys.js";
import { type LiveOptions, startLive } from "../helpers/live-server.js";
import { testMachine, type TestMachine } from "../helpers/machine.js";

const host = ["serve", "--host", "0.0.0.0"];

async function look(
  system: System,
  started: LiveOptions,
  machine: TestMachine = testMachine({ env: { [system.variable]: keyA } }),
) {
  const { pid, port } = await startLive(started);
  const resolution = await resolveKey(system, machine, "foreground");
  const seen = lookAtServer({ system, machine, launch: "foreground", resolution, port });
  return { pid, port, resolution, seen, machine };
}

describe.runIf(process.platform === "linux")("a running server", () => {
  it.each<[string, System, LiveOptions, object]>([
    [
      "its command, and the same key",
      openjarvis,
      { name: "jarvis", args: host, env: { OPENJARVIS_API_KEY: keyA } },
      { shownBy: "command", key: "same", keyByFlag: false, flags: { host: "0.0.0.0", off: null } },
    ],
    [
      "its command, and another key",
      openjarvis,
      { name: "jarvis", args: ["serve", "--port=1"], env: { OPENJARVIS_API_KEY: keyB } },
      { shownBy: "command", key: "different", flags: { host: null, port: "1" } },
    ],
    [
      "its command, without a key, which proves nothing",
      openjarvis,
      { name: "jarvis" },
      { shownBy: "command", key: "absent" },
    ],
    [
      "another key in its option, which beats the variable",
      jean,
      { name: "jean-server", args: ["--token", keyB], env: { JEAN_TOKEN: keyA } },
      { shownBy: "command", key: "different", keyByFlag: true },
    ],
    [
      "the same key in its option",
      jean,
      { name: "jean", args: ["--token", keyA], env: { JEAN_TOKEN: keyB } },
      { key: "same", keyByFlag: true },
    ],
    [
      "the key with blanks that it cuts off",
      jean,
      { name: "jean", env: { JEAN_TOKEN: ` ${keyA} ` } },
      { key: "same", keyByFlag: false },
    ],
    [
      "no authentication, by its option",
      jean,
      { name: "jean", args: ["--no-token"] },
      { shownBy: "command", flags: { off: "--no-token" } },
    ],
    [
      "an option that stands behind --",
      jean,
      { name: "jean", args: ["--", "--no-token"] },
      { shownBy: "command", flags: { off: null } },
    ],
    [
      "nothing that it is known by",
      openjarvis,
      { name: "other", args: host, env: { OPENJARVIS_API_KEY: keyB } },
      { shownBy: null, key: "different", flags: { host: null } },
    ],
    ["an empty key", jean2, { name: "jean2", env: { JEAN2_AUTH_TOKEN: "" } }, { key: "empty" }],
    [
      "any program's secret",
      haip,
      { env: { JWT_SECRET: keyB } },
      { shownBy: null, key: "different" },
    ],
  ])("is seen by who holds the socket: %s", async (_, system, started, expected) => {
    const { pid, port, seen } = await look(system, started);
    expect(seen).toMatchObject({
      kind: "seen",
      pid,
      pids: [pid],
      port,
      addresses: ["127.0.0.1"],
      folder: "/",
      ...expected,
    });
    const shown = JSON.stringify(seen) + JSON.stringify(describeLive(seen)) + tellLive(seen);
    expect(shown).not.toMatch(new RegExp(`${keyA}|${keyB}`));
  });

  it("is nobody where nobody listens, and where there is no port", async () => {
    const { machine, resolution, port } = await look(openjarvis, {});
    const ask = (asked: number | null, platform: NodeJS.Platform = "linux") =>
      lookAtServer({
        system: openjarvis,
        machine: { ...machine, platform },
        launch: "foreground",
        resolution,
        port: asked,
      }).kind;
    expect(ask(port)).toBe("seen");
    expect(ask(1)).toBe("none");
    expect(ask(null)).toBe("none");
    expect(ask(port, "darwin")).toBe("none");
  });

  it("is found on whatever port the process in its pid file listens", async () => {
    const { home } = testMachine();
    const { pid, port } = await startLive({ host: "0.0.0.0", env: { OPENJARVIS_API_KEY: keyB } });
    mkdirSync(join(home, ".openjarvis"));
    writeFileSync(join(home, ".openjarvis/server.pid"), `${pid}\n`);
    const machine = testMachine({ home, env: { OPENJARVIS_API_KEY: keyA } });
    const resolution = await resolveKey(openjarvis, machine, "foreground");
    const options = { system: openjarvis, machine, launch: "foreground", resolution } as const;
    expect(lookAtServer({ ...options, port: 1 })).toMatchObject({
      kind: "seen",
      pid,
      port,
      addresses: ["0.0.0.0"],
      shownBy: "pid-file",
      key: "different",
    });
  });

  it("is not taken for a process that the pid file names and that listens nowhere", async () => {
    const { home } = testMachine();
    mkdirSync(join(home, ".openjarvis"));
    writeFileSync(join(home, ".openjarvis/server.pid"), "1");
    const { pid, port } = await startLive();
    const machine = testMachine({ home });
    const resolution = await resolveKey(openjarvis, machine, "foreground");
    const options = { system: openjarvis, machine, launch: "foreground", resolution } as const;
    expect(lookAtServer({ ...options, port })).toMatchObject({ pid, shownBy: null });
  });

  it("is hidden where the kernel shows no process that holds the socket", async () => {
    const { machine, resolution, port } = await look(openjarvis, {});
    // As a /proc mounted with hidepid=2 has it, for a process of another user's.
    const fs = new Proxy(machine.fs, {
      get(target, name, receiver) {
        if (name !== "readdirSync") return Reflect.get(target, name, receiver) as unknown;
        return (path: string) => (path === "/proc" ? ["self", "net"] : target.readdirSync(path));
      },
    });
    const seen = lookAtServer({
      system: openjarvis,
      machine: { ...machine, fs },
      launch: "foreground",
      resolution,
      port,
    });
    const why = `who listens on port ${port} cannot be seen`;
    expect(seen).toEqual({ kind: "hidden", port, why });
    expect(describeLive(seen)).toMatchObject({ pid: null, key: "unseen", unseen: why });
    expect(tellLive(seen)).toBe(why);
  });

  it("is not looked into by a user whose process it is not", async () => {
    const bob = { uid: 41_002, gid: 41_002, name: "bob" };
    const env = { OPENJARVIS_API_KEY: keyA };
    const { seen } = await look(
      openjarvis,
      { name: "jarvis", env: { OPENJARVIS_API_KEY: keyB } },
      testMachine({ env, user: bob }),
    );
    expect(seen).toMatchObject({ kind: "seen", key: "unseen" });
  });

  it.each<[string, System, LiveOptions, string | null]>([
    ["an option", jean, { name: "jean", args: ["--no-token"] }, "--no-token"],
    [
      "an empty key",
      jean2,
      { name: "jean2", env: { JEAN2_AUTH_TOKEN: "" } },
      "an empty JEAN2_AUTH_TOKEN",
    ],
    [
      "an empty key that is looked past",
      openjarvis,
      { name: "jarvis", env: { OPENJARVIS_API_KEY: "" } },
      null,
    ],
    ["an empty key of what may be another program", jean2, { env: { JEAN2_AUTH_TOKEN: "" } }, null],
    ["another key", jean2, { name: "jean2", env: { JEAN2_AUTH_TOKEN: keyB } }, null],
  ])("is known to ask for no key by %s, or not", async (_, system, started, what) => {
    const { pid, seen, resolution } = await look(system, started);
    const { authentication, key, switchedOffBy } = resolveLive(resolution, seen, system);
    expect({ authentication, key, switchedOffBy }).toEqual(
      what === null
        ? { authentication: "on", key: keyA, switchedOffBy: null }
        : { authentication: "off", key: null, switchedOffBy: `${what} of process ${pid}` },
    );
  });
});
