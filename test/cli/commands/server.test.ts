import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { settingsFile } from "../../../src/cli/settings/settings-file.js";
import { keyA } from "../../helpers/keys.js";
import { testCli, type TestCli } from "../../helpers/run-cli.js";

const nothing = {
  url: null,
  file: null,
  variable: null,
  dialect: null,
  launch: null,
  restartCommand: null,
};

async function listServers(cli: TestCli): Promise<unknown> {
  const { stdout } = await cli.run("keyward", "server", "list", "--json");
  return (JSON.parse(stdout) as { servers: unknown }).servers;
}

function writeJean2Key(cli: TestCli): void {
  fs.mkdirSync(path.join(cli.home, ".jean2"), { mode: 0o700 });
  const file = path.join(cli.home, ".jean2", ".env");
  fs.writeFileSync(file, `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
}

describe("server add", () => {
  it.each<[string[], object]>([
    [["lab", "--system", "jean2"], { name: "lab", system: "jean2" }],
    [["a.B-c_9", "--system", "jarvis"], { name: "a.B-c_9", system: "openjarvis" }],
    [["__proto__", "--system", "jean2"], { name: "__proto__", system: "jean2" }],
    [
      ["lab", "--system", "generic", "--url", "HTTPS://Lab.Example:443/sub/"],
      { name: "lab", system: "generic", url: "https://lab.example/sub" },
    ],
    [
      ["lab", "--system", "jean2", "--url", "http://0.0.0.0:8742", "--launch", "foreground"],
      { name: "lab", system: "jean2", url: "http://127.0.0.1:8742", launch: "foreground" },
    ],
    [
      ["lab", "--system", "jean2", "--file", "/srv/jean 2/.env"],
      { name: "lab", system: "jean2", file: "/srv/jean 2/.env" },
    ],
    [
      [
        "lab",
        "--system",
        "jean2",
        "--restart-command",
        "--",
        "sh",
        "-c",
        "exec $0 'a b'",
        "--json",
        "--system",
        "",
        "--",
        "x",
      ],
      {
        name: "lab",
        system: "jean2",
        restartCommand: ["sh", "-c", "exec $0 'a b'", "--json", "--system", "", "--", "x"],
      },
    ],
    [
      ["lab", "--system", "generic", "--file", "/srv/agent.env", "--variable", "AGENT_KEY"],
      { name: "lab", system: "generic", file: "/srv/agent.env", variable: "AGENT_KEY" },
    ],
    [
      ["lab", "--system", "openjarvis", "--file", "/srv/.env", "--dialect", "compose"],
      { name: "lab", system: "openjarvis", file: "/srv/.env", dialect: "compose" },
    ],
  ])("%j is kept as %j", async (argv, expected) => {
    const cli = testCli();
    const { code, stdout, stderr } = await cli.run("keyward", "server", "add", ...argv);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `added ${argv[0]}\n` });
    expect(stderr).toBe(`keyward: hint: keyward auth status --server ${argv[0]}\n`);
    expect(await listServers(cli)).toEqual([{ ...nothing, ...expected }]);
    const shown = await cli.run("keyward", "auth", "check", "--host", "::1", "--server", argv[0]!);
    expect(shown.code).toBe(0);
  });

  it("makes a relative file absolute", async () => {
    const cli = testCli();
    await cli.run("keyward", "server", "add", "lab", "--system", "jean2", "--file", "x/.env");
    expect(await listServers(cli)).toMatchObject([{ file: path.join(cli.cwd, "x/.env") }]);
  });

  it("gives the server as JSON", async () => {
    const argv = ["server", "add", "lab", "--system", "jean2", "--json"];
    const { stdout, stderr } = await testCli().run("keyward", ...argv);
    const server = { ...nothing, name: "lab", system: "jean2" };
    expect(JSON.parse(stdout)).toEqual({ server, replaced: false });
    expect(stderr).toBe("");
  });

  it("makes a file of its owner's alone, in folders of its owner's alone, and nothing else", async () => {
    const cli = testCli();
    await cli.run("keyward", "server", "add", "lab", "--system", "jean2");
    const file = settingsFile(cli);
    const modes = [file, path.dirname(file), path.dirname(path.dirname(file))].map(
      (each) => fs.statSync(each).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o700, 0o700]);
    expect(fs.readdirSync(cli.home, { recursive: true })).toEqual([
      ".config",
      ".config/keyward",
      ".config/keyward/config.json",
    ]);
    expect(fs.readFileSync(file, "utf8")).toBe(`{
  "version": 1,
  "defaultSystem": null,
  "servers": {
    "lab": {
      "system": "jean2",
      "url": null,
      "file": null,
      "variable": null,
      "dialect": null,
      "launch": null,
      "restartCommand": null
    }
  }
}
`);
  });

  it("takes the right to read away from others", async () => {
    const cli = testCli();
    await cli.run("keyward", "server", "add", "lab", "--system", "jean2");
    fs.chmodSync(settingsFile(cli), 0o644);
    await cli.run("keyward", "server", "add", "hub", "--system", "jean2");
    expect(fs.statSync(settingsFile(cli)).mode & 0o777).toBe(0o600);
  });

  it("takes a name only once, unless told to replace", async () => {
    const cli = testCli();
    const argv = ["server", "add", "lab", "--system"];
    await cli.run("keyward", ...argv, "jean2", "--launch", "daemon");
    const before = fs.readFileSync(settingsFile(cli));
    const refused = await cli.run("keyward", ...argv, "openjarvis");
    expect(refused).toEqual({
      code: 3,
      stdout: "",
      stderr:
        "keyward: another server is named lab\nkeyward: hint: see keyward server list, or add --replace\n",
    });
    expect(fs.readFileSync(settingsFile(cli))).toEqual(before);
    const replaced = await cli.run("keyward", ...argv, "openjarvis", "--replace");
    expect(replaced).toMatchObject({ code: 0, stdout: "replaced lab\n" });
    expect(await listServers(cli)).toEqual([{ ...nothing, name: "lab", system: "openjarvis" }]);
  });

  it.each<[string[], string, string]>([
    [[], "missing required argument 'name'", "keyward server add --help"],
    [["lab"], "--system is required: which kind of server is it", "add --system, one of: jean2,"],
    [["lab", "--system", "nope"], "there is no system called nope", "one of: jean2"],
    [["a b", "--system", "jean2"], "the name of a server is not made of letters", "add lab"],
    [["a/b", "--system", "jean2"], "the name of a server is not made of letters", "add lab"],
    [["läb", "--system", "jean2"], "the name of a server is not made of letters", "add lab"],
    [["", "--system", "jean2"], "the name of a server is not made of letters", "add lab"],
    [["lab", "hub", "--system", "jean2"], "a server has one name", "--restart-command --"],
    [["lab", "--system", "jean2", "--", "restart"], "a server has one name", "--restart-command"],
    [["lab", "--system", "jean2", "--restart-command"], "names no program", "--restart-command --"],
    [["lab", "--system", "jean2", "--launch", "service"], "no launch called service", "daemon"],
    [["lab", "--system", "jean2", "--url", "lab:8742"], "not an http or https URL", "write it"],
    [["lab", "--system", "jean2", "--url", "ftp://lab"], "not an http or https URL", "write it"],
    [["lab", "--system", "jean2", "--url", "http://u:x@lab"], "user name", "leave it out"],
    [["lab", "--system", "jean2", "--url", "http://lab/?token=x"], "query", "leave it out"],
    [["lab", "--system", "jean2", "--url", "http://lab/#x"], "fragment", "leave it out"],
    [["lab", "--system", "jean2", "--server", "lab"], "--server cannot be used with", "argument"],
  ])("%j is refused: %s", async (argv, message, hint) => {
    const cli = testCli();
    const { code, stdout, stderr } = await cli.run("keyward", "server", "add", ...argv);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\nkeyward: hint: .+\n$/);
    expect(stderr.split("\n")[1]).toContain(hint);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toContain(keyA);
    expect(fs.readdirSync(cli.home)).toEqual([]);
  });

  it.each([
    [["lab", "--restart-command", "--", keyA]],
    [["lab", "--restart-command", "--", "start", `--token=${keyA}`]],
    [["lab", "--restart-command", "--", "sh", "-c", `JEAN2_AUTH_TOKEN="${keyA}" jean2 restart`]],
    [["lab", "--restart-command", "--", "curl", "-H", `Authorization: Bearer oj_sk_${keyA}`]],
    [[`oj_sk_${keyA}`, "--restart-command", "--", "restart"]],
    [["lab", "--url", `http://u:${keyA}@lab`]],
    [["lab", "--url", `http://lab/?token=${keyA}`]],
    [["lab", "--url", `http://lab/#${keyA}`]],
    [["lab", "--url", `https://lab/${keyA}/x`]],
  ])("refuses a key: %j", async (words) => {
    const cli = testCli();
    const argv = ["server", "add", "--system", "jean2", ...words];
    const { code, stdout, stderr } = await cli.run("keyward", ...argv);
    expect(stderr).toContain("keyward: the command line holds what looks like a key");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toContain(keyA);
    expect(fs.readdirSync(cli.home)).toEqual([]);
  });

  it("loses nothing when two are added at once", async () => {
    const cli = testCli();
    const names = ["a", "b", "c", "d"];
    const results = await Promise.all(
      names.map((name) => cli.run("keyward", "server", "add", name, "--system", "jean2")),
    );
    const added = names.filter((_, at) => results[at]?.code === 0);
    expect(added.length).toBeGreaterThan(0);
    for (const { code, stderr } of results.filter((result) => result.code !== 0)) {
      expect(stderr).toContain("config.json is being changed by process");
      expect(code).toBe(3);
    }
    expect(await listServers(cli)).toMatchObject(added.map((name) => ({ name })));
    expect(fs.readdirSync(path.dirname(settingsFile(cli)))).toEqual(["config.json"]);
  });
});

