import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { aboutServer, asItStands } from "../../src/core/hint.js";
import type { CommonOptions } from "../../src/cli/command.js";
import type { ProgramName } from "../../src/cli/output.js";
import type { NamedServer } from "../../src/cli/settings/settings-shape.js";
import { createSpeller } from "../../src/cli/spell-hint.js";
import { keyA, keyB } from "../helpers/keys.js";
import { linkBins } from "../helpers/installation.js";
import { testCli } from "../helpers/run-cli.js";
import { readShellWords } from "../helpers/shell-words.js";

const lab: NamedServer = {
  name: "lab",
  system: "generic",
  url: null,
  file: "/srv/my agent.env",
  variable: "AGENT_KEY",
  dialect: null,
  launch: null,
  restartCommand: ["my", "restart now"],
};

interface Call {
  readonly name?: ProgramName;
  readonly options?: CommonOptions;
  readonly server?: NamedServer;
  readonly system?: string;
}

function spell(words: string, { name = "keyward", options = {}, server, system }: Call) {
  const { context } = { context: testCli() as never };
  const call = { name, context, options, server: server ?? null };
  return createSpeller(call, system ?? null)(aboutServer(words));
}

describe("a command in a hint", () => {
  it.each<[string, Call, string]>([
    ["token rotate", {}, "keyward token rotate"],
    ["token rotate", { system: "haip" }, "keyward --system haip token rotate"],
    ["token rotate", { options: { system: "jean" } }, "keyward --system jean token rotate"],
    ["token rotate", { name: "jean2", system: "jean2" }, "jean2 token rotate"],
    ["auth probe", { name: "jarvis", system: "openjarvis" }, "jarvis auth probe"],
    // Every other word is the real program's.
    ["doctor --fix", { name: "jean2" }, "keyward --system jean2 doctor --fix"],
    ["doctor --fix", { name: "jarvis" }, "keyward --system openjarvis doctor --fix"],
    [
      "doctor --fix",
      { name: "jean2", server: { ...lab, system: "jean2" } },
      "keyward doctor --fix --server lab",
    ],
    ["token rotate", { server: lab }, "keyward token rotate --server lab"],
    [
      "token rotate",
      {
        system: "haip",
        options: { file: "my .env", variable: "V", dialect: "node", launch: "foreground" },
      },
      "keyward --system haip token rotate --file 'my .env' --variable V --dialect node --launch foreground",
    ],
    [
      "auth check",
      { server: lab, options: { launch: "foreground" } },
      "keyward auth check --server lab --launch foreground",
    ],
    // How a generic server is asked goes with every command that asks it, and with no other.
    [
      "auth probe",
      { server: lab, options: { path: "/v 1", transport: "query", acceptJson: "valid=true" } },
      "keyward auth probe URL --server lab --path '/v 1' --transport query --accept-json valid=true",
    ],
    [
      "token rotate --resume",
      { server: lab, options: { path: "/v" } },
      "keyward token rotate --resume --server lab --path /v",
    ],
    ["token rotate", { server: lab, options: { path: "/v" } }, "keyward token rotate --server lab"],
    // The words of another program end the line.
    [
      "token rotate --restart-command -- my --restart",
      { server: lab, options: { path: "/v" } },
      "keyward token rotate --restart-command --server lab --path /v -- my --restart",
    ],
    [
      "auth probe",
      { server: { ...lab, url: "http://127.0.0.1:1" } },
      "keyward auth probe --server lab --path PATH",
    ],
    ["auth probe", { system: "generic" }, "keyward --system generic auth probe URL --path PATH"],
    [
      "server add NAME --url URL",
      { system: "generic", options: { file: "f", variable: "V" } },
      "keyward --system generic server add NAME --url URL --file f --variable V",
    ],
    [
      "server add NAME --url URL",
      { server: lab },
      "keyward server add lab --replace --system generic --url URL --file '/srv/my agent.env' --variable AGENT_KEY --restart-command -- my 'restart now'",
    ],
  ])("%s after %j is %s", (words, call, line) => {
    expect(spell(words, call)).toBe(line);
  });

  it("is keyward's where the name of the call reaches another program", () => {
    const cli = testCli();
    const real = join(cli.home, "real");
    mkdirSync(real);
    writeFileSync(join(real, "jean2"), "#!/bin/sh\n", { mode: 0o755 });
    const ours = linkBins(join(cli.home, "ours"));
    const spellWith = (PATH: string) => {
      const context = { ...cli, env: { PATH } } as never;
      return createSpeller({ name: "jean2", context, options: {}, server: null }, "jean2");
    };
    const first = spellWith(`${real}:${ours}`);
    expect(first(aboutServer("auth probe"))).toBe("keyward --system jean2 auth probe");
    expect(first(asItStands("auth check --help"))).toBe("keyward auth check --help");
    expect(spellWith(`${ours}:${real}`)(aboutServer("auth probe"))).toBe("jean2 auth probe");
  });
});

