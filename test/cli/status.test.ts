import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { keyA, keyB } from "../helpers/keys.js";
import { testCli } from "../helpers/run-cli.js";

interface StatusJson {
  authentication: string;
  launch: string;
  effective: object | null;
  locations: Record<string, unknown>[];
  programs: object[];
  findings: { id: string; severity: string }[];
}

function prepare(text: string | null, env: Record<string, string> = {}) {
  const cli = testCli({ env });
  const file = join(cli.home, ".jean2", ".env");
  if (text !== null) {
    mkdirSync(join(cli.home, ".jean2"));
    writeFileSync(file, text, { mode: 0o600 });
  }
  const status = async (...options: string[]) => {
    const { code, stdout } = await cli.run("jean2", "auth", "status", "--json", ...options);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    return JSON.parse(stdout) as StatusJson;
  };
  return { cli, file, status };
}

describe("jean2 auth status", () => {
  it("tells of a key in the file that counts", async () => {
    const { cli, file, status } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { locations, ...rest } = await status();
    const named = { fingerprint: fingerprintKey(keyA), masked: "Vb3k…qSrE" };
    expect(rest).toMatchObject({
      system: "jean2",
      launch: "daemon",
      authentication: "on",
      effective: { location: file, ...named },
      findings: [],
    });
    expect(locations[0]).toEqual({
      location: file,
      kind: "env-file",
      exists: true,
      set: true,
      ...named,
      strength: "strong",
      mode: "0600",
      owner: cli.user.name,
      git: "outside",
      effective: true,
      shadowedBy: null,
      ignored: null,
    });
  });

  it.each([
    [null, "off", ["no-key"]],
    ["JEAN2_AUTH_TOKEN=\n", "off", ["no-key"]],
    ["# JEAN2_AUTH_TOKEN=x\n", "off", ["no-key"]],
    ["JEAN2_AUTH_TOKEN=your-secret-token\n", "on", ["placeholder-key"]],
    [`JEAN2_AUTH_TOKEN=${keyA.slice(0, 20)}\n`, "on", ["weak-key"]],
    [`JEAN2_AUTH_TOKEN=${keyA}\nJEAN2_AUTH_TOKEN=${keyB}\n`, "on", ["duplicate"]],
  ])("%j: authentication %s, findings %j", async (text, authentication, ids) => {
    const found = await prepare(text).status();
    expect(found.authentication).toBe(authentication);
    expect(found.findings.map(({ id }) => id)).toEqual(ids);
  });

  it("says that an empty value switches authentication off", async () => {
    const { cli } = prepare("JEAN2_AUTH_TOKEN=\n");
    const { stdout } = await cli.run("jean2", "auth");
    expect(stdout).toContain("authentication off");
    expect(stdout).toContain("is empty in");
  });

  it("finds a mode that lets others read", async () => {
    const { file, status } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    chmodSync(file, 0o644);
    const { findings, locations } = await status();
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual([["mode", "warning"]]);
    expect(locations[0]).toMatchObject({ mode: "0644" });
  });

  it("warns of an exported token that the daemon does not get, and does not obey it", async () => {
    const { status } = prepare(null, { JEAN2_AUTH_TOKEN: keyB });
    const { authentication, findings } = await status();
    expect(authentication).toBe("off");
    expect(findings.map(({ id }) => id)).toEqual(["no-key", "not-read"]);
  });

  it("sees the file shadowed by the shell of a foreground server", async () => {
    const { file, status } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`, { JEAN2_AUTH_TOKEN: keyB });
    const { locations, effective } = await status("--launch", "foreground");
    expect(effective).toMatchObject({ location: "env:JEAN2_AUTH_TOKEN" });
    expect(locations.find(({ location }) => location === file)).toMatchObject({
      effective: false,
      shadowedBy: "env:JEAN2_AUTH_TOKEN",
    });
  });

  it("sees the working folder's .env win over the data folder's, in the runtime's dialect", async () => {
    const { cli, status } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    writeFileSync(join(cli.home, ".env"), `export JEAN2_AUTH_TOKEN="${keyB}" # project\n`);
    const { effective } = await status("--launch", "foreground");
    expect(effective).toMatchObject({
      location: join(cli.home, ".env"),
      fingerprint: fingerprintKey(keyB),
    });
  });

  it("lists what each name reaches", async () => {
    const { programs } = await prepare(null).status();
    expect(programs).toMatchObject([
      { name: "keyward", path: null, ours: false },
      { name: "jarvis", path: null, ours: false },
      { name: "jean2", path: null, ours: false },
    ]);
  });

  it("fits a screen for people", async () => {
    const { cli, file } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { stdout } = await cli.run("jean2", "auth");
    expect(stdout).toContain(
      `Jean2 (daemon): authentication on  Vb3k…qSrE  ${fingerprintKey(keyA)}\n`,
    );
    expect(stdout).toContain(`* ${file}`);
    expect(stdout.split("\n").length).toBeLessThan(24);
  });

  it("cannot tell when the file cannot be read", async () => {
    const { cli, file } = prepare(null);
    mkdirSync(file, { recursive: true });
    const { code, stdout } = await cli.run("jean2", "auth", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "not-a-file" } });
  });
});

describe("jarvis auth status", () => {
  it("reads config.toml where OPENJARVIS_HOME says", async () => {
    const cli = testCli();
    const folder = join(cli.home, "oj");
    mkdirSync(folder);
    writeFileSync(join(folder, "config.toml"), `server.auth.api_key = """${keyA}"""\n`);
    const env = { ...cli.env, OPENJARVIS_HOME: folder };
    const { stdout } = await testCli({ home: cli.home, env }).run("jarvis", "auth", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      system: "openjarvis",
      launch: "foreground",
      effective: { location: join(folder, "config.toml"), fingerprint: fingerprintKey(keyA) },
    });
  });
});