describe("server list", () => {
  it("says so where there is none", async () => {
    const cli = testCli();
    expect(await cli.run("keyward", "server", "list")).toEqual({
      code: 0,
      stdout: "",
      stderr:
        "keyward: there are no named servers\nkeyward: hint: for example: keyward server add home --system jean2\n",
    });
    expect(await listServers(cli)).toEqual([]);
  });

  it("shows a table of what is known, by name", async () => {
    const cli = testCli();
    const add = (...argv: string[]) => cli.run("keyward", "server", "add", ...argv);
    await add("lab", "--system", "jean2", "--url", "https://lab.example");
    const restart = ["--restart-command", "--", "systemctl", "restart", "my unit"];
    await add("hub", "--system", "openjarvis", ...restart);
    const { stdout, stderr } = await cli.run("keyward", "server", "list");
    expect(stdout).toBe(
      [
        "name  system      url                  restart command",
        "hub   openjarvis  -                    systemctl restart 'my unit'",
        "lab   jean2       https://lab.example  -",
        "",
      ].join("\n"),
    );
    expect(stderr).toBe("");
  });
});

describe("server remove", () => {
  it("forgets that server alone", async () => {
    const cli = testCli();
    for (const name of ["lab", "hub"]) {
      await cli.run("keyward", "server", "add", name, "--system", "jean2");
    }
    const removed = await cli.run("keyward", "server", "remove", "lab");
    expect(removed).toEqual({ code: 0, stdout: "removed lab\n", stderr: "" });
    expect(await listServers(cli)).toMatchObject([{ name: "hub" }]);
    const { stdout } = await cli.run("keyward", "server", "remove", "hub", "--json");
    expect(JSON.parse(stdout)).toEqual({ server: { ...nothing, name: "hub", system: "jean2" } });
    expect(await listServers(cli)).toEqual([]);
  });

  it.each([
    ["lba", "did you mean lab?"],
    ["production", "one of: hub, lab"],
  ])("%s, which nobody added: %s", async (name, hint) => {
    const cli = testCli();
    for (const known of ["lab", "hub"]) {
      await cli.run("keyward", "server", "add", known, "--system", "jean2");
    }
    const before = fs.readFileSync(settingsFile(cli));
    const { code, stderr } = await cli.run("keyward", "server", "remove", name);
    expect(stderr).toBe(`keyward: no server is named ${name}\nkeyward: hint: ${hint}\n`);
    expect(code).toBe(3);
    expect(fs.readFileSync(settingsFile(cli))).toEqual(before);
  });

  it("makes no file to remove a name from", async () => {
    const cli = testCli();
    const { code, stderr } = await cli.run("keyward", "server", "remove", "lab");
    expect(stderr).toContain("hint: name it first: keyward server add --help");
    expect(code).toBe(3);
    expect(fs.readdirSync(cli.home)).toEqual([]);
  });
});

