import { describe, expect, it } from "vitest";

import { keyA, keyB } from "../../../helpers/keys.js";
import { rootedMachine } from "../../../helpers/rooted-fs.js";
import { testCli } from "../../../helpers/run-cli.js";

const root = { uid: 0, gid: 0, name: "root" };
const me = { uid: 7777, gid: 7777, name: "me" };
const systemUnit = "/etc/systemd/system/jean-server.service";
const userUnit = "~/.config/systemd/user/jean-server.service";
const userFile = "~/.config/jean-server/jean-server.env";
const start = "ExecStart=/usr/local/bin/jean-server --host 0.0.0.0";

type Files = Readonly<Record<string, string>>;

/** A Jean that listens everywhere, as a service of the machine or of the user. */
async function ask(scope: "system" | "user", lines: readonly string[], files: Files) {
  const machine = rootedMachine({ user: scope === "system" ? root : me });
  machine.put("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  const unit = scope === "system" ? systemUnit : userUnit;
  const all = { [unit]: ["[Service]", start, ...lines, ""].join("\n"), ...files };
  for (const [path, text] of Object.entries(all)) {
    machine.put(path.replace(/^~/, machine.home), text);
  }
  const cli = testCli(machine);
  const run = async (...argv: string[]) => {
    const result = await cli.run("keyward", "--system", "jean", ...argv);
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    return result;
  };
  const json = async (...argv: string[]) => {
    const { code, stdout } = await run(...argv, "--json");
    const text = stdout.replaceAll(machine.home, "~");
    return { code, ...(JSON.parse(text) as Record<string, unknown>) };
  };
  return { run, status: await json("auth", "status"), check: await json("auth", "check"), machine };
}

const token = `JEAN_TOKEN=${keyA}\n`;
const manager = (text: string) => `[Manager]\nDefaultEnvironment=${text}\n`;
const off = { authentication: "off" };
const on = { authentication: "on" };
const unknown = { authentication: "unknown" };

describe("what the service manager hands to a unit of the machine", () => {
  const named = ["EnvironmentFile=/etc/jean-server.env"];
  const file = { "/etc/jean-server.env": token };

  it.each<[string, string[], Files, object, object]>([
    [
      "DefaultEnvironment= switches authentication off",
      named,
      { ...file, "/etc/systemd/system.conf": manager("JEAN_NO_TOKEN=1") },
      off,
      { code: 1, safe: false },
    ],
    [
      "a drop-in does",
      named,
      { ...file, "/run/systemd/system.conf.d/1.conf": manager('A=1 "JEAN_NO_TOKEN=1"') },
      off,
      { code: 1 },
    ],
    [
      "a later drop-in takes it back",
      named,
      {
        ...file,
        "/etc/systemd/system.conf": manager("JEAN_NO_TOKEN=1"),
        "/usr/lib/systemd/system.conf.d/1.conf": manager(""),
      },
      on,
      { code: 0 },
    ],
    [
      "UnsetEnvironment= takes it away",
      [...named, "UnsetEnvironment=JEAN_NO_TOKEN"],
      { ...file, "/etc/systemd/system.conf": manager("JEAN_NO_TOKEN=1") },
      on,
      { code: 0 },
    ],
    [
      "the unit's own line wins over it",
      [...named, "Environment=JEAN_NO_TOKEN=0"],
      { ...file, "/etc/systemd/system.conf": manager("JEAN_NO_TOKEN=1") },
      on,
      { code: 0 },
    ],
    [
      "it holds the key",
      [],
      { "/etc/systemd/system.conf": manager(`JEAN_TOKEN=${keyA}`) },
      { ...on, effective: { location: "/etc/systemd/system.conf" } },
      { code: 0 },
    ],
    [
      "it is in a section of another name",
      named,
      { ...file, "/etc/systemd/system.conf": "[Service]\nDefaultEnvironment=JEAN_NO_TOKEN=1\n" },
      on,
      { code: 0 },
    ],
    [
      "PassEnvironment= may switch authentication off",
      [...named, "PassEnvironment=A JEAN_NO_TOKEN"],
      file,
      unknown,
      { code: 3, safe: null, place: `${systemUnit}:4` },
    ],
    [
      "PassEnvironment= may bring the key",
      ["PassEnvironment=JEAN_TOKEN"],
      {},
      unknown,
      { code: 3, safe: null, place: `${systemUnit}:3` },
    ],
    [
      "the unit's file wins over PassEnvironment=",
      [...named, "PassEnvironment=JEAN_TOKEN"],
      file,
      on,
      { code: 0 },
    ],
    [
      "an empty PassEnvironment= takes it back",
      [...named, "PassEnvironment=JEAN_NO_TOKEN", "PassEnvironment="],
      file,
      on,
      { code: 0 },
    ],
    [
      "a generator names the variable",
      named,
      {
        ...file,
        "/etc/systemd/system-environment-generators/10-own": "#!/bin/sh\necho JEAN_NO_TOKEN=1\n",
      },
      unknown,
      { code: 3, place: "/etc/systemd/system-environment-generators/10-own:2" },
    ],
    [
      "PAM names the variable, and the unit asks PAM",
      [...named, "PAMName=login"],
      { ...file, "/etc/environment": "# x\nJEAN_NO_TOKEN=1\n" },
      unknown,
      { code: 3, place: "/etc/environment:2" },
    ],
    [
      "PAM names the variable, and the unit does not ask PAM",
      named,
      { ...file, "/etc/environment": "JEAN_NO_TOKEN=1\n" },
      on,
      { code: 0 },
    ],
    [
      "environment.d is not for units of the machine",
      named,
      { ...file, "/etc/environment.d/1.conf": "JEAN_NO_TOKEN=1\n" },
      on,
      { code: 0 },
    ],
  ])("%s", async (_, lines, files, status, check) => {
    const told = await ask("system", lines, files);
    expect(told.status).toMatchObject({ code: 0, ...status });
    expect(told.check).toMatchObject(check);
  });

  it("writes a key over what PassEnvironment= may bring, and over nothing that wins", async () => {
    const { run, machine } = await ask("system", [...named, "PassEnvironment=JEAN_TOKEN"], file);
    const { code, stderr } = await run("token", "rotate");
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("cannot be told")]);
    expect(machine.read("/etc/jean-server.env")).not.toContain(keyA);
  });
});

