import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { createReferenceServer } from "../../../../src/reference-server/reference.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { testCli } from "../../../helpers/run-cli.js";

const tool = "a reference that another tool has to resolve";
const variable = "a reference that this reader does not expand";
const reference = `op://vault/${keyA}/password`;

function prepare(value: string, overrides: Parameters<typeof testCli>[0] = {}) {
  const cli = testCli(overrides);
  const file = join(cli.home, ".jean2", ".env");
  const text = `JEAN2_AUTH_TOKEN='${value}'\n`;
  mkdirSync(join(cli.home, ".jean2"));
  writeFileSync(file, text, { mode: 0o600 });
  const run = async (...argv: string[]) => {
    const result = await cli.run("jean2", ...argv);
    // A template may have a key in it, and so may a reference.
    expect(result.stdout + result.stderr).not.toContain(value);
    expect(result.stdout + result.stderr).not.toContain(keyA);
    return result;
  };
  return { cli, file, text, run };
}

const worthless = [
  [`$(jarvis auth generate-key ${keyA})`, "a command substitution that nobody ran"],
  [`Error: No such command generate-key ${keyA}`, "an error message in place of a key"],
  [`{{ jarvis_api_key | default("${keyA}") }}`, "a template that nobody filled in"],
  ["change_me_in_prod_please_now", "a placeholder from documentation"],
] as const;

describe("a value that is not a key", () => {
  it.each(worthless)("counts as none for auth check: %s", async (value, words) => {
    const { run } = prepare(value);
    const { code, stdout } = await run("auth", "check", "--host", "0.0.0.0");
    expect(stdout).toContain(`and the configured key counts as none: it is ${words}`);
    expect(code).toBe(1);
    expect((await run("auth", "check", "--host", "127.0.0.1")).code).toBe(0);
  });

  it.each(worthless)("is named by status and doctor: %s", async (value, words) => {
    const { cli, file, run } = prepare(value);
    const status = await run("auth", "status");
    expect(status.stdout).toContain(`error: the key in ${file} counts as none: it is ${words}`);
    expect(status.stdout).not.toContain("sha256:");
    const doctor = await cli.run("keyward", "doctor", "--system", "jean2", "--json");
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain(`counts as none: it is ${words}`);
  });

  it.each(worthless)("starts no server on every interface: %s", async (value, words) => {
    const { cli, run } = prepare(value);
    const refused = await cli.run("keyward", "run", "--system", "jean2", "--", "true");
    expect(refused.stderr).toContain(`it is ${words}`);
    expect(refused.code).toBe(125);
    const served = await cli.run("keyward", "serve", "--system", "jean2", "--host", "0.0.0.0");
    expect(served.stderr).toContain(`it is ${words}`);
    expect(served.code).toBe(1);
    expect((await run("token", "show")).stderr).toContain(`is not a key: it is ${words}`);
  });

  it.each(worthless)("signs nothing: %s", async (value, words) => {
    const cli = testCli({ env: { JWT_SECRET: value } });
    const result = await cli.run("keyward", "token", "issue", "--user", "u", "--debug");
    expect(result.stderr).toContain(`the secret is ${words}`);
    expect(result.stdout).toBe("");
    expect(result.code).toBe(3);
    expect(result.stderr).not.toContain(value);
  });

  it.each(worthless)("is not taken by token set: %s", async (value, words) => {
    const { cli, file } = prepare(keyB, { stdin: value });
    const result = await cli.run("jean2", "token", "set");
    expect(result.stderr).toContain(`that key would keep nobody out: it is ${words}`);
    expect(result.code).toBe(3);
    expect(readFileSync(file, "utf8")).toContain(keyB);
  });

  it.each(worthless)("is replaced by token rotate: %s", async (value) => {
    const { file, run } = prepare(value);
    const { code, stdout } = await run("token", "rotate");
    expect(stdout).toMatch(/ {2}\(an? [a-z ]+\) -> sha256:/);
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(/^JEAN2_AUTH_TOKEN='?[\w-]{43}'?\n$/);
  });
});

