import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { FROZEN_NOW } from "../../../helpers/machine.js";
import { testCli } from "../../../helpers/run-cli.js";

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
      valueKind: null,
      mode: "0600",
      owner: cli.user.name,
      git: "outside",
      effective: true,
      shadowedBy: null,
      ignored: null,
      unseen: null,
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

  it("tells the age of a key that keyward has put there, and of no other", async () => {
    const { cli, file, status } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    expect((await status()).effective).toMatchObject({ changed: null });
    const week = 7 * 86_400_000;
    const past = { now: () => FROZEN_NOW - week, monotonic: () => 0 };
    const before = testCli({ home: cli.home, clock: past });
    expect((await before.run("jean2", "token", "rotate")).code).toBe(0);
    expect((await status()).effective).toMatchObject({ changed: "2025-12-26T03:04:05.678Z" });
    const { stdout } = await cli.run("jean2", "auth");
    expect(stdout).toContain("  set 7 days ago (2025-12-26)\n");
    writeFileSync(file, `JEAN2_AUTH_TOKEN=${keyB}\n`);
    expect((await status()).effective).toMatchObject({ changed: null });
  });

  it("tells all else where the history cannot be read", async () => {
    const { cli, status } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`);
    mkdirSync(join(cli.home, ".local/state/keyward/history.jsonl"), { recursive: true });
    expect((await status()).effective).toMatchObject({ strength: "strong", changed: null });
  });

  it("tells what git makes of the file", async () => {
    const PATH = process.env["PATH"] ?? "";
    const { cli, status } = prepare(`JEAN2_AUTH_TOKEN=${keyA}\n`, { PATH });
    execFileSync("git", ["-C", cli.home, "init", "--quiet"], { env: cli.env });
    const { locations, findings } = await status();
    expect(locations[0]).toMatchObject({ git: "exposed" });
    expect(findings.map(({ id }) => id)).toEqual(["git-exposed"]);
    const { stdout } = await cli.run("jean2", "auth");
    expect(stdout).toContain(`0600  ${cli.user.name}  not ignored by git`);
  });

  it("says why a line is not read", async () => {
    const { status } = prepare(`export JEAN2_AUTH_TOKEN=${keyA}\n`);
    const { authentication, findings } = await status();
    expect(authentication).toBe("off");
    expect(findings).toMatchObject([
      { id: "export-line", fix: "keyward --system jean2 doctor --fix" },
      { id: "no-key", fix: "jean2 auth generate-key --write" },
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

  it("shows control characters of a link's target instead of obeying them", async () => {
    const { cli, file } = prepare(null);
    mkdirSync(join(cli.home, ".jean2"));
    symlinkSync("gone\u001b]0;mine\u0007", file);
    const { code, stderr } = await cli.run("jean2", "auth");
    expect(code).toBe(3);
    expect(stderr).toContain(String.raw`gone\u{1b}]0;mine\u{7}`);
    expect(stderr).not.toContain("\u0007");
    expect(stderr).not.toContain("\u001b");
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

describe("keyward auth status", () => {
  it("knows what HAIP's server reads, and says that it is little", async () => {
    const cli = testCli();
    writeFileSync(join(cli.home, ".env"), `JWT_SECRET=${keyA}\n`, { mode: 0o600 });
    const { code, stdout } = await cli.run("keyward", "auth", "status", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      system: "haip",
      authentication: "unknown",
      effective: { location: join(cli.home, ".env"), fingerprint: fingerprintKey(keyA) },
      findings: [{ id: "haip-not-read", severity: "info" }],
    });
  });

  it("knows that a Jean without a token takes one of its own", async () => {
    const cli = testCli();
    const argv = ["--system", "jean", "auth", "status", "--json", "--launch", "foreground"];
    const { stdout } = await cli.run("keyward", ...argv);
    expect(JSON.parse(stdout)).toMatchObject({
      system: "jean",
      authentication: "on",
      effective: null,
      findings: [{ id: "no-key" }],
    });
  });
});