/** The command of ours in the hint of a run that failed. */
function hintOf(stderr: string, intro: string): string[] {
  const [, line = ""] = new RegExp(`hint: ${intro}(.*)\n`).exec(stderr) ?? [];
  return readShellWords(line);
}

describe("the command that a refused generate-key --write proposes", () => {
  const text = (key: string) => `JEAN2_AUTH_TOKEN=${key}\n`;

  function prepare() {
    const cli = testCli();
    const folder = join(cli.home, ".jean2");
    mkdirSync(folder, { mode: 0o700 });
    const own = join(folder, ".env");
    const other = join(cli.cwd, "my other.env");
    writeFileSync(own, text(keyA), { mode: 0o600 });
    writeFileSync(other, text(keyB), { mode: 0o600 });
    return { cli, own, other };
  }

  it.each<[ProgramName, string[]]>([
    ["keyward", ["--system", "jean2", "--file", "my other.env"]],
    ["jean2", ["--file", "my other.env"]],
    ["keyward", ["--server", "lab"]],
    ["jean2", ["--server", "lab"]],
  ])("%s %j changes the key of that very server", async (name, options) => {
    const { cli, own, other } = prepare();
    const add = ["server", "add", "lab", "--system", "jean2", "--file", "my other.env"];
    expect(await cli.run("keyward", ...add)).toMatchObject({ code: 0 });
    const refused = await cli.run(name, "auth", "generate-key", "--write", ...options);
    expect(refused.code).toBe(3);
    const [program, ...argv] = hintOf(refused.stderr, "replace it with: ");
    expect(program).toBe(name);
    expect((await cli.run(name, ...argv)).code).toBe(0);
    expect(readFileSync(own, "utf8")).toBe(text(keyA));
    expect(readFileSync(other, "utf8")).not.toContain(keyB);
  });
});

describe("hints of other commands", () => {
  it("token verify does not take the token's file for the server's", async () => {
    const cli = testCli();
    writeFileSync(join(cli.cwd, "token.jwt"), "x.y.z\n");
    const { stderr } = await cli.run("keyward", "token", "verify", "--file", "token.jwt");
    expect(stderr).toContain("hint: keyward --system haip auth generate-key --write\n");
  });

  it("a rotation carries on how its server is asked", async () => {
    const cli = testCli();
    const file = join(cli.cwd, "agent.env");
    writeFileSync(file, `AGENT_KEY=${keyA}\n`, { mode: 0o600 });
    const own = ["--system", "generic", "--file", "agent.env", "--variable", "AGENT_KEY"];
    // Nothing listens there, so that it is written and not proven.
    await cli.run("keyward", "server", "add", "lab", "--url", "http://127.0.0.1:1", ...own);
    const restart = ["--restart", "--restart-command", "--", "/bin/true"];
    const argv = ["token", "rotate", "--server", "lab", "--path", "/validate", ...restart];
    const { stderr } = await cli.run("keyward", ...argv);
    expect(stderr).toContain("then: keyward auth probe --server lab --path /validate\n");
    const plain = await cli.run("keyward", "token", "rotate", "--server", "lab");
    expect(plain.stderr).toContain("then: keyward auth probe --server lab --path PATH\n");
    // What cannot be run as it stands is not among the commands for programs.
    const json = await cli.run("keyward", "token", "rotate", "--server", "lab", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ status: "unverified", next: [] });
  });

  it.each<[ProgramName, string[], string]>([
    ["jean2", ["auth", "chek"], "did you mean check?"],
    ["jean2", ["auth", "check", "--hots", "x"], "did you mean --host?"],
    ["jean2", ["auth", "check", "--zzzzzz"], "jean2 auth check --help"],
    ["jarvis", ["token", "rotate", "--zzzzzz"], "jarvis token rotate --help"],
    ["keyward", ["--zzzzzz"], "keyward --help"],
  ])("%s %j is helped by: %s", async (name, argv, hint) => {
    const { code, stdout, stderr } = await testCli().run(name, ...argv, "--json");
    expect(code).toBe(2);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ error: { hint } });
  });
});