describe("a reference", () => {
  const references = [
    [reference, tool],
    [`encrypted:${keyA}`, tool],
    [`ENC[AES256_GCM,data:${keyA},type:str]`, tool],
    ["vault:secret/data/jean2#key", tool],
    ["ref+vault://secret/jean2#/key", tool],
  ] as const;

  it.each(references)("cannot be told by auth check: %s", async (value, words) => {
    const { file, run } = prepare(value);
    const { code, stdout, stderr } = await run("auth", "check", "--host", "0.0.0.0");
    expect(code).toBe(3);
    expect(stdout).toBe(
      `cannot be told: whether it asks for a key cannot be told from ${file}:1: it holds ${words}\n`,
    );
    expect(stderr).toContain("with the key from that tool: jean2 auth probe --key-stdin");
    const json = await run("auth", "check", "--host", "0.0.0.0", "--json");
    expect(json.code).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({
      safe: null,
      keyConfigured: null,
      reason: { code: "cannot-be-told" },
      place: `${file}:1`,
    });
  });

  it("does not matter on loopback, nor at an invalid host", async () => {
    const { run } = prepare(reference);
    expect(await run("auth", "check", "--host", "127.0.0.1")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("safe: 127.0.0.1 is loopback") as string,
    });
    expect((await run("auth", "check", "--host", "224.0.0.1")).code).toBe(1);
  });

  it("is never sent by auth probe, stored or given", async () => {
    const server = createReferenceServer({ system: "jean2", key: keyB, clock: Date });
    onTestFinished(() => server.close());
    const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
    const { file, run } = prepare(reference, { env: { GIVEN: reference } });
    const stored = await run("auth", "probe", url);
    expect(stored.stderr).toContain(
      `which key to try cannot be told: the value in ${file} is ${tool}`,
    );
    expect(stored.code).toBe(3);
    const given = await run("auth", "probe", url, "--key-env", "GIVEN");
    expect(given.stderr).toContain(`the value that was given is ${tool}`);
    expect(given.code).toBe(3);
    expect(server.getCounts()).toEqual({ accepted: 0, refused: 0, broken: 0 });
  });

  it.each(references)("is shown as one, never as a key: %s", async (value, words) => {
    const { file, run } = prepare(value);
    const people = await run("auth", "status");
    expect(people.stdout).toContain("authentication on  ••••••••  a reference");
    expect(people.stdout).toMatch(/\.env {2}.*•••••••• {2}a reference {2}0600/);
    expect(people.stdout).toContain(`warning: the value in ${file} is ${words}`);
    expect(people.stdout).toContain("jean2 token rotate --replace-reference");
    const { stdout } = await run("auth", "status", "--json");
    const shown = { fingerprint: null, masked: "••••••••", strength: "none" };
    expect(JSON.parse(stdout)).toMatchObject({
      effective: { ...shown, valueKind: "reference" },
      locations: [{ ...shown, valueKind: "reference" }, {}],
      findings: [{ id: "key-reference", severity: "warning" }],
    });
    const show = await run("token", "show");
    expect(show.stdout).toBe(`••••••••  a reference  ${file}\n`);
  });

  it("leaves open for doctor whether its host is safe", async () => {
    const server = createReferenceServer({ system: "jean2", key: keyB, clock: Date });
    onTestFinished(() => server.close());
    const { port } = new URL((await server.listen({ host: "127.0.0.1", port: 0 })).url);
    const { cli } = prepare(reference, { env: { JEAN2_PORT: port } });
    const { code, stdout } = await cli.run("keyward", "doctor", "--system", "jean2", "--json");
    expect(stdout).not.toContain(keyA);
    expect(code).toBe(1);
    const { systems, findings } = JSON.parse(stdout) as {
      systems: { probe: object }[];
      findings: { id: string; severity: string; fix: string }[];
    };
    const fix = "keyward --system jean2 token rotate --replace-reference";
    expect(findings.filter(({ severity }) => severity !== "info")).toMatchObject([
      { id: "key-reference", severity: "warning", fix },
      {
        id: "cannot-tell",
        severity: "warning",
        fix: "ask the running server, with the key from that tool: keyward --system jean2 auth probe --key-stdin",
      },
    ]);
    // An open server would be known without the key.
    expect(systems[0]?.probe).toMatchObject({ verdict: "closed" });
  });

  it.each([
    ["token rotate", ["token", "rotate"]],
    ["a plan", ["token", "rotate", "--dry-run"]],
    ["a restart", ["token", "rotate", "--restart-command", "--", process.execPath]],
    ["token set", ["token", "set"]],
  ])("is not replaced unasked by %s", async (_, argv) => {
    const { cli, file, text, run } = prepare(reference, { stdin: keyB });
    const { code, stderr } = await run(...argv, "--debug");
    expect(stderr).toContain(`the value in ${file} is ${tool}, and is not replaced unasked`);
    expect(stderr).toContain("--replace-reference");
    expect(code).toBe(3);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(join(cli.home, ".jean2"))).toEqual([".env"]);
  });

  it.each([
    ["token rotate", ["token", "rotate"]],
    ["token set", ["token", "set"]],
  ])("is replaced by %s when asked", async (_, argv) => {
    const { file, run } = prepare(reference, { stdin: keyB });
    const plan = await run(...argv, "--replace-reference", "--dry-run");
    expect(plan.stdout).toContain("- JEAN2_AUTH_TOKEN=••••••••  (a reference)");
    expect(plan.code).toBe(0);
    const { code, stdout, stderr } = await run(...argv, "--replace-reference");
    expect(stdout).toContain(`${file}  (a reference) -> sha256:`);
    expect(stderr).toContain(`is ${tool}; the new key takes its place`);
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).not.toContain("op://");
  });

  it("tells not where a leaked key stands", async () => {
    const { cli, run } = prepare(reference);
    writeFileSync(join(cli.home, ".bash_history"), `export JEAN2_AUTH_TOKEN=${reference}\n`);
    const { code, stdout } = await run(
      "token",
      "rotate",
      "--leaked",
      "--replace-reference",
      "--json",
    );
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as { notes: string[] };
    expect(answer).not.toHaveProperty("remains");
    const people = prepare(reference);
    const { stderr } = await people.run("token", "rotate", "--leaked", "--replace-reference");
    expect(stderr).toContain("where the leaked key stands is not known: the file had a reference");
    expect(stderr).not.toContain("holds the old key");
  });

  it("is not what token set takes", async () => {
    const { cli } = prepare(keyB, { stdin: reference });
    const { code, stderr } = await cli.run("jean2", "token", "set");
    expect(stderr).toContain(`that is not a key: it is ${tool}`);
    expect(stderr).not.toContain(keyA);
    expect(code).toBe(3);
  });

  it("is left alone where only a missing key is due", async () => {
    const { file, text, run } = prepare(reference);
    const { code, stderr } = await run("token", "rotate", "--if-missing");
    expect(stderr).toContain(`there is a reference in ${file}`);
    expect(code).toBe(0);
    const write = await run("auth", "generate-key", "--write");
    expect(write.stderr).toContain("Jean2 has a reference to a key in");
    expect(write.stderr).toContain("jean2 token rotate --replace-reference");
    expect(write.code).toBe(3);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("goes with --resume and --undo as little as other options of a new rotation", async () => {
    const { run } = prepare(reference);
    expect((await run("token", "rotate", "--undo", "--replace-reference")).code).toBe(2);
  });

  it("starts and signs nothing", async () => {
    const { cli } = prepare(reference);
    const refused = await cli.run("keyward", "run", "--system", "jean2", "--", "true");
    expect(refused.stderr).toContain(`it holds ${tool}`);
    expect(refused.stderr).toContain(
      "with the key from that tool: keyward --system jean2 auth probe --key-stdin",
    );
    expect(refused.code).toBe(125);
    const signer = testCli({ env: { JWT_SECRET: reference } });
    const issued = await signer.run("keyward", "token", "issue", "--user", "u");
    expect(issued.stderr).toContain(`the secret is ${tool}`);
    expect(issued.code).toBe(3);
  });

  it("is what a reader that expands nothing sees, and not one that does", async () => {
    const cli = testCli({ env: {} });
    const file = join(cli.home, "agent.env");
    writeFileSync(file, `ROOT_KEY=${keyA}\nAGENT_KEY=\${ROOT_KEY}\n`, { mode: 0o600 });
    const about = ["--system", "generic", "--file", file, "--variable", "AGENT_KEY"];
    const ask = (dialect: string) =>
      cli.run("keyward", "auth", "check", "--host", "0.0.0.0", ...about, "--dialect", dialect);
    for (const dialect of ["dotenv", "docker", "systemd"]) {
      const { code, stdout } = await ask(dialect);
      expect(stdout).toContain(`the configured key counts as none: it is ${variable}`);
      expect(code).toBe(1);
    }
    expect(await ask("compose")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("and a key is configured") as string,
    });
  });
});