describe("what the service manager hands to a unit of the user", () => {
  const named = ["EnvironmentFile=%h/.config/jean-server/jean-server.env"];
  const file = { [userFile]: token };

  it.each<[string, string[], Files, object, object]>([
    [
      "environment.d of the user switches authentication off",
      named,
      { ...file, "~/.config/environment.d/10.conf": "A=1\nJEAN_NO_TOKEN=1\n" },
      off,
      { code: 1, safe: false },
    ],
    [
      "environment.d of the machine does",
      named,
      { ...file, "/usr/lib/environment.d/10.conf": "JEAN_NO_TOKEN=yes\n" },
      off,
      { code: 1 },
    ],
    [
      "a later name wins, whatever its folder",
      named,
      {
        ...file,
        "~/.config/environment.d/10.conf": "JEAN_NO_TOKEN=1\n",
        "/usr/lib/environment.d/20.conf": "JEAN_NO_TOKEN=0\n",
      },
      on,
      { code: 0 },
    ],
    [
      "the user's file stands for the machine's of the same name",
      named,
      {
        ...file,
        "~/.config/environment.d/10.conf": "A=1\n",
        "/etc/environment.d/10.conf": "JEAN_NO_TOKEN=1\n",
      },
      on,
      { code: 0 },
    ],
    [
      "other names are not read",
      named,
      { ...file, "~/.config/environment.d/10.txt": "JEAN_NO_TOKEN=1\n" },
      on,
      { code: 0 },
    ],
    [
      "environment.d brings the key",
      [],
      { "~/.config/environment.d/10.conf": token },
      { ...on, effective: { location: "~/.config/environment.d/10.conf" } },
      { code: 0 },
    ],
    [
      "a value that is put together from others",
      named,
      { ...file, "~/.config/environment.d/10.conf": "B=1\nJEAN_NO_TOKEN=${B}\n" },
      unknown,
      { code: 3, safe: null, place: "~/.config/environment.d/10.conf:2" },
    ],
    [
      "user.conf of the machine",
      named,
      { ...file, "/etc/systemd/user.conf": manager("JEAN_NO_TOKEN=1") },
      off,
      { code: 1 },
    ],
    [
      "environment.d wins over user.conf",
      named,
      {
        ...file,
        "/etc/systemd/user.conf": manager("JEAN_NO_TOKEN=1"),
        "/etc/environment.d/1.conf": "JEAN_NO_TOKEN=0\n",
      },
      on,
      { code: 0 },
    ],
    [
      "the variables of a login",
      named,
      { ...file, "/etc/environment": "JEAN_NO_TOKEN=1\n" },
      off,
      { code: 1 },
    ],
    [
      "the variables of a login, in a form that PAM reads otherwise",
      named,
      { ...file, "/etc/environment": 'JEAN_NO_TOKEN="1" # off\n' },
      unknown,
      { code: 3, place: "/etc/environment:1" },
    ],
    [
      "a drop-in for the user's manager itself",
      named,
      {
        ...file,
        "/etc/systemd/system/user@.service.d/1.conf": "[Service]\nEnvironment=JEAN_NO_TOKEN=1\n",
      },
      unknown,
      { code: 3, place: "/etc/systemd/system/user@.service.d/1.conf:2" },
    ],
    [
      "system.conf is not for units of the user",
      named,
      { ...file, "/etc/systemd/system.conf": manager("JEAN_NO_TOKEN=1") },
      on,
      { code: 0 },
    ],
    [
      "a line that is commented out",
      named,
      {
        ...file,
        "~/.pam_environment": "#JEAN_NO_TOKEN=1\n",
        "/etc/environment": "#JEAN_NO_TOKEN=1\n",
      },
      on,
      { code: 0 },
    ],
  ])("%s", async (_, lines, files, status, check) => {
    const told = await ask("user", lines, files);
    expect(told.status).toMatchObject({ code: 0, ...status });
    expect(told.check).toMatchObject(check);
  });
});

