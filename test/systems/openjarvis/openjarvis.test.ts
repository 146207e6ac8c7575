import { describe, expect, it } from "vitest";

import { resolveKey, resolveSetting } from "../../../src/locations/resolve-key.js";
import { openjarvis } from "../../../src/systems/openjarvis/openjarvis.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { type RootedMachine, rootedMachine } from "../../helpers/rooted-fs.js";

const unitFile = "/etc/systemd/system/openjarvis.service";
const envFile = "/etc/openjarvis/env";
const ownHome = "/opt/openjarvis";
const config = `${ownHome}/.openjarvis/config.toml`;
const credentials = `${ownHome}/.openjarvis/credentials.toml`;

/** As `deploy/systemd/openjarvis.service` has it. */
const unit = (...lines: string[]) =>
  [
    "[Service]",
    "User=openjarvis",
    `Environment=HOME=${ownHome}`,
    `EnvironmentFile=${envFile}`,
    `ExecStart=${ownHome}/.venv/bin/jarvis serve --host 0.0.0.0 --port 8000`,
    ...lines,
    "",
  ].join("\n");

const variable = (key: string) => `OPENJARVIS_API_KEY=${key}\n`;
const toml = (key: string) => `[server.auth]\napi_key = "${key}"\n`;
const credential = (key: string) =>
  `[web_search]\nTAVILY_API_KEY = "t"\n[own]\nOPENJARVIS_API_KEY = "${key}"\n`;

function prepare(files: Record<string, string>, env: Record<string, string> = {}): RootedMachine {
  const bare = rootedMachine();
  const machine = { ...bare, env: { ...bare.env, ...env } };
  for (const [path, text] of Object.entries(files)) {
    machine.put(path.replace("~", machine.home), text);
  }
  return machine;
}

async function describeKey(machine: RootedMachine) {
  const launch = openjarvis.detectLaunch(machine);
  const { states, effective, key, authentication } = await resolveKey(openjarvis, machine, launch);
  const name = (path: string) => path.replace(machine.home, "~");
  return {
    launch,
    effective: effective === null ? null : name(effective.name),
    key,
    authentication,
    shadows: states.flatMap((state) =>
      state.shadowedBy === null ? [] : [`${name(state.name)} < ${name(state.shadowedBy)}`],
    ),
  };
}

