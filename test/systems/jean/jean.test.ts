import { describe, expect, it } from "vitest";

import { resolveKey, resolveSetting } from "../../../src/locations/resolve-key.js";
import { jean } from "../../../src/systems/jean/jean.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { type RootedMachine, rootedMachine } from "../../helpers/rooted-fs.js";

const unitFile = "/etc/systemd/system/jean-server.service";
const dropIn = `${unitFile}.d/10.conf`;
const envFile = "/etc/jean-server.env";
const laterFile = "/etc/later.env";
const root = { uid: 0, gid: 0, name: "root" };
const user = { uid: 1234, gid: 1234, name: "someone" };

/** A unit as the installer writes it, and lines of our own. */
const unit = (...lines: string[]) =>
  ["[Service]", `EnvironmentFile=-${envFile}`, "ExecStart=/usr/local/bin/jean-server", ...lines, ""]
    .join("\n")
    .replace("jean-server\n", "jean-server --headless\n");

const overrides = (...lines: string[]) => ["[Service]", ...lines, ""].join("\n");

function prepare(files: Record<string, string>, env: Record<string, string> = {}): RootedMachine {
  const bare = rootedMachine({ user: root });
  const machine = { ...bare, env: { ...bare.env, ...env } };
  for (const [path, text] of Object.entries(files)) machine.put(path, text);
  return machine;
}

/** What wins, what it beats, and what is not read: the whole of a resolution but the key. */
async function describeKey(machine: RootedMachine) {
  const launch = jean.detectLaunch(machine);
  const { states, effective, key, authentication, switchedOffBy } = await resolveKey(
    jean,
    machine,
    launch,
  );
  return {
    launch,
    effective: effective?.name ?? null,
    key,
    authentication,
    switchedOffBy,
    shadows: states.flatMap(({ name, shadowedBy }) =>
      shadowedBy === null ? [] : [`${name} < ${shadowedBy}`],
    ),
    unread: states.flatMap(({ name, location, reading }) =>
      location.ignored === undefined || reading.value === null ? [] : [name],
    ),
  };
}

const token = (key: string) => `JEAN_TOKEN=${key}\n`;

