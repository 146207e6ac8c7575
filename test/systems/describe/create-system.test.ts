import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { decideServerBind, wouldServerStart } from "../../../src/locations/decide-server-bind.js";
import { describeStatus } from "../../../src/locations/describe-status.js";
import { findHost } from "../../../src/locations/find-host.js";
import { resolveKey, resolveSetting, resolveSwitch } from "../../../src/locations/resolve-key.js";
import { rotateKey } from "../../../src/rotate/rotate.js";
import type { SystemDescription } from "../../../src/systems/contract/description.js";
import type { SystemId } from "../../../src/systems/contract/system.js";
import { createSystem } from "../../../src/systems/describe/create-system.js";
import { genericProbe } from "../../../src/systems/generic/generic-probe.js";
import { startLive } from "../../helpers/live-server.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { type RootedMachine, rootedMachine } from "../../helpers/rooted-fs.js";

const config = { in: "data-folder", path: "lamp.toml" } as const;

/** A family that nobody has: with a file of its own, a unit, a pid file and every kind of rule. */
const lampDescription: SystemDescription = {
  id: "lamp" as SystemId,
  title: "Lamp",
  program: null,
  key: {
    variable: "LAMP_KEY",
    flag: { name: "--key", takes: "word" },
    keyPath: ["light", "key"],
    format: "base64url",
    emptyMeans: "look-further",
  },
  dataFolder: {
    variables: [
      { variable: "LAMP_HOME", expandsTilde: true },
      { variable: "XDG_X", below: "lamp" },
    ],
    otherwise: ".lamp",
  },
  service: {
    unit: "lamp",
    scopes: ["system"],
    programs: ["lamp", "lamp-*.bin"],
    envFile: { system: "/etc/lamp.env", readers: ["systemd"] },
  },
  pidFile: { file: { in: "data-folder", path: "lamp.pid" }, holds: "address" },
  launches: [
    {
      launch: "daemon",
      key: [
        { kind: "environment" },
        { kind: "env-file", file: { in: "working-folder", path: ".env" }, readers: ["dotenv"] },
        { kind: "env-file", file: { in: "home", path: ".env" }, readers: ["bun"] },
        { kind: "toml", file: config },
        {
          kind: "env-file",
          file: { in: "root", path: "/opt/l.env" },
          readers: ["bun"],
          ignored: "x",
        },
      ],
      settings: [{ kind: "toml", file: config }],
      restart: {
        by: "command",
        program: "lamp",
        args: ["again"],
        address: { host: "-H", port: "-P" },
        whenStale: ["light"],
      },
    },
    {
      launch: "service",
      key: [{ kind: "unit" }, { kind: "toml", file: config }],
      restart: { by: "unit" },
    },
  ],
  shownBy: [{ file: { in: "working-folder", path: ".env" }, variable: "LAMP_KEY" }],
  listening: {
    host: { keyPath: ["light", "host"], default: "127.0.0.1", trimmed: true },
    port: { keyPath: ["light", "port"], type: "integer", default: "7000" },
    tls: null,
    bindRule: { refusesWithoutKey: { hosts: ["0.0.0.0"] }, spellings: [], trimmed: true },
    unsafeSwitch: {
      variable: "LAMP_UNSAFE",
      flag: { name: "--unsafe", takes: "nothing" },
      on: ["1"],
    },
  },
  noKeySwitch: { variable: "LAMP_OFF", flag: { name: "--off", takes: "nothing" }, on: ["yes"] },
  fileReaders: ["dotenv"],
  logs: [{ in: "data-folder", path: "lamp.log" }],
  forms: [{ in: "header", name: "X-Lamp-Key", prefix: "" }],
  clients: { enter: "at the switch", path: "/light", by: "header" },
};

const lamp = createSystem(lampDescription, {
  loadProbe: async () => genericProbe({ path: "/light", transport: "bearer" }),
});

const toml = (lines: string) => `[light]\n${lines}\n`;
const ownFile = "~/.lamp/lamp.toml";

