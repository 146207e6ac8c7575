import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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
    [["--system", "generic", "--file", "x"], "for example: --variable AGENT_KEY"],
    [["--system", "jean2", "--variable", "X"], "name it with --file"],
    [
      ["--system", "jean2", "--file", "x", "--dialect", "ini"],
      "one of, or several with commas: jean2, dotenv, node20",
    ],
    [["--system", "jean2", "--file", "x", "--variable", "1X"], "not a variable name"],
  ])("%j is a usage error", async (argv, words) => {
    const { code, stderr } = await testCli().run("keyward", "token", "show", ...argv);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});

describe("a file that is not an env file", () => {
  const json = '{\n  "gateway": { "auth": { "token": "old" } }\n}\n';
  const own = ["--variable", "token"];
  it.each<[string, string, string | Buffer, string[], string]>([
    ["generic", "openclaw.json", json, own, "it looks like JSON"],
    ["generic", "openclaw", json, own, "it looks like JSON"],
    ["generic", "config.yaml", "gateway:\n  token: old\n", own, "it looks like YAML"],
    ["generic", "empty.yaml", "", own, "it looks like YAML"],
    ["generic", "api.key", `${keyA}\n`, own, "it looks like a file that holds a key alone"],
    ["generic", "wide.env", Buffer.from("\uFEFFtoken=old\n", "utf16le"), own, "UTF-16 or binary"],
    ["jean2", "config", json, [], "it looks like JSON"],
    ["jean", "jean.yaml", "token: old\n", [], "it looks like YAML"],
    ["openjarvis", "config.json", json, [], "it looks like JSON"],
    ["haip", "haip.yaml", `JWT_SECRET: ${keyA}\n`, [], "it looks like YAML"],
  ])("%s: %s is left as it is", async (system, name, text, options, words) => {
    const { cli, file } = prepare(name, "");
    writeFileSync(file, text);
    const before = readFileSync(file);
    const place = ["--system", system, "--file", name, ...options];
    const commands: string[][] = [
      ["token", "rotate"],
      ["token", "rotate", "--dry-run"],
      ["token", "rotate", "--leaked"],
      ["token", "set", "--key-env", "NEW"],
      ...(words.includes("YAML") && system === "haip"
        ? [["token", "rotate", "--overlap", "1h"]]
        : [["auth", "generate-key", "--write"]]),
    ];
    for (const command of commands) {
      const asked = testCli({ home: cli.home, env: { NEW: `${keyA.slice(1)}z` } });
      const { code, stdout, stderr } = await asked.run("keyward", ...command, ...place);
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toContain(file);
      expect(stderr).toContain(words);
      expect(stderr).toMatch(/hint: (?:name with --file|convert it)/);
      expect(stderr).not.toContain(keyA);
      expect(readFileSync(file)).toEqual(before);
      expect(readdirSync(cli.cwd).filter((each) => each !== ".local")).toEqual([name]);
    }
    const doctor = testCli({ home: cli.home });
    await doctor.run("keyward", "doctor", "--fix", ...place);
    expect(readFileSync(file)).toEqual(before);
  });

  it("keeps its key from being removed", async () => {
    const text = "JEAN2_AUTH_TOKEN: x\n";
    const { cli, file } = prepare("config.yaml", text);
    const argv = ["--system", "haip", "--file", file, "--variable", "JEAN2_AUTH_TOKEN", "--force"];
    const { code, stderr } = await cli.run("keyward", "auth", "revoke-key", ...argv);
    expect(code).toBe(3);
    expect(stderr).toContain("it looks like YAML");
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});