describe("a unit with an env file that only the running systemd can name", () => {
  const odd = "EnvironmentFile=-/etc/%m.env";
  const named = "EnvironmentFile=/etc/jean-server.env";
  const file = { "/etc/jean-server.env": token };

  it("cannot be told, except where a later file wins", async () => {
    const before = await ask("system", [odd, named, "Environment=JEAN_NO_TOKEN=0"], file);
    expect(before.status).toMatchObject({ code: 0, authentication: "unknown" });
    const place = `${systemUnit}:3`;
    expect(before.check).toMatchObject({ code: 3, safe: null, keyConfigured: null, place });
    const wins = { "/etc/jean-server.env": `${token}JEAN_NO_TOKEN=0\n` };
    const after = await ask("system", [odd, named], wins);
    expect(after.check).toMatchObject({ code: 0, safe: true });
  });
});

describe("a unit whose command takes a credential", () => {
  it.each([
    ["LoadCredential=token:/etc/jean.token", "--token ${CREDENTIALS_DIRECTORY}/token"],
    ["SetCredential=token:x", "$TOKEN_FROM_CREDENTIAL"],
    ["LoadCredentialEncrypted=token:/etc/jean.cred", "--token %d/token"],
  ])("cannot be told: %s", async (line, words) => {
    const command = `ExecStart=/usr/local/bin/jean-server --host 0.0.0.0 ${words}`;
    const { status, check } = await ask("system", [line, "ExecStart=", command], {});
    expect(status).toMatchObject({ code: 0, authentication: "unknown" });
    expect(check).toMatchObject({ code: 3, safe: null, place: `${systemUnit}:5` });
  });
});