function prepare(files: Record<string, string>, env: Record<string, string> = {}): RootedMachine {
  const bare = rootedMachine();
  const machine = { ...bare, env: { ...bare.env, ...env } };
  for (const [path, text] of Object.entries(files)) {
    machine.put(path.replace("~", machine.home), text);
  }
  return machine;
}

const unit = (command: string) =>
  `[Service]\nEnvironment=LAMP_HOME=/srv/lamp\nUser=lamp\nExecStart=${command}\n`;
const unitFile = "/etc/systemd/system/lamp.service";

describe("a system made of a description", () => {
  it.each<[string, Record<string, string>, Record<string, string>, string | null, string | null]>([
    [
      "the variable",
      { [ownFile]: toml(`key = "${keyA}"`) },
      { LAMP_KEY: keyB },
      "env:LAMP_KEY",
      keyB,
    ],
    [
      "its own file, behind an empty variable",
      { [ownFile]: toml(`key = "${keyA}"`) },
      { LAMP_KEY: "" },
      "~/.lamp/lamp.toml",
      keyA,
    ],
    [
      "the folder that a variable names",
      { "~/l/lamp.toml": toml(`key = "${keyA}"`) },
      { LAMP_HOME: "~/l" },
      "~/l/lamp.toml",
      keyA,
    ],
    [
      "its part of the folder that a variable names",
      { "/srv/x/lamp/lamp.toml": toml(`key = "${keyA}"`) },
      { XDG_X: "/srv/x" },
      "/srv/x/lamp/lamp.toml",
      keyA,
    ],
    ["the file that two readers read", { "~/.env": `LAMP_KEY=${keyA}\n` }, {}, "~/.env", keyA],
    ["no place that is ignored", { "/opt/l.env": `LAMP_KEY=${keyA}\n` }, {}, null, null],
  ])("takes the key from %s", async (_, files, env, from, key) => {
    const machine = prepare(files, env);
    expect(lamp.detectLaunch(machine)).toBe("daemon");
    const resolution = await resolveKey(lamp, machine, "daemon");
    expect(resolution.key).toBe(key);
    const { effective, authentication, locations } = describeStatus(lamp, resolution, machine);
    expect(effective?.location.replace(machine.home, "~") ?? null).toBe(from);
    expect(authentication).toBe(key === null ? "off" : "on");
    expect(
      locations.filter(({ location }) => location === join(machine.home, ".env")),
    ).toHaveLength(1);
  });

  it("takes one file that two sources name for one place, with the readers of both", () => {
    const machine = prepare({});
    const [, merged, ...rest] = lamp.locations(machine, "daemon");
    expect(merged).toEqual({
      kind: "env-file",
      path: join(machine.home, ".env"),
      variable: "LAMP_KEY",
      dialects: ["dotenv", "bun"],
      writable: true,
    });
    expect(rest.map(({ kind }) => kind)).toEqual(["toml", "env-file"]);
  });

  it.each<[string, Record<string, string>, string, string | null]>([
    ["the command", { [unitFile]: unit(`/lamp-2.bin --key ${keyA}`) }, unitFile, keyA],
    [
      "the folder that the unit names",
      { [unitFile]: unit("/lamp"), "/srv/lamp/lamp.toml": toml(`key = "${keyB}"`) },
      "/srv/lamp/lamp.toml",
      keyB,
    ],
  ])("takes a service's key from %s", async (_, files, from, key) => {
    const machine = prepare(files);
    expect(lamp.detectLaunch(machine)).toBe("service");
    expect(lamp.serviceUser?.(machine)).toBe("lamp");
    const resolution = await resolveKey(lamp, machine, "service");
    expect([resolution.effective?.name, resolution.key]).toEqual([from, key]);
  });

  it("does not guess what a program that is not its own does", async () => {
    const machine = prepare({ [unitFile]: unit("/lampshade") });
    const { unseen, authentication } = await resolveKey(lamp, machine, "service");
    expect(authentication).toBe("unknown");
    expect(unseen?.why).toContain("/lampshade is not known to be the server");
  });

  it.each([
    ["nothing", toml(""), "127.0.0.1", true],
    ["every interface", toml('host = "0.0.0.0"'), "0.0.0.0", false],
    ["blanks round it", toml('host = " ::1 "'), "::1", true],
    ["blanks alone", toml('host = " "'), "127.0.0.1", true],
    ["no address", toml('host = "256.1.1.1"'), "256.1.1.1", false],
  ])("judges its host: %s", async (_, text, expected, starts) => {
    const machine = prepare({ [ownFile]: text });
    const resolution = await resolveKey(lamp, machine, "daemon");
    const { host } = await findHost(lamp, machine, "daemon");
    expect(host).toBe(expected);
    expect(wouldServerStart(lamp, host, resolution, undefined)).toBe(starts);
    const { safe } = await decideServerBind({ resolution, host: host ?? "" });
    expect(safe).toBe(starts);
  });

  it("has no setting in the environment that its settings do not come from", async () => {
    const machine = prepare({ [ownFile]: toml("port = 7001") }, { LAMP_OFF: "yes" });
    expect((await resolveSetting(lamp.network.port, machine, "daemon")).value).toBe("7001");
    expect(lamp.noKeySwitch?.isOn(" YES ")).toBe(true);
    const off = lamp.noKeySwitch && (await resolveSwitch(lamp.noKeySwitch, machine, "daemon"));
    expect(off).toMatchObject({ on: false });
  });

  it("restarts by what its pid file tells", async () => {
    const machine = prepare({});
    const { pid: own, port } = await startLive();
    const pidFile = join(machine.home, ".lamp/lamp.pid");
    const plan = (pid: number | null) => {
      if (pid !== null) {
        machine.put(pidFile, JSON.stringify({ pid, host: "::1", port }));
      }
      return lamp.restart(machine, "daemon");
    };
    const knows = { pidFile };
    const listens = "by-settings";
    const bare = { program: "lamp", args: ["again"], needsRoot: false, knows, listens };
    expect(plan(null)).toEqual(bare);
    expect(plan(own)).toMatchObject({
      args: ["again", "-H", "::1", "-P", String(port)],
      listens: { host: "::1", port },
    });
    // A process that does not hold the port has got the number of one that is gone.
    expect(plan(process.pid)?.args).toEqual(["again"]);
    expect(plan(2 ** 22 + 1)?.args).toEqual(["light"]);
    expect(lamp.restart(machine, "service")).toMatchObject({
      program: "systemctl",
      args: ["restart", "lamp"],
      needsRoot: true,
    });
  });

  it("has its key rotated where it reads it, and nowhere else", async () => {
    const home = prepare({});
    const file = join(home.home, ".lamp/lamp.toml");
    home.put(file, toml(`key = "${keyA}" # mine`));
    const { report, newKey } = await rotateKey({ system: lamp, machine: home });
    expect(report).toMatchObject({ system: "lamp", status: "unverified", location: file });
    expect(home.read(file)).toBe(toml(`key = "${newKey}" # mine`));
    writeFileSync(join(home.home, ".env"), `LAMP_KEY=${keyB}\n`);
    expect((await resolveKey(lamp, home, "daemon")).key).toBe(keyB);
  });

  it.each([
    ["nothing", {}, false],
    ["another variable in the file", { "~/.env": "OTHER=1\n# LAMP_KEY=x\n" }, false],
    ["its variable in the file", { "~/.env": "A=1\nexport LAMP_KEY=x\n" }, true],
    ["its data folder", { "~/.lamp/x": "" }, true],
    ["its pid file", { "~/.lamp/lamp.pid": "" }, true],
    ["its unit", { [unitFile]: unit("/lamp") }, true],
  ])("is here by %s: %j", (_, files, here) => {
    expect(lamp.isHere(prepare(files as Record<string, string>))).toBe(here);
  });

  it("logs in its data folder, whoever runs it", () => {
    const machine = prepare({ [unitFile]: unit("/lamp") });
    expect(lamp.logs?.(machine)).toEqual([
      join(machine.home, ".lamp/lamp.log"),
      "/srv/lamp/lamp.log",
    ]);
  });
});
