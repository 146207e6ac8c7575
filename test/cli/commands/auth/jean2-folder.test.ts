import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { startLive } from "../../../helpers/live-server.js";
import { temporaryFolder, testMachine, type TestMachine } from "../../../helpers/machine.js";
import { testCli } from "../../../helpers/run-cli.js";

const token = (key: string) => `JEAN2_AUTH_TOKEN=${key}\n`;

interface Given {
  /** Files of the folder that the daemon works in; null for no daemon. */
  readonly daemon?: Readonly<Record<string, string>> | null;
  readonly env?: Record<string, string>;
  /** Files of the folder that keyward works in. */
  readonly here?: Readonly<Record<string, string>>;
  readonly machine?: Partial<TestMachine>;
  readonly host?: string;
}

/** A Jean2 with a key in its own file, and a process in the place of its daemon. */
async function prepare({ daemon = null, env = {}, here = {}, machine = {}, host }: Given) {
  const { home } = testMachine();
  const folder = temporaryFolder();
  const cwd = temporaryFolder();
  const own = join(home, ".jean2", ".env");
  mkdirSync(join(home, ".jean2"));
  writeFileSync(own, token(keyA), { mode: 0o600 });
  for (const [name, text] of Object.entries(daemon ?? {})) writeFileSync(join(folder, name), text);
  for (const [name, text] of Object.entries(here)) writeFileSync(join(cwd, name), text);
  if (daemon !== null) {
    const { pid, port } = await startLive({ cwd: folder, env, host: "0.0.0.0" });
    const live = { pid, port, host: host ?? "0.0.0.0", startedAt: "2026-01-01" };
    writeFileSync(join(home, ".jean2", "server.pid"), JSON.stringify(live));
  }
  const cli = testCli({ home, cwd, ...machine });
  const run = async (...argv: string[]) => {
    const result = await cli.run("jean2", ...argv);
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    return result;
  };
  const ask = async (...argv: string[]) => {
    const { code, stdout } = await run(...argv, "--json");
    return { code, json: JSON.parse(stdout) as Record<string, unknown> };
  };
  return { cli, run, ask, own, folder, cwd, home };
}

describe.skipIf(process.platform !== "linux")(
  "the folder that Jean2's daemon was started in",
  () => {
    it.each([".env", ".env.local", ".env.development", ".env.development.local"])(
      "opens it by an empty key in %s",
      async (name) => {
        const { cli, run, ask, own, folder } = await prepare({
          daemon: { [name]: "A=1\n" + token("") },
        });
        const file = join(folder, name);
        const status = await ask("auth", "status");
        expect(status).toMatchObject({
          code: 0,
          json: {
            launch: "daemon",
            authentication: "off",
            effective: { location: file },
            locations: [
              { location: file, effective: true },
              { location: own, effective: false, shadowedBy: file },
              { location: "env:JEAN2_AUTH_TOKEN" },
            ],
          },
        });
        const shown = await run("auth", "status");
        expect(shown.stdout).toContain(`JEAN2_AUTH_TOKEN is empty in ${file}`);
        expect(shown.stdout).toContain(`remove line 2 of ${file}`);
        expect(shown.stdout).not.toContain(`of ${own}`);
        const check = await ask("auth", "check");
        expect(check).toMatchObject({ code: 1, json: { host: "0.0.0.0", safe: false } });
        const { stderr } = await run("auth", "check");
        expect(stderr).toContain(`hint: remove line 2 of ${file}, and restart the server`);
        const doctor = await cli.run("keyward", "--system", "jean2", "doctor");
        expect(doctor.code).toBe(1);
        expect(doctor.stdout).toContain(`the key in ${own} is not in force: ${file} wins over it`);
        expect(doctor.stdout).not.toContain("generate-key");
        const before = readFileSync(own);
        const rotation = await run("token", "rotate");
        expect(rotation.code).toBe(3);
        expect(rotation.stderr).toContain(`JEAN2_AUTH_TOKEN is set in ${file}`);
        expect(readFileSync(own)).toEqual(before);
      },
    );

    it("brings another key, which is the one in force", async () => {
      const { ask, run, folder, own } = await prepare({ daemon: { ".env": token(keyB) } });
      const file = join(folder, ".env");
      expect(await ask("auth", "status")).toMatchObject({
        json: {
          authentication: "on",
          effective: { location: file, fingerprint: fingerprintKey(keyB) },
        },
      });
      expect(await ask("auth", "check")).toMatchObject({ code: 0, json: { safe: true } });
      const { stdout } = await run("auth", "status");
      expect(stdout).toContain(`the key in ${own} is not in force: ${file} wins over it`);
      expect(stdout).toContain(`remove line 1 of ${file}`);
    });

    it.each<[string, Given]>([
      ["without any such file", { daemon: {} }],
      ["with one about something else", { daemon: { ".env": "A=1\n" } }],
      ["with one of another mode", { daemon: { ".env.production": token("") } }],
      ["with one of another folder than keyward's", { daemon: {}, here: { ".env.x": token("") } }],
    ])("leaves the word to Jean2's own file %s", async (_, given) => {
      const { ask, own } = await prepare(given);
      expect(await ask("auth", "status")).toMatchObject({
        json: { authentication: "on", effective: { location: own } },
      });
      expect(await ask("auth", "check")).toMatchObject({ code: 0 });
    });

    it("is read in the daemon's own mode", async () => {
      const daemon = { ".env.production": token("") };
      const { ask } = await prepare({ daemon, env: { NODE_ENV: "production" } });
      expect(await ask("auth", "status")).toMatchObject({ json: { authentication: "off" } });
    });

    it("may be the folder of Jean2's own file", async () => {
      const { home } = await prepare({});
      const { pid, port } = await startLive({ cwd: join(home, ".jean2"), host: "0.0.0.0" });
      const live = { pid, port, host: "0.0.0.0" };
      writeFileSync(join(home, ".jean2", "server.pid"), JSON.stringify(live));
      const cli = testCli({ home });
      const { code, stdout } = await cli.run("jean2", "token", "rotate", "--dry-run");
      expect(stdout).toContain(`would change ${join(home, ".jean2", ".env")}`);
      expect(code).toBe(0);
    });

    it.each<[string, Partial<TestMachine>]>([
      ["elsewhere than on Linux", { platform: "darwin" }],
      ["of another user", { user: { uid: 12_345, gid: 12_345, name: "other" } }],
    ])("cannot be told %s", async (_, machine) => {
      const root = process.getuid?.() === 0 && machine.user !== undefined;
      // Root's own daemon may be looked into by nobody but root.
      const unreadable = root ? withoutProc() : {};
      const { ask, run, own, home } = await prepare({
        daemon: {},
        machine: { ...machine, ...unreadable },
      });
      const place = join(home, ".jean2", "server.pid");
      expect(await ask("auth", "status")).toMatchObject({
        code: 0,
        json: {
          authentication: "unknown",
          locations: [{ location: place, kind: "unseen" }, { location: own }, {}],
        },
      });
      expect(await ask("auth", "check")).toMatchObject({
        code: 3,
        json: { safe: null, keyConfigured: null, reason: { code: "cannot-be-told" }, place },
      });
      const { stdout, stderr } = await run("auth", "check");
      expect(stdout).toMatch(
        /the folder that process \d+ was started in, whose \.env files win, cannot be seen/,
      );
      expect(stderr).toContain("auth probe");
      const loopback = await ask("auth", "check", "--host", "127.0.0.1");
      expect(loopback).toMatchObject({ code: 0, json: { safe: true } });
    });
  },
);