describe("--server", () => {
  async function withServers(env: Record<string, string> = {}): Promise<TestCli> {
    const cli = testCli({ env });
    const add = (...argv: string[]) => cli.run("keyward", "server", "add", ...argv);
    await add("lab", "--system", "jean2", "--launch", "foreground", "--url", "http://lab.invalid");
    await add("hub", "--system", "openjarvis", "--url", "http://127.0.0.1:1");
    return cli;
  }

  it("says the system and the launch, before or after the command", async () => {
    const cli = await withServers();
    const after = await cli.run("keyward", "auth", "status", "--server", "lab", "--json");
    const before = await cli.run("keyward", "--server", "lab", "auth", "status", "--json");
    expect(JSON.parse(after.stdout)).toMatchObject({ system: "jean2", launch: "foreground" });
    expect(before.stdout).toBe(after.stdout);
  });

  it("gives way to --launch", async () => {
    const cli = await withServers();
    const argv = ["auth", "status", "--server", "lab", "--launch", "daemon", "--json"];
    expect(JSON.parse((await cli.run("keyward", ...argv)).stdout)).toMatchObject({
      launch: "daemon",
    });
  });

  it.each<["keyward" | "jean2" | "jarvis", string[], string, string]>([
    [
      "keyward",
      ["--system", "jean2", "--server", "hub"],
      "hub is of OpenJarvis, not of Jean2",
      "leave out --system",
    ],
    [
      "jean2",
      ["--server", "hub"],
      "hub is of OpenJarvis, not of Jean2",
      "use keyward in the place of jean2",
    ],
    [
      "jarvis",
      ["--server", "lab"],
      "lab is of Jean2, not of OpenJarvis",
      "use keyward in the place of jarvis",
    ],
  ])("%s %j contradicts itself", async (name, options, message, hint) => {
    const cli = await withServers();
    const { code, stderr } = await cli.run(name, "auth", "status", ...options);
    expect(stderr).toContain(`${name}: the server ${message}\n`);
    expect(stderr).toContain(`hint: ${hint}\n`);
    expect(code).toBe(2);
  });

  it.each<["keyward" | "jean2" | "jarvis", string[]]>([
    ["keyward", ["--system", "jean2", "--server", "lab"]],
    ["jean2", ["--server", "lab"]],
    ["jarvis", ["--server", "hub"]],
  ])("%s %j does not", async (name, options) => {
    const cli = await withServers();
    expect((await cli.run(name, "auth", "status", ...options)).code).toBe(0);
  });

  it("stands in the commands that are named next", async () => {
    const cli = await withServers();
    const argv = ["auth", "check", "--host", "0.0.0.0", "--server", "lab"];
    const keyward = await cli.run("keyward", ...argv);
    expect(keyward.stderr).toContain("keyward auth generate-key --write --server lab");
    const jean2 = await cli.run("jean2", ...argv);
    expect(jean2.stderr).toContain("jean2 auth generate-key --write --server lab");
  });

  it("decides the format of a new key", async () => {
    const cli = await withServers();
    const { stdout } = await cli.run("keyward", "auth", "generate-key", "--server", "hub");
    expect(stdout).toMatch(/^oj_sk_/);
  });

  it("is asked at its own address", async () => {
    const cli = await withServers();
    const { code, stdout } = await cli.run("jarvis", "auth", "probe", "--server", "hub", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ url: "http://127.0.0.1:1", verdict: "unreachable" });
    expect(code).toBe(3);
  });

  it("under jean2 and jarvis, only picks: names are given by keyward", async () => {
    const { code, stderr } = await testCli().run("jean2", "server", "list");
    expect(stderr).toContain("there is no other jean2 on the PATH to run server");
    expect(code).toBe(3);
  });
});