describe("openjarvis as a service", () => {
  it.each<[string, Record<string, string>, object]>([
    [
      "the unit's env file",
      { [unitFile]: unit(), [envFile]: variable(keyA), [config]: toml(keyB) },
      { effective: envFile, key: keyA, shadows: [`${config} < ${envFile}`] },
    ],
    [
      "config.toml in the home of the unit, when the env file has no key",
      {
        [unitFile]: unit(),
        [envFile]: "",
        [config]: toml(keyB),
        "~/.openjarvis/config.toml": toml(keyA),
      },
      { effective: config, key: keyB, shadows: [] },
    ],
    [
      "config.toml, when the variable is empty",
      { [unitFile]: unit(), [envFile]: variable(""), [config]: toml(keyB) },
      { effective: config, key: keyB },
    ],
    [
      "no earlier file behind an empty variable, which is set all the same",
      {
        [unitFile]: unit("EnvironmentFile=/etc/later"),
        [envFile]: variable(keyA),
        "/etc/later": variable(""),
        [credentials]: credential(keyA),
        [config]: toml(keyB),
      },
      {
        effective: config,
        key: keyB,
        shadows: [`${envFile} < /etc/later`, `${credentials} < /etc/later`],
      },
    ],
    [
      "what the tools keep, before config.toml",
      { [unitFile]: unit(), [envFile]: "", [credentials]: credential(keyA), [config]: toml(keyB) },
      { effective: credentials, key: keyA, shadows: [`${config} < ${credentials}`] },
    ],
    [
      "config.toml, when the variable is taken away",
      {
        [unitFile]: unit("UnsetEnvironment=OPENJARVIS_API_KEY"),
        [envFile]: variable(keyA),
        [config]: toml(keyB),
      },
      { effective: config, key: keyB, shadows: [] },
    ],
    [
      "the folder that the unit names",
      {
        [unitFile]: unit("Environment=OPENJARVIS_HOME=/srv/oj"),
        "/srv/oj/config.toml": toml(keyA),
        [config]: toml(keyB),
      },
      { effective: "/srv/oj/config.toml", key: keyA },
    ],
    [
      "the folder that the unit's env file names",
      {
        [unitFile]: unit(),
        [envFile]: "OPENJARVIS_HOME=/srv/oj\n",
        "/srv/oj/config.toml": toml(keyA),
        [config]: toml(keyB),
      },
      { effective: "/srv/oj/config.toml", key: keyA },
    ],
    [
      "the folder that the service manager names for every unit",
      {
        [unitFile]: unit(),
        "/etc/systemd/system.conf": "[Manager]\nDefaultEnvironment=OPENJARVIS_HOME=/srv/oj\n",
        "/srv/oj/config.toml": toml(keyA),
        [config]: toml(keyB),
      },
      { effective: "/srv/oj/config.toml", key: keyA },
    ],
    [
      "the home of the unit's user",
      {
        [unitFile]: unit("Environment=", "User=jarvis"),
        "/etc/passwd": "root:x:0:0::/root:/bin/sh\njarvis:x:7:7::/srv/jarvis:/bin/sh\n",
        "/srv/jarvis/.openjarvis/config.toml": toml(keyA),
      },
      { effective: "/srv/jarvis/.openjarvis/config.toml", key: keyA },
    ],
    ["nothing", { [unitFile]: unit() }, { effective: null, key: null, authentication: "off" }],
  ])("takes %s", async (_, files, expected) => {
    expect(await describeKey(prepare(files))).toMatchObject({ launch: "service", ...expected });
  });

  it("cannot tell where the home of an unknown user is", async () => {
    const machine = prepare({ [unitFile]: unit("Environment=", "User=nobody-here") });
    await expect(resolveKey(openjarvis, machine, "service")).rejects.toMatchObject({
      code: "no-home",
      message: "the home folder of nobody-here, who runs the service, is unknown",
    });
  });

  it("listens where the unit's command says", async () => {
    const machine = prepare({
      [unitFile]: unit(),
      [config]: '[server]\nhost = "127.0.0.1"\nport = 9\n',
    });
    const { host, port } = openjarvis.network;
    expect(await resolveSetting(host, machine, "service")).toEqual({
      value: "0.0.0.0",
      source: unitFile,
      unseen: null,
    });
    expect(await resolveSetting(port, machine, "service")).toMatchObject({ value: "8000" });
    expect(await resolveSetting(host, machine, "foreground")).toMatchObject({ value: "127.0.0.1" });
  });

  it.each([
    ["--host=::1 --port=80", "::1", "80"],
    ['--host "" --port 80', "127.0.0.1", "80"],
    ["", "127.0.0.1", "8000"],
  ])("reads the arguments %j", async (args, host, port) => {
    const machine = prepare({
      [unitFile]: unit("ExecStart=", `ExecStart=/bin/jarvis serve ${args}`),
    });
    const { network } = openjarvis;
    expect((await resolveSetting(network.host, machine, "service")).value).toBe(host);
    expect((await resolveSetting(network.port, machine, "service")).value).toBe(port);
  });

  it("runs as the unit's user", () => {
    expect(openjarvis.serviceUser?.(prepare({ [unitFile]: unit() }))).toBe("openjarvis");
    expect(openjarvis.serviceUser?.(prepare({}))).toBeNull();
  });
});

describe("openjarvis from a shell", () => {
  const [own, kept] = ["~/.openjarvis/config.toml", "~/.openjarvis/credentials.toml"];
  it.each<[string, Record<string, string>, Record<string, string>, object]>([
    [
      "the variable",
      { OPENJARVIS_API_KEY: keyA },
      { [own]: toml(keyB) },
      { effective: "env:OPENJARVIS_API_KEY" },
    ],
    ["config.toml", {}, { [own]: toml(keyB) }, { effective: own, key: keyB }],
    [
      "what the tools keep",
      {},
      { [own]: toml(keyB), [kept]: credential(keyA) },
      { effective: kept, key: keyA },
    ],
    [
      "config.toml, when the variable is empty and so keeps the tools' out",
      { OPENJARVIS_API_KEY: "" },
      { [own]: toml(keyB), [kept]: credential(keyA) },
      { effective: own, key: keyB, shadows: [`${kept} < env:OPENJARVIS_API_KEY`] },
    ],
  ])("takes %s", async (_, env, files, expected) => {
    const found = await describeKey(prepare(files, env));
    expect(found).toMatchObject({ launch: "foreground", ...expected });
  });

  it("refuses a key of the tools that is none", async () => {
    const machine = prepare({ [kept]: "[own]\nOPENJARVIS_API_KEY = 1\n" });
    await expect(resolveKey(openjarvis, machine, "foreground")).rejects.toMatchObject({
      code: "malformed",
      message: expect.stringContaining("OPENJARVIS_API_KEY is not of type string") as string,
    });
  });
});

describe("openjarvis is here", () => {
  it.each([
    [{}, false],
    [{ [unitFile]: unit() }, true],
    [{ [envFile]: "" }, true],
    [{ "~/.openjarvis/config.toml": "" }, true],
  ])("with %j: %j", (files, here) => {
    expect(openjarvis.isHere(prepare(files))).toBe(here);
  });
});
