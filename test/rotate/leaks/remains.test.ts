import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { findRemains } from "../../../src/rotate/leaks/remains.js";
import { jean2 } from "../../../src/systems/jean2/jean2.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testMachine, type TestMachine } from "../../helpers/machine.js";
import { testCli } from "../../helpers/run-cli.js";

const bare = { PATH: process.env["PATH"] };

function put(machine: TestMachine, name: string, text: string): string {
  const path = join(machine.home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function search(machine: TestMachine, key = keyA) {
  return findRemains(key, join(machine.home, ".jean2", ".env"), jean2, machine);
}

describe("what still holds a leaked key", () => {
  it("is found in histories, profiles, logs, places of the key and the environment", async () => {
    const machine = testMachine({ env: { ...bare, MY_TOKEN: `x${keyA}`, HISTFILE: "/no/such" } });
    put(machine, ".jean2/.env", `A=1\nOLD=${keyA}\n`);
    put(machine, ".bash_history", `ls\ncurl -H "Authorization: Bearer ${keyA}" x\nls\n`);
    put(machine, ".local/share/fish/fish_history", `- cmd: export A=${keyA}`);
    put(machine, ".zshrc", `export JEAN2_AUTH_TOKEN=${keyA}\r\n`);
    put(machine, ".jean2/server.log", `GET /?a\nGET /api?token=${keyA}&b=1\n`);
    put(machine, ".zsh_history", `: 1:0;echo ${keyB}\n`);
    const { places, notes } = await search(machine);
    const found = places.map(({ path, line, commit }) => [
      path.replace(`${machine.home}/`, ""),
      line,
      commit,
    ]);
    expect(found.sort((one, other) => (String(one) < String(other) ? -1 : 1))).toEqual([
      [".bash_history", 2, null],
      [".jean2/.env", 2, null],
      [".jean2/server.log", 2, null],
      [".local/share/fish/fish_history", 1, null],
      [".zshrc", 1, null],
      ["env:MY_TOKEN", null, null],
    ]);
    expect(notes).toEqual([]);
  });

  it("is found in the spelling of URLs", async () => {
    const key = "a+b/c=dEfGhIjKlMnOpQrStUvWxYz0123456789AB";
    const machine = testMachine({ env: bare });
    const log = put(
      machine,
      ".jean2/server.log",
      `?token=${encodeURIComponent(key)}\n?token=${encodeURIComponent(key).toLowerCase()}\n`,
    );
    expect((await search(machine, key)).places).toEqual([{ path: log, line: 1, commit: null }]);
  });

  it("is found across the pieces in which a long file is read, and counted", async () => {
    const machine = testMachine({ env: bare });
    const log = put(machine, ".jean2/server.log", "");
    for (let i = 1; i <= 30; i++) appendFileSync(log, `${"x".repeat(7919)}\n${keyA}\n`);
    const { places, notes } = await search(machine);
    expect(places.map(({ line }) => line)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    expect(notes).toEqual([`${log} holds the old key on 20 more lines`]);
  });

  it("is found in whatever git ever held, lost commits included", async () => {
    const machine = testMachine({ env: bare });
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...args], {
        cwd: machine.home,
        encoding: "utf8",
        env: { ...bare, HOME: machine.home, GIT_CONFIG_NOSYSTEM: "1" },
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    git("init", "-q");
    put(machine, ".jean2/.env", `# a\n# b\nJEAN2_AUTH_TOKEN=${keyA}\n`);
    git("add", "-A");
    git("commit", "-qm", "one");
    const one = git("rev-parse", "HEAD");
    put(machine, ".jean2/.env", `# a\n# b\nJEAN2_AUTH_TOKEN=${keyB}\n`);
    git("commit", "-qam", `two, and not ${keyA}`);
    const two = git("rev-parse", "HEAD");
    put(machine, "a file", `+++ b/x\n--- a/y\n${keyA}\n`);
    git("add", "-A");
    git("commit", "-qm", "three");
    const three = git("rev-parse", "HEAD");
    git("reset", "-q", "--hard", two);
    rmSync(join(machine.home, "a file"), { force: true });
    const { places, notes } = await search(machine);
    const env = join(machine.home, ".jean2", ".env");
    expect(notes).toEqual([]);
    expect(places).toEqual(
      expect.arrayContaining([
        { path: env, line: 3, commit: one },
        { path: env, line: 3, commit: two },
        { path: join(machine.home, "a file"), line: 3, commit: three },
      ]),
    );
    expect(places).toHaveLength(3);
  });

  it("is looked for in a repository whose settings would run a program", async () => {
    const machine = testMachine({ env: bare });
    const mark = join(machine.home, "ran");
    const trap = put(machine, "trap", `#!/bin/sh\n: > '${mark}'\n`);
    chmodSync(trap, 0o755);
    const git = (input: string, ...args: string[]) =>
      execFileSync("git", args, {
        cwd: machine.home,
        encoding: "utf8",
        env: { ...bare, HOME: machine.home, GIT_CONFIG_NOSYSTEM: "1" },
        input,
        stdio: ["pipe", "pipe", "ignore"],
      }).trim();
    git("", "init", "-q");
    const tree = git("", "write-tree");
    const signature = "-----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----";
    const commit = `tree ${tree}\nauthor x <x@x> 0 +0000\ncommitter x <x@x> 0 +0000\ngpgsig ${signature}\n\nm\n`;
    const id = git(commit, "hash-object", "-t", "commit", "-w", "--stdin");
    git("", "update-ref", "HEAD", id);
    git("", "config", "log.showSignature", "true");
    git("", "config", "gpg.program", trap);
    // The trap works: a plain `git log` falls into it.
    git("", "log");
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
    await search(machine);
    expect(existsSync(mark)).toBe(false);
  });

  it("is not looked for where it would be found in anything", async () => {
    const machine = testMachine({ env: bare });
    put(machine, ".bash_history", "1234567\n");
    expect(await search(machine, "1234567")).toEqual({
      places: [],
      notes: ["the old key is so short that it stands in any text"],
    });
  });
});

describe("token rotate --leaked", () => {
  function prepare() {
    const cli = testCli({ env: bare });
    put(cli, ".jean2/.env", `JEAN2_AUTH_TOKEN=${keyA}\n`);
    return cli;
  }

  it("lists what still holds the old key, and never prints it", async () => {
    const cli = prepare();
    const history = put(cli, ".bash_history", `ls\nexport K=${keyA}\n`);
    const { code, stdout, stderr } = await cli.run("jean2", "token", "rotate", "--leaked");
    expect(code).toBe(0);
    expect(stderr).toContain(`jean2: warning: the old key is still in ${history}:2\n`);
    expect(stdout + stderr).not.toContain(keyA);
  });

  it("lists them in JSON", async () => {
    const cli = prepare();
    const path = put(cli, ".bash_history", `export K=${keyA}\n`);
    const { stdout } = await cli.run("jean2", "token", "rotate", "--leaked", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ remains: [{ path, line: 1, commit: null }] });
    expect(stdout).not.toContain(keyA);
  });

  it("says so when nothing else is known to hold it", async () => {
    const { stderr } = await prepare().run("jean2", "token", "rotate", "--leaked");
    expect(stderr).toContain("no other known place holds the old key");
  });
});

describe("what still holds a key that was replaced without a leak", () => {
  const beside = [".env.bak", ".env~", ".env.old", ".env.orig", ".env.save", ".env.swp", "#.env#"];

  /** A Jean2 whose key stands in many places. */
  function prepare(oldKey = keyA) {
    const cli = testCli({ env: { JEAN2_AUTH_TOKEN: oldKey, OLD_KEY: oldKey } });
    put(cli, ".jean2/.env", `# was ${oldKey}\nJEAN2_AUTH_TOKEN=${oldKey}\n`);
    for (const name of beside) put(cli, `.jean2/${name}`, `A=1\nJEAN2_AUTH_TOKEN=${oldKey}\n`);
    put(cli, ".netrc", `machine x login y password ${oldKey}\n`);
    put(cli, ".cursor/mcp.json", `{"token": "${oldKey}"}\n`);
    put(cli, ".bashrc", `export JEAN2_AUTH_TOKEN=${oldKey}\n`);
    put(cli, ".bash_history", `echo ${oldKey}\n`);
    put(cli, ".jean2/other.txt", `${oldKey}\n`);
    return cli;
  }
  const inUse = [
    ...beside.map((name) => `.jean2/${name}:2`),
    ".jean2/.env:1",
    ".netrc:1",
    ".cursor/mcp.json:1",
    ".bashrc:1",
    "env:JEAN2_AUTH_TOKEN",
  ].sort();

  it.each([
    ["token rotate", ""],
    ["token set", keyB],
  ])("is told after %s, and is no fault", async (words, stdin) => {
    const cli = prepare();
    const { code, stdout, stderr } = await testCli({ ...cli, stdin }).run(
      "keyward",
      ...words.split(" "),
    );
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(keyA);
    const told = [...stderr.matchAll(/^keyward: the old key is still in (.*)$/gm)].map(
      ([, place = ""]) => place.replace(`${cli.home}/`, ""),
    );
    expect(told.sort()).toEqual(inUse);
  });

  it("is in the JSON, with all else where the key was leaked", async () => {
    const list = async (...flags: string[]) => {
      const cli = prepare();
      const { stdout } = await cli.run("keyward", "token", "rotate", "--json", ...flags);
      expect(stdout).not.toContain(keyA);
      const { remains } = JSON.parse(stdout) as {
        remains: { path: string; line: number | null }[];
      };
      const name = (path: string) => path.replace(`${cli.home}/`, "");
      return remains
        .map(({ path, line }) => (line === null ? path : `${name(path)}:${line}`))
        .sort();
    };
    expect(await list()).toEqual(inUse);
    expect(await list("--leaked")).toEqual([...inUse, ".bash_history:1", "env:OLD_KEY"].sort());
  });

  it("is not looked for where the old value was no key", async () => {
    const cli = prepare("your-secret-token");
    const { code, stderr } = await cli.run("keyward", "token", "rotate");
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("the old key is still in")]);
  });

  it("is said for nothing but regular files beside it", async () => {
    const cli = testCli();
    put(cli, ".jean2/.env", `JEAN2_AUTH_TOKEN=${keyA}\n`);
    const secret = put(cli, "elsewhere", `${keyA}\n`);
    symlinkSync(secret, join(cli.home, ".jean2/.env.bak"));
    mkdirSync(join(cli.home, ".jean2/.env.d"));
    const { stderr } = await cli.run("keyward", "token", "rotate");
    expect(stderr).not.toContain("the old key is still in");
  });
});