/** A kernel that shows no process. */
function withoutProc(): Partial<TestMachine> {
  const { fs } = testMachine();
  return {
    fs: new Proxy(fs, {
      get: (target, name) =>
        name === "readlinkSync"
          ? () => {
              throw Object.assign(new Error(), { code: "EACCES" });
            }
          : (Reflect.get(target, name) as unknown),
    }),
  };
}

describe("a folder in which Jean2 must not be started", () => {
  const commands: [string[], number][] = [
    [["auth", "status"], 0],
    [["auth", "check"], 0],
    [["token", "rotate"], 0],
    [["doctor"], 1],
  ];
  const traps: [string, string, string][] = [
    [".env", token(""), "1 empties JEAN2_AUTH_TOKEN: a Jean2 that is started"],
    [".env.local", `A=1\n${token(keyB)}`, "2 sets JEAN2_AUTH_TOKEN: a Jean2 that is started"],
    [".env", "\nJEAN2_HOST=0.0.0.0\n", "2 sets JEAN2_HOST: a Jean2 that is started"],
  ];
  it.each(commands.flatMap(([argv, code]) => traps.map((trap) => [argv, code, ...trap] as const)))(
    "%j warns, exit %d, of %s with %j",
    async (argv, code, name, text, words) => {
      const { cwd, home } = await prepare({ here: { [name]: text } });
      const cli = testCli({ home, cwd });
      const result = await cli.run("keyward", "--system", "jean2", ...argv);
      const said = result.stdout + result.stderr;
      expect(said).toContain(`${join(cwd, name)}:${words}`);
      expect(said).toContain("type it in another folder: cd / && jean2 start");
      expect(said).not.toContain(keyB);
      expect(result.code).toBe(code);
    },
  );

  it("generate-key --write warns too, and proposes to go elsewhere first", async () => {
    const { cwd, home, own } = await prepare({ here: { ".env": token("") } });
    writeFileSync(own, "");
    const cli = testCli({ home, cwd });
    const { code, stderr } = await cli.run("jean2", "auth", "generate-key", "--write");
    expect(code).toBe(0);
    expect(stderr).toContain(`${join(cwd, ".env")}:1 empties JEAN2_AUTH_TOKEN`);
    expect(stderr).toContain("hint: (cd / && jean2 restart) && jean2 auth probe");
  });

  it("is not warned of where nothing is to be said", async () => {
    const { run } = await prepare({ here: { ".env": "A=1\n" } });
    const { stderr } = await run("token", "rotate");
    expect(stderr).not.toContain("folder");
    expect(stderr).toContain("hint: jean2 restart && jean2 auth probe");
  });

  it("a foreground server's is told of as the line to remove", async () => {
    const { run, cwd, own } = await prepare({ here: { ".env": token(keyB) } });
    const { stdout } = await run("auth", "status", "--launch", "foreground");
    expect(stdout).toContain(
      `the key in ${own} is not in force: ${join(cwd, ".env")} wins over it`,
    );
    expect(stdout).toContain(`remove line 1 of ${join(cwd, ".env")}`);
    expect(stdout).not.toContain(`of ${own}`);
  });
});
