import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { testCli } from "../../../helpers/run-cli.js";

function prepare(text: string | null, overrides: Parameters<typeof testCli>[0] = {}) {
  const cli = testCli(overrides);
  const file = join(cli.home, ".jean2", ".env");
  if (text !== null) {
    mkdirSync(join(cli.home, ".jean2"));
    writeFileSync(file, text, { mode: 0o600 });
  }
  return { cli, file };
}

const one = `# mine\nJEAN2_AUTH_TOKEN=${keyA}\nA=1\n`;

describe("token set", () => {
  it.each([
    ["standard input", [], { stdin: `${keyB}\n` }],
    ["standard input by name", ["--key-stdin"], { stdin: keyB }],
    ["the environment", ["--key-env", "NEW"], { env: { NEW: keyB } }],
  ])("takes the key from %s", async (_, options, given) => {
    const { cli, file } = prepare(one, given);
    const { code, stdout, stderr } = await cli.run("jean2", "token", "set", ...options);
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(one.replace(keyA, keyB));
    expect(stdout).toBe(`${file}  ${fingerprintKey(keyA)} -> ${fingerprintKey(keyB)}\n`);
    expect(stdout + stderr).not.toContain(keyB);
  });

  it.each([
    ["", "no-key"],
    ["\n", "no-key"],
    ["hunter2\n", "key-refused"],
    ["your-secret-token\n", "key-refused"],
    [`${keyB}\n\n`, "key-refused"],
    [`${keyB} \n`, "key-refused"],
    [`${keyB}é\n`, "key-refused"],
  ])("refuses %j, and leaves the file as it was", async (stdin, code) => {
    const { cli, file } = prepare(one, { stdin });
    const result = await cli.run("jean2", "token", "set", "--json", "--debug");
    expect(result.code).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code } });
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${keyB}|hunter2`));
    expect(readFileSync(file, "utf8")).toBe(one);
  });

  it("warns of a weak key, and takes it", async () => {
    const { cli, file } = prepare(one, { stdin: "sixteen-chars-ok" });
    const { code, stdout, stderr } = await cli.run("jean2", "token", "set");
    expect(code).toBe(0);
    expect(stdout).toContain("-> (a weak key)");
    expect(stderr).toContain("warning: that key is weak: it is under 32 characters");
    expect(readFileSync(file, "utf8")).toContain("sixteen-chars-ok");
  });

  it("shows a dry run and changes nothing", async () => {
    const { cli, file } = prepare(one, { stdin: keyB });
    const { stdout } = await cli.run("jean2", "token", "set", "--dry-run");
    expect(stdout).toContain("would change");
    expect(readFileSync(file, "utf8")).toBe(one);
  });
});

describe("token show", () => {
  it("shows the key masked", async () => {
    const { cli, file } = prepare(one);
    const { stdout } = await cli.run("jean2", "token", "show");
    expect(stdout).toBe(`Vb3k…qSrE  ${fingerprintKey(keyA)}  ${file}\n`);
  });

  it("prints it alone with --reveal", async () => {
    const { cli } = prepare(one);
    const { stdout, stderr } = await cli.run("jean2", "token", "show", "--reveal");
    expect({ stdout, stderr }).toEqual({ stdout: `${keyA}\n`, stderr: "" });
  });

  it("gives JSON without the key unless it is to be revealed", async () => {
    const { cli, file } = prepare(one);
    const plain = await cli.run("jean2", "token", "show", "--json");
    const shown = { system: "jean2", location: file, fingerprint: fingerprintKey(keyA) };
    expect(JSON.parse(plain.stdout)).toEqual({ ...shown, masked: "Vb3k…qSrE", valueKind: null });
    const revealed = await cli.run("jean2", "token", "show", "--json", "--reveal");
    expect(JSON.parse(revealed.stdout)).toMatchObject({ key: keyA });
  });

  it("says where a first key comes from when there is none", async () => {
    const { code, stderr } = await prepare(null).cli.run("jean2", "token", "show");
    expect(code).toBe(3);
    expect(stderr).toBe("jean2: Jean2 has no key\njean2: hint: jean2 auth generate-key --write\n");
  });
});

describe("auth create-key", () => {
  it("is generate-key --write under OpenJarvis's own name", async () => {
    const cli = testCli();
    const { code, stdout } = await cli.run("jarvis", "auth", "create-key");
    const file = join(cli.home, ".openjarvis", "config.toml");
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(/^\[server\.auth\]\napi_key = "oj_sk_[\w-]{43}"\n$/);
    expect(stdout).toContain(file);
  });

  it("never touches another provider's key", async () => {
    const cli = testCli();
    const file = join(cli.home, ".openjarvis", "config.toml");
    mkdirSync(join(cli.home, ".openjarvis"));
    const other = '[engine.openai]\napi_key = "sk-other"\n# [server.auth]\n';
    writeFileSync(file, other, { mode: 0o600 });
    await cli.run("jarvis", "auth", "create-key");
    expect(readFileSync(file, "utf8").startsWith(other)).toBe(true);
    await cli.run("jarvis", "auth", "revoke-key");
    expect(readFileSync(file, "utf8")).not.toContain("oj_sk_");
    expect(readFileSync(file, "utf8").startsWith(other)).toBe(true);
  });
});

describe("auth revoke-key", () => {
  it("refuses where that would leave the server open to others", async () => {
    const { cli, file } = prepare(one);
    const { code, stderr } = await cli.run("jean2", "auth", "revoke-key");
    expect(code).toBe(3);
    expect(stderr).toContain("without its key the server would be open: 0.0.0.0 is every");
    expect(stderr).toContain("jean2 token rotate");
    expect(readFileSync(file, "utf8")).toBe(one);
  });

  it.each([
    ["the server listens on loopback", "JEAN2_HOST=127.0.0.1\n", []],
    ["forced", "", ["--force"]],
  ])("removes the key and nothing else: %s", async (_, more, options) => {
    const { cli, file } = prepare(one + more);
    const { code, stdout } = await cli.run("jean2", "auth", "revoke-key", ...options);
    expect(code).toBe(0);
    expect(stdout).toContain(`${fingerprintKey(keyA)} -> (no key)`);
    expect(readFileSync(file, "utf8")).toBe(`# mine\nA=1\n${more}`);
  });

  it("has nothing to do where there is no key", async () => {
    const { cli, file } = prepare(null);
    const { code, stdout } = await cli.run("jean2", "auth", "revoke-key", "--force", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "no-key" } });
    expect(existsSync(file)).toBe(false);
  });
});