describe("the stored key and named servers", () => {
  const argv = ["auth", "probe", "http://lab.invalid/below", "--timeout", "5"];

  async function probeWith(...named: string[]) {
    const cli = testCli();
    writeJean2Key(cli);
    if (named.length > 0) await cli.run("keyward", "server", "add", "lab", ...named);
    return cli.run("jean2", ...argv);
  }

  // That it would be sent shows in the refusal to send it unencrypted.
  const wouldSend = "http://lab.invalid would get the key unencrypted";

  it("goes to the origin of one", async () => {
    const { code, stderr } = await probeWith("--system", "jean2", "--url", "http://lab.invalid");
    expect(stderr).toContain(wouldSend);
    expect(code).toBe(3);
  });

  it.each([
    ["nobody named it", []],
    ["another port", ["--system", "jean2", "--url", "http://lab.invalid:8742"]],
    ["another scheme", ["--system", "jean2", "--url", "https://lab.invalid"]],
    ["another host", ["--system", "jean2", "--url", "http://www.lab.invalid"]],
    ["another system's", ["--system", "openjarvis", "--url", "http://lab.invalid"]],
  ])("stays at home: %s", async (_, named) => {
    const { stdout, stderr } = await probeWith(...named);
    expect(stderr).not.toContain(wouldSend);
    expect(stdout).toContain("unreachable");
  });

  it("settings in disorder do not keep the own server from being asked", async () => {
    const cli = testCli();
    writeJean2Key(cli);
    fs.mkdirSync(path.dirname(settingsFile(cli)), { recursive: true });
    fs.writeFileSync(settingsFile(cli), "{");
    const own = await cli.run("jean2", "auth", "probe", "http://127.0.0.1:1");
    expect(own.stdout).toContain("unreachable");
    const elsewhere = await cli.run("jean2", ...argv);
    expect(elsewhere.stderr).toContain("is not understood: it is not JSON");
    expect(elsewhere.code).toBe(3);
  });
});

describe.each([["add"], ["list"], ["remove"]])("server %s --help", (word) => {
  it("ends with examples", async () => {
    const { code, stdout, stderr } = await testCli().run("keyward", "server", word, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\nExamples:\n( {2}keyward server .* {2}.*\n)+$/);
  });
});
