import * as fs from "node:fs";
import * as path from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { settingsFile } from "../../../src/cli/settings/settings-file.js";
import { readSettings } from "../../../src/cli/settings/settings-read.js";
import { keyA } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { testCli, type TestCli } from "../../helpers/run-cli.js";

function writeSettings(cli: TestCli, content: unknown, mode = 0o600): string {
  const file = settingsFile(cli);
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(
    file,
    typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content),
  );
  fs.chmodSync(file, mode);
  return file;
}

const lab = { system: "jean2" };
const named = (fields: object) => ({ version: 1, servers: { lab: { ...lab, ...fields } } });

describe("where the settings are", () => {
  it.each([
    [{}, "/home/u/.config/keyward/config.json"],
    [{ XDG_CONFIG_HOME: "/elsewhere" }, "/elsewhere/keyward/config.json"],
    [{ XDG_CONFIG_HOME: "" }, "/home/u/.config/keyward/config.json"],
    [{ XDG_CONFIG_HOME: "relative" }, "/home/u/.config/keyward/config.json"],
  ])("with %j: %s", (env, file) => {
    expect(settingsFile(testMachine({ home: "/home/u", env }))).toBe(file);
  });
});

describe("reading the settings", () => {
  it("is nothing where there is no file, and makes none", () => {
    const machine = testMachine();
    expect(readSettings(machine)).toEqual({ defaultSystem: null, servers: {} });
    expect(fs.readdirSync(machine.home)).toEqual([]);
  });

  it("fills in what is absent, and takes a system by its program's name", () => {
    const cli = testCli();
    writeSettings(cli, { version: 1, defaultSystem: "jarvis", servers: { b: lab, a: lab } });
    const nothing = {
      url: null,
      file: null,
      variable: null,
      dialect: null,
      launch: null,
      restartCommand: null,
    };
    const settings = readSettings(cli);
    expect(settings).toEqual({
      defaultSystem: "openjarvis",
      servers: {
        a: { name: "a", system: "jean2", ...nothing },
        b: { name: "b", system: "jean2", ...nothing },
      },
    });
    expect(Object.keys(settings.servers)).toEqual(["a", "b"]);
  });

  it("finds nothing under a name that every object has", async () => {
    const cli = testCli();
    writeSettings(cli, named({}));
    for (const name of ["constructor", "toString", "__proto__"]) {
      const { code, stderr } = await cli.run("keyward", "auth", "status", "--server", name);
      expect(stderr).toBe(`keyward: no server is named ${name}\nkeyward: hint: one of: lab\n`);
      expect(code).toBe(3);
    }
  });
});