describe("jean as a service", () => {
  it.each<[string, Record<string, string>, object]>([
    [
      "the installer's file",
      { [unitFile]: unit(), [envFile]: token(keyA) },
      { effective: envFile, key: keyA, authentication: "on", shadows: [], unread: [] },
    ],
    [
      "no file: a token of its own",
      { [unitFile]: unit() },
      { effective: null, key: null, authentication: "on" },
    ],
    [
      "an empty token: one of its own",
      { [unitFile]: unit(), [envFile]: "JEAN_TOKEN=\n" },
      { effective: envFile, key: null, authentication: "on" },
    ],
    [
      "a token of blanks: one of its own",
      { [unitFile]: unit(), [envFile]: 'JEAN_TOKEN="  "\n' },
      { effective: envFile, key: null, authentication: "on" },
    ],
    [
      "the unit's own value, when no file has any",
      { [unitFile]: unit(`Environment=JEAN_TOKEN=${keyB}`) },
      { effective: unitFile, key: keyB, authentication: "on" },
    ],
    [
      "a file over the unit's own value, wherever the line stands",
      { [unitFile]: unit(`Environment=JEAN_TOKEN=${keyB}`), [envFile]: token(keyA) },
      { effective: envFile, key: keyA, shadows: [`${unitFile} < ${envFile}`] },
    ],
    [
      "an empty value in a file over the unit's own",
      { [unitFile]: unit(`Environment=JEAN_TOKEN=${keyB}`), [envFile]: "JEAN_TOKEN=\n" },
      { effective: envFile, key: null, shadows: [`${unitFile} < ${envFile}`] },
    ],
    [
      "the later file",
      {
        [unitFile]: unit(`EnvironmentFile=${laterFile}`),
        [envFile]: token(keyA),
        [laterFile]: token(keyB),
      },
      { effective: laterFile, key: keyB, shadows: [`${envFile} < ${laterFile}`] },
    ],
    [
      "the file of a drop-in",
      {
        [unitFile]: unit(),
        [dropIn]: overrides(`EnvironmentFile=${laterFile}`),
        [envFile]: token(keyA),
        [laterFile]: token(keyB),
      },
      { effective: laterFile, key: keyB },
    ],
    [
      "the files by a pattern, the last by name",
      {
        [unitFile]: unit("EnvironmentFile=/etc/jean.d/[!x]*.env"),
        "/etc/jean.d/1.env": token(keyA),
        "/etc/jean.d/2.env": token(keyB),
        "/etc/jean.d/x.env": token("not this one"),
        "/etc/jean.d/.3.env": token("hidden"),
      },
      {
        effective: "/etc/jean.d/2.env",
        key: keyB,
        shadows: ["/etc/jean.d/1.env < /etc/jean.d/2.env"],
      },
    ],
    [
      "a file that the drop-in takes back",
      {
        [unitFile]: unit(),
        [dropIn]: overrides("EnvironmentFile=", `Environment=JEAN_TOKEN=${keyB}`),
        [envFile]: token(keyA),
      },
      { effective: dropIn, key: keyB, unread: [envFile] },
    ],
    [
      "the command's argument over everything",
      {
        [unitFile]: unit("ExecStart=", `ExecStart=/usr/local/bin/jean-server --token ${keyB}`),
        [envFile]: token(keyA),
      },
      { effective: unitFile, key: keyB, shadows: [`${envFile} < ${unitFile}`] },
    ],
    [
      "the argument before the variable of env",
      {
        [unitFile]: unit(
          "ExecStart=",
          `ExecStart=/usr/bin/env JEAN_TOKEN=${keyA} jean-server --token "${keyB}"`,
        ),
      },
      { effective: unitFile, key: keyB, shadows: [`${unitFile} < ${unitFile}`] },
    ],
    [
      "the variable of env",
      {
        [unitFile]: unit("ExecStart=", `ExecStart=/usr/bin/env JEAN_TOKEN=${keyB} jean-server`),
        [envFile]: token(keyA),
      },
      { effective: unitFile, key: keyB },
    ],
    [
      "an argument that is the variable itself",
      {
        [unitFile]: unit(
          "ExecStart=",
          "ExecStart=/usr/local/bin/jean-server --token ${JEAN_TOKEN}",
        ),
        [envFile]: token(keyA),
      },
      { effective: envFile, key: keyA, shadows: [] },
    ],
    [
      "no flag that the server does not know",
      {
        [unitFile]: unit("ExecStart=", `ExecStart=/usr/local/bin/jean-server --token=${keyB}`),
        [envFile]: token(keyA),
      },
      { effective: envFile, key: keyA },
    ],
    [
      "nothing that is taken away",
      {
        [unitFile]: unit("UnsetEnvironment=JEAN_TOKEN", `Environment=JEAN_TOKEN=${keyB}`),
        [envFile]: token(keyA),
      },
      { effective: null, key: null, authentication: "on", unread: [envFile, unitFile] },
    ],
    [
      "what the command says after it was taken away",
      {
        [unitFile]: unit(
          "UnsetEnvironment=JEAN_TOKEN",
          "ExecStart=",
          `ExecStart=/usr/local/bin/jean-server --token ${keyB}`,
        ),
      },
      { effective: unitFile, key: keyB },
    ],
    [
      "authentication off, whatever the token",
      { [unitFile]: unit(), [envFile]: `${token(keyA)}JEAN_NO_TOKEN=1\n` },
      {
        effective: envFile,
        key: null,
        authentication: "off",
        switchedOffBy: `JEAN_NO_TOKEN in ${envFile}`,
      },
    ],
    [
      "authentication off by the command",
      { [unitFile]: unit("ExecStart=", "ExecStart=/usr/local/bin/jean-server --no-token") },
      { authentication: "off", switchedOffBy: `JEAN_NO_TOKEN in ${unitFile}` },
    ],
    [
      "authentication on, where the switch is another word than on",
      { [unitFile]: unit(), [envFile]: `${token(keyA)}JEAN_NO_TOKEN=0\n` },
      { authentication: "on", key: keyA, switchedOffBy: null },
    ],
    [
      "authentication on, where the switch is taken away",
      {
        [unitFile]: unit("UnsetEnvironment=JEAN_NO_TOKEN"),
        [envFile]: `${token(keyA)}JEAN_NO_TOKEN=1\n`,
      },
      { authentication: "on", key: keyA },
    ],
  ])("takes %s", async (_, files, expected) => {
    const found = await describeKey(prepare(files));
    expect(found).toMatchObject({ launch: "service", ...expected });
  });

  it("does not get an exported token", async () => {
    const files = { [unitFile]: unit(), [envFile]: token(keyA) };
    const found = await describeKey(prepare(files, { JEAN_TOKEN: keyB, JEAN_NO_TOKEN: "1" }));
    expect(found).toMatchObject({ key: keyA, authentication: "on", unread: ["env:JEAN_TOKEN"] });
  });

  it.each([
    ["UnsetEnvironment=JEAN_TOKEN=x", "UnsetEnvironment= takes away one value of JEAN_TOKEN"],
    ["EnvironmentFile=/etc/*/x.env", "EnvironmentFile= has * or ? in a folder's name"],
  ])("refuses to guess at %s", async (line, problem) => {
    const machine = prepare({ [unitFile]: `[Service]\n${line}\n`, [envFile]: token(keyA) });
    const resolution = resolveKey(jean, machine, "service");
    await expect(resolution).rejects.toMatchObject({
      code: "malformed",
      message: expect.stringContaining(`${unitFile}: line 2: `) as string,
    });
    await expect(resolution).rejects.toThrow(problem);
  });

  it("writes the installer's file where the unit names it, and else the one that wins", () => {
    const writable = (...lines: string[]) =>
      jean
        .locations(prepare({ [unitFile]: overrides(...lines) }), "service")
        .flatMap((place) =>
          "writable" in place && place.writable && place.ignored === undefined ? [place.path] : [],
        );
    expect(writable(`EnvironmentFile=${envFile}`, `EnvironmentFile=${laterFile}`)).toEqual([
      envFile,
    ]);
    expect(writable("EnvironmentFile=/etc/a", "EnvironmentFile=/etc/b")).toEqual(["/etc/b"]);
    expect(writable("Environment=JEAN_HOST=::1")).toEqual([]);
  });
});

