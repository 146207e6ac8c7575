import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import type { ProgramName } from "../../../src/cli/output.js";
import { systems } from "../../../src/systems/list.js";
import { testCli, type TestCli } from "../../helpers/run-cli.js";

/** Asks what may stand at the end of a line; what the shell is to add comes last. */
async function complete(line: string, cli: TestCli = testCli()): Promise<string> {
  const answer = await cli.run("keyward", "__complete", ...line.split(" "));
  expect(answer).toMatchObject({ code: 0, stderr: "" });
  return answer.stdout.trimEnd().replaceAll(/\t.*/g, "").replaceAll("\n", " ");
}

const everywhere =
  "--version --system --server --launch --file --variable --dialect --json --quiet --debug";

async function nameServers(): Promise<TestCli> {
  const cli = testCli();
  for (const [name = "", system = ""] of [
    ["lab", "jean2"],
    ["home", "jean2"],
    ["oj.1", "openjarvis"],
  ]) {
    const { code } = await cli.run("keyward", "server", "add", name, "--system", system);
    expect(code).toBe(0);
  }
  return cli;
}

describe("keyward __complete", () => {
  it.each([
    // commands; the shell picks those that fit what is typed
    ["keyward ", "auth token server doctor run serve completion :nothing"],
    ["keyward a", "auth token server doctor run serve completion :nothing"],
    ["keyward auth ", "status generate-key create-key revoke-key check probe :nothing"],
    ["keyward --system jean2 token r", "rotate set show history issue verify inspect :nothing"],
    ["keyward --system=jean2 --json server ", "add list remove :nothing"],
    ["keyward --launch auth server ", "add list remove :nothing"],
    ["keyward help server ", "add list remove :nothing"],
    ["keyward server help ", "add list remove :nothing"],
    ["keyward auth status ", ":nothing"],
    // options
    ["keyward -", `${everywhere} --help :nothing`],
    ["keyward auth check --", `--host --help ${everywhere} :nothing`],
    ["keyward auth check --host ::1 --js", `--host --help ${everywhere} :nothing`],
    [
      "keyward token inspect -",
      `--file --env --help ${everywhere.replace(" --file", "")} :nothing`,
    ],
    ["keyward auth check -- --", ":nothing"],
    // their values
    ["keyward auth generate-key --format ", "openjarvis base64url :nothing"],
    ["keyward auth generate-key --format=b", "openjarvis base64url :nothing"],
    ["keyward --system ", "jean2 openjarvis jean haip generic :nothing"],
    ["keyward token rotate --system=g", "jean2 openjarvis jean haip generic :nothing"],
    ["keyward token rotate --launch=d", "daemon service foreground :nothing"],
    [
      "keyward auth status --dialect ",
      "jean2 dotenv node20 node22 deno python-dotenv docker podman compose kubectl systemd direnv :nothing",
    ],
    [
      "keyward auth probe --until ",
      "enforced closed open key-rejected wrong-service unreachable inconclusive :nothing",
    ],
    ["keyward auth check --host ", ":nothing"],
    ["keyward auth check --host=l", ":nothing"],
    ["keyward auth check --json=", ":nothing"],
    ["keyward auth check --bogus=", ":nothing"],
    // files
    ["keyward auth status --file ", ":files"],
    ["keyward auth probe --key-file=k", ":files"],
    ["keyward auth probe --ca ", ":files"],
    ["keyward serve --tls-cert ", ":files"],
    ["keyward serve --key-file ", ":nothing"],
    // arguments
    ["keyward completion ", "bash zsh fish :nothing"],
    ["keyward completion --for jean2 f", "bash zsh fish :nothing"],
    ["keyward completion -- z", "bash zsh fish :nothing"],
    ["keyward completion bash ", ":nothing"],
    ["keyward completion -- bash ", ":nothing"],
    ["keyward auth probe ", ":nothing"],
    ["keyward server add ", ":nothing"],
    // another program's command line
    ["keyward run ", ":nothing"],
    ["keyward run -- ", ":command 2"],
    ["keyward run --system jean2 -- jar", ":command 4"],
    ["keyward run -- jarvis serve --po", ":command 2"],
    ["keyward token rotate --restart-command -- doc", ":command 4"],
    ["keyward server add x --restart-command -- docker comp", ":command 5"],
    ["keyward server add --restart-command -- ", ":nothing"],
    ["keyward server add --restart-command -- x doc", ":command 5"],
    // what ours answers of other names
    ["jean2 ", "auth token :nothing"],
    ["jean2 auth check --la", `--host --help ${everywhere.replace(" --system", "")} :nothing`],
    ["jarvis token ", "rotate set show history :nothing"],
  ])("answers %j with %j", async (line, words) => {
    expect(await complete(line)).toBe(words);
  });

  it.each([
    "",
    "powershell ",
    "keyward bogus ",
    "keyward auth bogus ",
    "keyward bogus auth ",
    "jean2 start ",
    "jean2 -",
    "jean2 --json auth ",
    "jean2 server ",
    "keyward __complete ",
  ])("has nothing to say of %j", async (line) => {
    expect(await complete(line)).toBe("");
  });

  it("describes each word after a tab", async () => {
    const { stdout } = await testCli().run("keyward", "__complete", "keyward", "auth", "");
    expect(stdout).toContain("\ncheck\ttell whether a host is safe to listen on\n");
    const options = await testCli().run("keyward", "__complete", "keyward", "auth", "check", "-");
    expect(options.stdout).toContain("\n--json\tone object on standard output, no prose\n");
  });

  it.each<ProgramName>(["keyward", "jarvis", "jean2"])(
    "takes %s alone as a beginning",
    async (name) => {
      expect(await complete(name)).toMatch(/^auth token .*:nothing$/);
    },
  );

  it("offers every system", async () => {
    const offered = await complete("keyward --system ");
    expect(offered).toBe([...Object.keys(systems), "generic", ":nothing"].join(" "));
  });

  it.each([
    ["keyward --server ", "home lab oj.1 :nothing"],
    ["keyward auth status --server=l", "home lab oj.1 :nothing"],
    ["keyward --system openjarvis auth status --server ", "oj.1 :nothing"],
    ["keyward auth status --system=jean2 --server ", "home lab :nothing"],
    ["keyward server remove ", "home lab oj.1 :nothing"],
    ["keyward server remove lab ", ":nothing"],
    ["keyward server add ", ":nothing"],
    ["jean2 auth status --server ", "home lab :nothing"],
    ["jarvis auth status --server ", "oj.1 :nothing"],
  ])("offers the servers that have a name: %j", async (line, words) => {
    expect(await complete(line, await nameServers())).toBe(words);
  });

  it("says nothing of settings in disorder", async () => {
    const cli = await nameServers();
    fs.writeFileSync(path.join(cli.home, ".config/keyward/config.json"), "{");
    expect(await complete("keyward --server ", cli)).toBe("");
    expect(await complete("keyward --system ", cli)).not.toBe("");
  });

  it("is keyward's alone: under other names it is the real program's word", async () => {
    const { code, stdout, stderr } = await testCli().run("jean2", "__complete", "jean2", "");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("no other jean2 on the PATH to run __complete");
  });
});