describe("settings that are not understood", () => {
  const cases: [string, string | Buffer | object, string][] = [
    ["nothing at all", "", "it is not JSON"],
    ["half a file", '{"version": 1, "serv', "it is not JSON"],
    ["two values", "{}{}", "it is not JSON"],
    ["a byte order mark", '\uFEFF{"version":1}', "it is not JSON"],
    ["bytes that are no text", Buffer.from('{"version":1,"x":"\xff"}', "latin1"), "it is not JSON"],
    ["NULs, as a power cut leaves them", Buffer.alloc(64), "it is not JSON"],
    ["an array", "[]", "it is not a JSON object"],
    ["null", "null", "it is not a JSON object"],
    ["no version", {}, "its version is not 1"],
    ["an odd version", { version: "1" }, "its version is not 1"],
    ["an older version", { version: 0 }, "its version is not 1"],
    ["a newer version", { version: 2, other: 1 }, "was written by a newer keyward (its version 2)"],
    ["a name it does not have", { version: 1, theme: "dark" }, 'unknown name "theme"'],
    ["servers as a list", { version: 1, servers: [] }, "servers is not an object"],
    ["an unknown default", { version: 1, defaultSystem: "nope" }, "there is no system called nope"],
    ["a default of no name", { version: 1, defaultSystem: 3 }, "defaultSystem is not a string"],
    [
      "a server that is a word",
      { version: 1, servers: { lab: "jean2" } },
      '"lab" is not an object',
    ],
    ["a server of no system", { version: 1, servers: { lab: {} } }, "server lab has no system"],
    ["a server of another", named({ system: "nope" }), "there is no system called nope"],
    ["a bad name", { version: 1, servers: { "a b": lab } }, "the name of a server is not made of"],
    ["an empty name", { version: 1, servers: { "": lab } }, "the name of a server is not made of"],
    ["a misspelt field", named({ urll: "x" }), 'the server lab has nothing called "urll"'],
    ["a url of no kind", named({ url: 3 }), "the url of the server lab is not a string"],
    ["a url to a file", named({ url: "file:///x" }), "is not an http or https URL"],
    ["a token in the url", named({ url: `http://x/?token=${keyA}` }), "has a query or a fragment"],
    ["a password in the url", named({ url: `http://u:${keyA}@x` }), "holds a user name"],
    ["a relative file", named({ file: "x/.env" }), "is not an absolute path"],
    ["a file with a bell", named({ file: "/x\u0007" }), "is not an absolute path"],
    ["a launch of another system", named({ launch: "service" }), "has no launch called service"],
    ["a launch of no kind", named({ launch: {} }), "the launch of the server lab is not a string"],
    ["a command line", named({ restartCommand: "a b" }), "is not a list of words"],
    ["an escape in it", named({ restartCommand: ["a", "\u001b[2J"] }), "is not a list of words"],
    ["a number in it", named({ restartCommand: ["a", 1] }), "is not a list of words"],
    ["no command", named({ restartCommand: [] }), "names no program"],
    ["an empty program", named({ restartCommand: [""] }), "names no program"],
    ["a key in the command", named({ restartCommand: ["a", keyA] }), "looks like a key"],
  ];
  it.each(cases)("%s: reported with its path, and kept", async (_, content, problem) => {
    const cli = testCli();
    const file = writeSettings(cli, content);
    const before = fs.readFileSync(file);
    const commands = [
      ["server", "list"],
      ["server", "add", "home", "--system", "jean2"],
      ["server", "add", "lab", "--system", "jean2", "--replace"],
      ["server", "remove", "lab"],
      ["auth", "status"],
      ["auth", "check", "--server", "lab"],
    ];
    for (const command of commands) {
      const { code, stdout } = await cli.run("keyward", ...command, "--json");
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      expect(error.message).toContain(file);
      expect(error.message).toContain(problem);
      expect({ code, id: error.code }).toEqual({ code: 3, id: "malformed" });
      expect(stdout).not.toContain(keyA);
    }
    expect(fs.readFileSync(file)).toEqual(before);
    expect(fs.readdirSync(path.dirname(file))).toEqual(["config.json"]);
  });

  it("do not concern a command that needs none of them", async () => {
    const cli = testCli();
    writeSettings(cli, "{");
    expect((await cli.run("jean2", "auth", "status")).code).toBe(0);
    expect((await cli.run("keyward", "auth", "status", "--system", "jean2")).code).toBe(0);
    expect((await cli.run("keyward", "auth", "generate-key")).code).toBe(0);
  });

  /** Bytes of every kind: noise, other JSON, and good settings with a little damage. */
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .tuple(fc.nat(200), fc.uint8Array({ maxLength: 2 }), fc.nat(3))
      .map(([at, bytes, dropped]) => {
        const good = Buffer.from(JSON.stringify(named({ url: "http://127.0.0.1:1" })));
        return Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + dropped)]);
      }),
  );

  it("are never written over, whatever their bytes", async () => {
    const cli = testCli();
    let understood = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        const file = writeSettings(cli, bytes);
        const listed = await cli.run("keyward", "server", "list", "--json");
        const good = listed.code === 0;
        const added = await cli.run("keyward", "server", "add", "new", "--system", "jean2");
        expect(added.code).toBe(listed.code);
        expect(fs.readFileSync(file).equals(bytes)).toBe(!good);
        const { servers } = JSON.parse(listed.stdout) as { servers?: object[] };
        const after = good ? Object.keys(readSettings(cli).servers) : ["new"];
        expect(after).toHaveLength((servers ?? []).length + 1);
        if (good) understood += 1;
        else refused += 1;
      }),
      { numRuns: 300 },
    );
    expect(understood).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});

