import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { keyA, keyB } from "../../helpers/keys.js";
import { testCli } from "../../helpers/run-cli.js";

/** A home with Jean2's file, and a command that writes its environment and arguments to a file. */
function prepare(text: string | null, overrides: Parameters<typeof testCli>[0] = {}) {
  const { env, ...rest } = overrides;
  const cli = testCli({ env: { PATH: process.env["PATH"], ...env }, ...rest });
  mkdirSync(join(cli.home, ".jean2"));
  if (text !== null) writeFileSync(join(cli.home, ".jean2", ".env"), text, { mode: 0o600 });
  const out = join(cli.home, "seen.json");
  const server = join(cli.home, "server.cjs");
  writeFileSync(
    server,
    `require("fs").writeFileSync(${JSON.stringify(out)}, JSON.stringify({ env: process.env, argv: process.argv.slice(2) }))`,
  );
  return {
    cli,
    server,
    run: (...words: string[]) =>
      cli.run("keyward", "run", "--system", "jean2", "--", process.execPath, server, ...words),
    see: () =>
      JSON.parse(readFileSync(out, "utf8")) as {
        env: Record<string, string>;
        argv: string[];
      },
  };
}

const one = `JEAN2_AUTH_TOKEN=${keyA}\n`;

describe("run", () => {
  it("adds the key to the environment, and changes nothing else", async () => {
    const { cli, run, see } = prepare(one, { env: { A: "1", KEYWARD_JEAN2: "/x" } });
    const { code, stdout, stderr } = await run("--port", "1", "a b", "--json");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
    const { env, argv } = see();
    expect(env).toMatchObject({ A: "1", KEYWARD_JEAN2: "/x", JEAN2_AUTH_TOKEN: keyA });
    expect(Object.keys(env).sort()).toEqual(
      ["A", "HOME", "JEAN2_AUTH_TOKEN", "KEYWARD_JEAN2", "PATH"].sort(),
    );
    expect(env["HOME"]).toBe(cli.home);
    expect(argv).toEqual(["--port", "1", "a b", "--json"]);
  });

  it("gives the key that counts: an exported one before the file's", async () => {
    const { run, see } = prepare(one, { env: { JEAN2_AUTH_TOKEN: keyB } });
    await run();
    expect(see().env["JEAN2_AUTH_TOKEN"]).toBe(keyB);
  });

  it.each([
    ["nothing, where the server listens everywhere", [], {}],
    ["--host", ["--host", "0.0.0.0"], { JEAN2_HOST: "127.0.0.1" }],
    ["--host=", ["--host=192.168.1.5"], { JEAN2_HOST: "127.0.0.1" }],
    ["the last of several", ["--host", "127.0.0.1", "--host", "::"], {}],
    ["-h, as Jean2 spells it", ["-h", "0.0.0.0"], { JEAN2_HOST: "127.0.0.1" }],
    ["--host without a word", ["--host"], { JEAN2_HOST: "127.0.0.1" }],
    ["the variable", [], { JEAN2_HOST: "192.168.1.5" }],
    ["no host at all", ["--host", "127.1"], {}],
  ])("refuses an unsafe host by %s", async (_, words, env) => {
    const { run, see } = prepare(null, { env });
    const { code, stdout, stderr } = await run(...words);
    expect([code, stdout]).toEqual([125, ""]);
    expect(stderr).toMatch(/^keyward: .*(?:no key is configured|is not a host to listen on)/);
    expect(see).toThrow("ENOENT");
  });

  it.each([
    [["--host", "127.0.0.1"], {}],
    [["--host", "0.0.0.0", "--host=::1"], {}],
    [[], { JEAN2_HOST: "localhost" }],
  ])("starts without a key on loopback: %j %j", async (words, env) => {
    const { run, see } = prepare(null, { env });
    expect((await run(...words)).code).toBe(0);
    expect(see().env).not.toHaveProperty("JEAN2_AUTH_TOKEN");
  });

  it("does not count a placeholder as a key", async () => {
    const { code, stderr } = await prepare("JEAN2_AUTH_TOKEN=your-secret-token\n").run();
    expect(code).toBe(125);
    expect(stderr).toContain("the configured key counts as none: it is a placeholder");
  });

  it("gives a server the key of the file that only its service reads", async () => {
    const { cli, server, see } = prepare(null);
    const file = join(cli.home, ".config", "jean-server", "jean-server.env");
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, `JEAN_TOKEN=${keyB}\n`, { mode: 0o600 });
    const user = { uid: 1000, gid: 1000, name: "someone" };
    const asUser = testCli({ home: cli.home, env: { PATH: process.env["PATH"] }, user });
    const argv = ["run", "--system", "jean", "--", process.execPath, server];
    expect((await asUser.run("keyward", ...argv)).code).toBe(0);
    expect(see().env["JEAN_TOKEN"]).toBe(keyB);
  });

  it.each([
    ["no-such-command", 127, "there is no command no-such-command"],
    ["./no-such-file", 127, "there is no command ./no-such-file"],
    ["./plain", 126, "./plain cannot be run: permission denied"],
    ["./no-interpreter", 126, "./no-interpreter cannot be run: its interpreter is missing"],
  ])("ends as env does when it cannot start %s: %i", async (command, status, message) => {
    const { cli } = prepare(one, { env: { PATH: "/nowhere" } });
    writeFileSync(join(cli.cwd, "plain"), "");
    writeFileSync(join(cli.cwd, "no-interpreter"), "#!/no/such/program\n", { mode: 0o755 });
    const argv = [command.replace("./", `${cli.cwd}/`)];
    const { code, stderr } = await cli.run("keyward", "run", "--", ...argv);
    expect(code).toBe(status);
    expect(stderr).toContain(message.replace("./", `${cli.cwd}/`));
    expect(stderr).toContain("keyward: hint: ");
  });

  it.each([
    [["--bind", "loopback"], 0],
    [["--bind-addr", "127.0.0.1:80"], 0],
    [["--bind", "lan"], 125],
    [["--hostname", "0.0.0.0"], 125],
  ])("reads another server's own flag: %j", async (words, status) => {
    const { cli, server } = prepare(null);
    const argv = ["run", "--system", "generic", "--", process.execPath, server, ...words];
    expect((await cli.run("keyward", ...argv)).code).toBe(status);
  });

  it.each([[["run"]], [["run", "--system", "jean2", "--"]]])("%j is not enough", async (argv) => {
    const { code, stderr } = await prepare(one).cli.run("keyward", ...argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining("missing required argument")]);
  });
});
