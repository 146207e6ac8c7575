import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { keyA } from "../helpers/keys.js";
import { testCli } from "../helpers/run-cli.js";

/** A machine with a file of that name in its working folder. */
function prepare(name: string, text: string) {
  const cli = testCli();
  const file = join(cli.cwd, name);
  writeFileSync(file, text, { mode: 0o600 });
  return { cli, file };
}

describe("--file", () => {
  it.each([
    ["generic", "agent.env", ["--variable", "AGENT_KEY"], "AGENT_KEY"],
    ["generic", "agent.env", ["--variable", "AGENT_KEY", "--dialect", "docker"], "AGENT_KEY"],
    ["openjarvis", "deploy.env", ["--dialect", "compose"], "OPENJARVIS_API_KEY"],
    ["haip", "haip.env", [], "JWT_SECRET"],
    ["jean2", "jean2.env", [], "JEAN2_AUTH_TOKEN"],
  ])("rotates the key of a %s server in %s %j", async (system, name, options, variable) => {
    const text = `# mine\n${variable}=${keyA}\nOTHER=1\n`;
    const { cli, file } = prepare(name, text);
    const argv = ["--system", system, "--file", name, ...options];
    const { code, stdout } = await cli.run("keyward", "token", "rotate", ...argv);
    expect(code).toBe(0);
    expect(stdout).toContain(`${file}  ${fingerprintKey(keyA)} -> sha256:`);
    const after = readFileSync(file, "utf8");
    const key = new RegExp(`^${variable}=(.*)$`, "m").exec(after)?.[1] ?? "";
    expect(after).toBe(text.replace(keyA, key));
    expect(key).not.toBe(keyA);
  });

  it("is what a named server's file is", async () => {
    const { cli, file } = prepare("agent.env", `AGENT_KEY=${keyA}\n`);
    const own = ["--system", "generic", "--file", "agent.env", "--variable", "AGENT_KEY"];
    await cli.run("keyward", "server", "add", "lab", ...own);
    const { stdout } = await cli.run("keyward", "token", "show", "--server", "lab");
    expect(stdout).toContain(`${fingerprintKey(keyA)}  ${file}`);
  });

  it("is in the commands that are proposed next", async () => {
    const { cli } = prepare("my agent.env", "");
    const argv = ["--system", "haip", "--file", "my agent.env"];
    const { stderr } = await cli.run("keyward", "token", "show", ...argv);
    expect(stderr).toContain("auth generate-key --write --file 'my agent.env'");
  });

  it.each([
    [["--system", "generic", "--file", "x"], "name it with --variable"],
    [["--system", "jean2", "--variable", "X"], "name it with --file"],
    [["--system", "jean2", "--file", "x", "--dialect", "ini"], "one of: jean2, dotenv"],
    [["--system", "jean2", "--file", "x", "--variable", "1X"], "not the name of a variable"],
  ])("%j is a usage error", async (argv, words) => {
    const { code, stderr } = await testCli().run("keyward", "token", "show", ...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});