describe("settings that others may write", () => {
  it.each([
    [0o620, "may be written by its group"],
    [0o660, "may be written by its group"],
    [0o602, "may be written by anybody"],
    [0o666, "may be written by anybody"],
  ])("mode %o: refused, and kept", async (mode, problem) => {
    const cli = testCli();
    const file = writeSettings(cli, named({}), mode);
    for (const command of [
      ["server", "list"],
      ["server", "remove", "lab"],
      ["auth", "status"],
    ]) {
      const { code, stderr } = await cli.run("keyward", ...command);
      expect(stderr).toContain(`keyward: ${file} ${problem}`);
      expect(stderr).toContain(`hint: look at what it says, then: chmod 600 ${file}`);
      expect(code).toBe(3);
    }
    expect(fs.statSync(file).mode & 0o777).toBe(mode);
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual(named({}));
  });

  it.each([0o600, 0o400, 0o640, 0o644])("mode %o: nobody else may, so it counts", async (mode) => {
    const cli = testCli();
    writeSettings(cli, named({}), mode);
    expect((await cli.run("keyward", "server", "list")).stdout).toContain("lab");
  });
});

describe("settings that are no plain file", () => {
  it("a folder is reported", async () => {
    const cli = testCli();
    fs.mkdirSync(settingsFile(cli), { recursive: true });
    const { code, stderr } = await cli.run("keyward", "server", "list");
    expect(stderr).toContain(`${settingsFile(cli)} is a folder, not a file`);
    expect(code).toBe(3);
  });

  it("a symbolic link is followed, and stays", async () => {
    const cli = testCli();
    const file = writeSettings(cli, named({}));
    const target = path.join(cli.home, "dotfiles.json");
    fs.renameSync(file, target);
    fs.symlinkSync(target, file);
    expect((await cli.run("keyward", "server", "add", "b", "--system", "jean2")).code).toBe(0);
    expect(fs.readlinkSync(file)).toBe(target);
    expect(fs.readFileSync(target, "utf8")).toContain('"b"');
    expect(fs.readdirSync(path.dirname(file))).toEqual(["config.json"]);
  });

  it("a symbolic link to nothing is not written through", async () => {
    const cli = testCli();
    const file = settingsFile(cli);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.symlinkSync(path.join(cli.home, "gone"), file);
    const { code, stderr } = await cli.run("keyward", "server", "add", "b", "--system", "jean2");
    expect(stderr).toContain("is a symbolic link to");
    expect(code).toBe(3);
    expect(fs.readdirSync(cli.home)).toEqual([".config"]);
  });
});

describe("the default system", () => {
  const asked = ["auth", "status", "--json"];
  const systemOf = async (cli: TestCli, ...more: string[]) => {
    const { stdout } = await cli.run("keyward", ...asked, ...more);
    return (JSON.parse(stdout) as { system?: string }).system;
  };

  it("counts before the files that are there, and after what is said", async () => {
    const cli = testCli();
    fs.mkdirSync(path.join(cli.home, ".jean2"));
    fs.writeFileSync(path.join(cli.home, ".jean2", ".env"), "");
    expect(await systemOf(cli)).toBe("jean2");
    writeSettings(cli, { ...named({}), defaultSystem: "openjarvis" });
    expect(await systemOf(cli)).toBe("openjarvis");
    expect(await systemOf(cli, "--system", "jean2")).toBe("jean2");
    expect(await systemOf(cli, "--server", "lab")).toBe("jean2");
  });

  it("says nothing to jean2", async () => {
    const cli = testCli();
    writeSettings(cli, { version: 1, defaultSystem: "openjarvis" });
    const { stdout } = await cli.run("jean2", ...asked);
    expect(JSON.parse(stdout)).toMatchObject({ system: "jean2" });
  });

  it("stays when servers come and go", async () => {
    const cli = testCli();
    const file = writeSettings(cli, { version: 1, defaultSystem: "openjarvis" });
    await cli.run("keyward", "server", "add", "lab", "--system", "jean2");
    await cli.run("keyward", "server", "remove", "lab");
    expect(JSON.parse(fs.readFileSync(file, "utf8"))).toEqual({
      version: 1,
      defaultSystem: "openjarvis",
      servers: {},
    });
  });
});