describe("keyward completion", () => {
  it.each([
    [
      ["completion", "powershell"],
      "'powershell' is invalid for argument",
      "one of: bash, zsh, fish",
    ],
    [["completion", "bash", "--for", "x"], "argument 'x' is invalid", "one of: keyward, jarvis"],
    [["completion"], "missing required argument 'shell'", "keyward completion --help"],
    [["completion", "bash", "zsh"], "too many arguments", "keyward completion --help"],
  ])("%j is a usage error", async (argv, message, hint) => {
    const { code, stdout, stderr } = await testCli().run("keyward", ...argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain(`hint: ${hint}`);
  });

  it.each([
    ["bash", "keyward.bash"],
    ["zsh", "_keyward"],
    ["fish", "keyward.fish"],
  ])("prints what is kept for %s, with --json too", async (shell, file) => {
    const kept = fs.readFileSync(path.resolve("completions", file), "utf8");
    for (const more of [[], ["--json"]]) {
      const printed = await testCli().run("keyward", "completion", shell, ...more);
      expect(printed).toEqual({ code: 0, stdout: kept, stderr: "" });
    }
    expect(kept.match(/keyward jarvis jean2/g)).not.toBeNull();
    const { stdout } = await testCli().run("keyward", "completion", shell, "--for", "jean2");
    expect(stdout).toBe(kept.replaceAll("keyward jarvis jean2", "jean2"));
  });

  it("keeps nothing else", () => {
    expect(fs.readdirSync("completions").sort()).toEqual([
      "_keyward",
      "keyward.bash",
      "keyward.fish",
    ]);
  });
});
