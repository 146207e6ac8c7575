import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { version } from "../../src/core/version.js";
import { testCli } from "../helpers/run-cli.js";

describe("the command line", () => {
  it.each([
    [["auth", "chekc"], "unknown command 'chekc'", "did you mean check?"],
    [["auth", "check", "--hots", "x"], "unknown option '--hots'", "did you mean --host?"],
    [["tokne", "rotate"], "unknown command 'tokne'", "did you mean token?"],
    [["auth", "bogus", "--json"], "unknown command 'bogus'", "keyward auth --help"],
    [["bogus", "--json"], "unknown command 'bogus'", "keyward --help"],
    [["token", "--json"], "keyward token needs the name of a command", "keyward token --help"],
    [["--json"], "keyward needs the name of a command", "keyward --help"],
    [["auth", "check", "--host"], "argument missing", "keyward auth check --help"],
    [["auth", "status", "--system", "nope"], "nope", "one of: jean2, openjarvis"],
  ])("%j is a usage error", async (argv, message, hint) => {
    const { code, stdout, stderr } = await testCli().run("keyward", ...argv);
    const said = argv.includes("--json") ? stdout : stderr;
    expect(said).toContain(message);
    expect(said).toContain(hint);
    expect(code).toBe(2);
  });

  it.each([
    ["keyward", ["token"], "keyward token needs the name of a command", "keyward token"],
    ["keyward", ["server"], "keyward server needs the name of a command", "keyward server"],
    [
      "keyward",
      ["server", "--debug"],
      "keyward server needs the name of a command",
      "keyward server",
    ],
    ["jean2", ["token"], "jean2 token needs the name of a command", "jean2 token"],
    ["keyward", ["bogus"], "unknown command 'bogus'", "keyward"],
    ["keyward", ["bogus", "rotate", "--x"], "unknown command 'bogus'", "keyward"],
    ["keyward", ["bo\u001bgus"], "unknown command 'bo\\u{1b}gus'", "keyward"],
    ["keyward", ["token", "bogus"], "unknown command 'bogus'", "keyward token"],
    ["jarvis", ["auth", "bogus"], "unknown command 'bogus'", "jarvis auth"],
  ] as const)("%s %j is answered with the help, on standard error", async (...row) => {
    const [name, argv, message, path] = row;
    const { code, stdout, stderr } = await testCli().run(name, ...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const asked = await testCli().run(name, ...path.split(" ").slice(1), "--help");
    expect(stderr).toContain(`${name}: ${message}`);
    expect(stderr.endsWith(`\n\n${asked.stdout}`)).toBe(true);
    expect(asked.stdout).toContain(`Usage: ${path} [options] [command]\n`);
  });

  it("takes auth alone as auth status", async () => {
    const cli = testCli();
    const alone = await cli.run("jean2", "auth");
    expect(alone).toEqual(await cli.run("jean2", "auth", "status"));
    expect(alone.stdout).toContain("authentication");
  });

  it.each([["--help"], ["help"], []])("prints its help for %j", async (...argv) => {
    const { code, stdout, stderr } = await testCli().run("keyward", ...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: keyward");
  });

  it.each([
    ["auth", "generate-key"],
    ["auth", "check"],
    ["auth", "probe"],
    ["auth", "status"],
    ["token", "rotate"],
    ["serve"],
    ["completion"],
  ])("%s %s has help that ends with examples", async (...words) => {
    const argv = words.filter(Boolean);
    const asked = await testCli().run("keyward", ...argv, "--help");
    const helped = await testCli().run("keyward", "help", ...argv);
    const inside = await testCli().run("keyward", ...argv.toSpliced(-1, 0, "help"));
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toMatch(/\nExamples:\n( {2}\S.* {2}.*\n)+$/);
    expect(helped.stdout).toBe(asked.stdout);
    expect(inside.stdout).toBe(asked.stdout);
  });

  it("tells its version, which is the package's", async () => {
    const { stdout } = await testCli().run("keyward", "--version");
    const { version: released } = JSON.parse(readFileSync("package.json", "utf8")) as {
      version: string;
    };
    expect(stdout).toBe(`${version}\n`);
    expect(version).toBe(released);
  });

  it("reports a failure as one JSON object", async () => {
    const { code, stdout, stderr } = await testCli().run("keyward", "auth", "chekc", "--json");
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "usage", message: "unknown command 'chekc'", hint: "did you mean check?" },
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  });

  it("adds stacks with --debug alone", async () => {
    const plain = await testCli().run("keyward", "auth", "chekc");
    const debug = await testCli().run("keyward", "auth", "chekc", "--debug");
    expect(plain.stderr).not.toContain("KeywardError");
    expect(debug.stderr).toContain("debug: KeywardError: unknown command");
  });

  it("does not answer jean2's words itself", async () => {
    const { code, stdout, stderr } = await testCli().run("jean2", "start");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toBe("jean2: there is no other jean2 on the PATH to run start\n");
  });

  it.each([["--help"], []])(
    "prints its own help where there is no other jean2: %j",
    async (...argv) => {
      const { code, stdout } = await testCli().run("jean2", ...argv);
      expect(code).toBe(0);
      expect(stdout).toContain("Usage: jean2");
    },
  );
});