describe("jean's unit", () => {
  it("of the user is read for a user, with the user's file", async () => {
    const machine = rootedMachine({ user });
    const file = `${machine.home}/.config/jean-server/jean-server.env`;
    machine.put(
      `${machine.home}/.config/systemd/user/jean-server.service`,
      overrides("EnvironmentFile=-%h/.config/jean-server/jean-server.env", "ExecStart=/bin/jean"),
    );
    machine.put(file, token(keyA));
    machine.put(unitFile, unit());
    machine.put(envFile, token(keyB));
    expect(await describeKey(machine)).toMatchObject({ effective: file, key: keyA });
    expect(jean.serviceUser?.(machine)).toBe("someone");
    expect(jean.restart(machine, "service")).toEqual({
      program: "systemctl",
      args: ["--user", "restart", "jean-server.service"],
      needsRoot: false,
      knows: {
        args: ["--user", "is-active", "--quiet", "jean-server.service"],
        unit: "jean-server.service",
      },
      listens: "by-settings",
    });
  });

  it("of the machine is read for a user who has none", async () => {
    const machine = rootedMachine({ user });
    machine.put(unitFile, unit("User=jean"));
    machine.put(envFile, token(keyB));
    expect(await describeKey(machine)).toMatchObject({ effective: envFile, key: keyB });
    expect(jean.serviceUser?.(machine)).toBe("jean");
    expect(jean.restart(machine, "service")).toMatchObject({ needsRoot: true });
  });

  it("is not there when it is masked", () => {
    const machine = rootedMachine({ user: root });
    machine.put("/usr/lib/systemd/system/jean-server.service", unit());
    expect(jean.detectLaunch(machine)).toBe("service");
    machine.put(unitFile, { link: "/dev/null" });
    expect(jean.detectLaunch(machine)).toBe("foreground");
    expect(jean.serviceUser?.(machine)).toBeNull();
  });
});

describe("jean from a shell", () => {
  it.each([
    [{ JEAN_TOKEN: keyA }, { effective: "env:JEAN_TOKEN", key: keyA, authentication: "on" }],
    [{ JEAN_TOKEN: ` ${keyA}\t` }, { key: keyA }],
    [{}, { effective: null, key: null, authentication: "on" }],
    [
      { JEAN_TOKEN: keyA, JEAN_NO_TOKEN: "YES" },
      { key: null, authentication: "off" },
    ],
    [
      { JEAN_TOKEN: keyA, JEAN_NO_TOKEN: "off" },
      { key: keyA, authentication: "on" },
    ],
  ])("with %j", async (env, expected) => {
    const machine = prepare({ [envFile]: token(keyB) }, env);
    expect(await describeKey(machine)).toMatchObject({
      launch: "foreground",
      ...expected,
      unread: [envFile],
    });
    expect(jean.restart(machine, "foreground")).toBeNull();
  });
});

describe("jean's host and port", () => {
  it.each<[string, string[], string, string]>([
    ["default", [], "127.0.0.1", "3456"],
    ["from the unit", ["Environment=JEAN_HOST=::1 JEAN_PORT=99"], "::1", "99"],
    [
      "from the command",
      [
        "Environment=JEAN_HOST=::1",
        "ExecStart=",
        "ExecStart=/jean --port 1 --host 0.0.0.0 --port 2",
      ],
      "0.0.0.0",
      "2",
    ],
    ["empty", ["Environment=JEAN_HOST= JEAN_PORT="], "127.0.0.1", "3456"],
  ])("%s", async (_, lines, host, port) => {
    const machine = prepare({ [unitFile]: unit(...lines) }, { JEAN_HOST: "9.9.9.9" });
    const { network } = jean;
    expect((await resolveSetting(network.host, machine, "service")).value).toBe(host);
    expect((await resolveSetting(network.port, machine, "service")).value).toBe(port);
  });

  it.each([
    ["0.0.0.0", true, false, true],
    ["0.0.0.0", false, false, false],
    [" :: ", false, false, false],
    ["0.0.0.0", false, true, true],
    ["::0", false, false, true],
    ["192.168.1.5", false, false, true],
  ])("%j with a key %j, unsafe %j: starts %j", (host, hasKey, unsafe, starts) => {
    expect(jean.wouldStart(host, hasKey, unsafe)).toBe(starts);
  });
});
