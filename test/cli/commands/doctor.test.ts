import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { acquireLock } from "../../../src/files/lock.js";
import { createReferenceServer } from "../../../src/reference-server/index.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testCli, type TestCli } from "../../helpers/run-cli.js";
import { startHttp } from "../../probe/servers.js";

interface Report {
  systems: { system: string; servers: string[]; location: string | null; probe: object | null }[];
  findings: { id: string; severity: string; message: string; system: string | null; fix: string }[];
  fixed: { id: string; location: string; message: string }[];
  failed: { id: string; reason: string }[];
}

/** A machine on which nothing listens where Jean2 would. */
function prepare(files: Record<string, string> = {}, env: Record<string, string> = {}): TestCli {
  const cli = testCli({ env: { JEAN2_PORT: "1", JEAN2_HOST: "127.0.0.1", ...env } });
  for (const [path, text] of Object.entries(files)) put(cli, path, text);
  return cli;
}

function put(cli: TestCli, path: string, text: string, mode = 0o600): string {
  const file = join(cli.home, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

/** Runs it with --json and --debug; no key may come out of that. */
async function examine(cli: TestCli, ...options: string[]) {
  const argv = ["doctor", "--json", "--debug", ...options];
  const { code, stdout, stderr } = await cli.run("keyward", ...argv);
  expect(stdout + stderr).not.toMatch(new RegExp(`${keyA}|${keyB}`));
  const report = JSON.parse(stdout) as Report;
  return { code, ...report, ids: report.findings.map(({ id }) => id) };
}

const jean2 = { ".jean2/.env": `JEAN2_AUTH_TOKEN=${keyA}\n` };
const openjarvis = {
  ".openjarvis/config.toml": `[server]\nport = 1\n[server.auth]\napi_key = "${keyB}"\n`,
};

describe("keyward doctor", () => {
  it("has nothing to say where there is nothing", async () => {
    const cli = prepare();
    const { code, stdout } = await cli.run("keyward", "doctor");
    expect([code, stdout]).toEqual([
      0,
      "no server has files here or listens on its port, and none has a name\n\nnothing to fix\n",
    ]);
    expect(await examine(cli)).toMatchObject({ systems: [], findings: [], fixed: [], failed: [] });
  });

  it.each([
    ["a pid file", ".jean2/server.pid", JSON.stringify({ pid: 2 ** 22 + 1 }), "jean2"],
    ["a data folder", ".jean2/x", "", "jean2"],
    ["a data folder", ".openjarvis/x", "", "openjarvis"],
  ])("takes %s alone, %s, for a server that is here", async (_, path, text, system) => {
    const { systems } = await examine(prepare({ [path]: text }));
    expect(systems.map((each) => each.system)).toEqual([system]);
  });

  it("fits a screen when all is well", async () => {
    const cli = prepare({ ...jean2, ...openjarvis });
    const { code, stdout } = await cli.run("keyward", "doctor");
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "Jean2 (daemon)",
        `  key in ${cli.home}/.jean2/.env`,
        "  no server answers at http://127.0.0.1:1",
        "",
        "OpenJarvis (foreground)",
        `  key in ${cli.home}/.openjarvis/config.toml`,
        "  no server answers at http://127.0.0.1:1",
        "",
        "nothing to fix",
        "",
      ].join("\n"),
    );
  });

  it("groups what it finds by server, the worst first", async () => {
    const cli = prepare({ ".jean2/.env": "JEAN2_AUTH_TOKEN=your-secret-token\n" });
    chmodSync(join(cli.home, ".jean2/.env"), 0o644);
    const { code, stdout } = await cli.run("keyward", "doctor");
    expect(code).toBe(1);
    const file = join(cli.home, ".jean2/.env");
    expect(stdout.split("\n")).toEqual([
      "Jean2 (daemon)",
      `  key in ${file}`,
      "  no server answers at http://127.0.0.1:1",
      `  error: the key in ${file} counts as none: it is a placeholder from documentation`,
      "    keyward --system jean2 token rotate",
      `  warning: ${file} has mode 0644, so other users of this machine can read the key`,
      `    chmod 0600 ${file}`,
      expect.stringMatching(
        /^ {2}info: no tunnel or proxy before port 1 was seen; not looked at: /,
      ),
      "",
      "1 error, 1 warning",
      "",
    ]);
  });

  it.each([
    ["info alone", { ...jean2, ".jean2/server.log": `/?token=${keyB}\n` }, 0, ["token-in-log"]],
    ["a warning", { ".jean2/.env": `JEAN2_AUTH_TOKEN=${keyA.slice(0, 20)}\n` }, 1, ["weak-key"]],
    [
      "an error",
      { ".jean2/.env": "JEAN2_AUTH_TOKEN=x\n" },
      1,
      ["placeholder-key", "no-exposure-seen"],
    ],
  ])("exits by what it finds: %s", async (_, files, code, ids) => {
    expect(await examine(prepare(files))).toMatchObject({ code, ids });
  });

  it.each([
    [[], ["jean2", "openjarvis"]],
    [["--system", "jean2"], ["jean2"]],
    [["--system", "openjarvis"], ["openjarvis"]],
    [["--system", "haip"], ["haip"]],
    [["--server", "lab"], ["jean2"]],
  ])("looks at what %j names", async (options, expected) => {
    const cli = prepare({ ...jean2, ...openjarvis });
    const add = ["server", "add", "lab", "--system", "jean2"];
    expect((await cli.run("keyward", ...add)).code).toBe(0);
    const { systems } = await examine(cli, ...options);
    expect(systems.map(({ system }) => system)).toEqual(expected);
  });

  it("looks at the file that --file names", async () => {
    const cli = prepare({ ...jean2, "other.env": `export JEAN2_AUTH_TOKEN=${keyA}\n` });
    const options = ["--system", "jean2", "--file", join(cli.home, "other.env")];
    const { findings } = await examine(cli, ...options);
    expect(findings).toMatchObject([
      { id: "export-line", location: join(cli.home, "other.env") },
      { id: "no-key" },
      { id: "no-exposure-seen" },
    ]);
    expect(findings[0]?.fix).toBe(`keyward --system jean2 doctor --fix --file ${options[3]}`);
  });

  it("wants to know which server a launch is of", async () => {
    const { code, stderr } = await prepare(jean2).run(
      "keyward",
      "doctor",
      "--launch",
      "foreground",
    );
    expect(code).toBe(2);
    expect(stderr).toContain("--launch wants one server, and none is named");
  });

  it("is no word of jean2's", async () => {
    const { code, stderr } = await prepare(jean2).run("jean2", "doctor");
    expect(code).toBe(3);
    expect(stderr).toContain("there is no other jean2 on the PATH to run doctor");
  });

  it("takes a name and the files it stands for as one server", async () => {
    const cli = prepare(jean2);
    await cli.run("keyward", "server", "add", "lab", "--system", "jean2");
    await cli.run("keyward", "server", "add", "home", "--system", "jean2");
    const { systems } = await examine(cli);
    expect(systems).toMatchObject([{ system: "jean2", servers: ["home", "lab"] }]);
  });

  it("finds one key in two servers", async () => {
    const cli = prepare({ ...jean2, "other/.env": `JEAN2_AUTH_TOKEN=${keyA}\n` });
    const other = join(cli.home, "other/.env");
    await cli.run("keyward", "server", "add", "home", "--system", "jean2");
    await cli.run("keyward", "server", "add", "lab", "--system", "jean2", "--file", other);
    const { code, findings } = await examine(cli);
    expect(code).toBe(1);
    expect(findings).toMatchObject([
      { id: "shared-key", fix: "keyward token rotate --server lab", location: other },
    ]);
  });

  it("cannot tell where a file cannot be read, and looks at the rest", async () => {
    const cli = prepare(openjarvis);
    mkdirSync(join(cli.home, ".jean2/.env"), { recursive: true });
    const { code, systems, findings } = await examine(cli);
    expect(code).toBe(3);
    expect(systems.map(({ system }) => system)).toEqual(["jean2", "openjarvis"]);
    expect(findings).toMatchObject([{ id: "cannot-tell", system: "jean2" }]);
  });

  it("tells of settings that it cannot use, and looks at what is here", async () => {
    const cli = prepare(jean2);
    const file = put(cli, ".config/keyward/config.json", "{");
    const { code, systems, findings } = await examine(cli);
    expect(code).toBe(1);
    expect(systems).toHaveLength(1);
    expect(findings).toMatchObject([
      { id: "settings", severity: "warning", system: null, location: file },
    ]);
  });

  it("fails where there is no home", async () => {
    const cli = testCli({ env: { HOME: undefined as unknown as string } });
    const { code, stdout } = await cli.run("keyward", "doctor", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([3, { error: { code: "no-home" } }]);
  });

  it("says which programs stand before it", async () => {
    const cli = testCli();
    const [own, real] = ["own", "real"].map((folder) => join(cli.home, folder));
    for (const folder of [own, real]) mkdirSync(folder ?? "");
    symlinkSync(join(import.meta.dirname, "../../../bin/jean2.cjs"), join(own ?? "", "jean2"));
    put(cli, "real/jean2", "#!/bin/sh\n", 0o700);
    const at = (PATH: string) => testCli({ home: cli.home, env: { PATH } });
    expect((await examine(at(`${real}:${own}`))).ids).toEqual(["program-shadowed"]);
    expect((await examine(at(`${own}:${real}`))).ids).toEqual([]);
    expect((await examine(at(`${own}`))).ids).toEqual(["program-missing"]);
  });
});

describe("keyward doctor, beside a running server", () => {
  /** Starts a Jean2 with that key, and points the machine at it. */
  async function serveBeside(cli: TestCli, key: string | null): Promise<TestCli> {
    const server = createReferenceServer({ system: "jean2", key, clock: cli.clock });
    const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
    onTestFinished(() => server.close());
    const env = { JEAN2_PORT: String(port), JEAN2_HOST: "127.0.0.1" };
    return testCli({ home: cli.home, env });
  }

  it("finds that the server has another key than its file", async () => {
    const cli = await serveBeside(prepare(jean2), keyB);
    const { code, systems, ids } = await examine(cli);
    expect(code).toBe(1);
    expect(systems).toMatchObject([{ probe: { verdict: "key-rejected" } }]);
    expect(ids).toContain("server-key-rejected");
  });

  it("finds nothing to fix where the server enforces its key", async () => {
    const cli = await serveBeside(prepare(jean2), keyA);
    const { code, systems } = await examine(cli);
    expect(systems).toMatchObject([{ probe: { verdict: "enforced" } }]);
    expect(code).toBe(0);
  });

  it.runIf(process.platform === "linux")(
    "finds one that runs open and has no file here, by its port",
    async () => {
      const cli = await serveBeside(prepare(), null);
      const { code, systems, ids } = await examine(cli);
      expect(systems).toMatchObject([
        { system: "jean2", probe: { verdict: "open" }, live: { shownBy: null } },
      ]);
      expect(ids).toContain("server-open");
      expect(code).toBe(1);
    },
  );

  it("does not take another program on that port for one", async () => {
    const other = await startHttp((_, response) => response.end("<html></html>"));
    const cli = prepare({}, { JEAN2_PORT: String(other.port) });
    expect(await examine(cli)).toMatchObject({ code: 0, systems: [], findings: [] });
    // Elsewhere nobody is seen to listen there, and nobody is asked.
    expect(other.received.length > 0).toBe(process.platform === "linux");
  });

  it("says that another program is there, which does not get the key", async () => {
    const other = await startHttp((_, response) => response.end("<html></html>"));
    const { code, ids } = await examine(prepare(jean2, { JEAN2_PORT: String(other.port) }));
    expect(code).toBe(1);
    expect(ids).toContain("server-wrong-service");
    expect(other.received.length).toBeGreaterThan(0);
    expect(other.received.join("\n")).not.toContain(keyA);
  });

  it("does not ask a server of another machine", async () => {
    const cli = prepare({ "lab.env": `JEAN2_AUTH_TOKEN=${keyA}\n` });
    const add = ["lab", "--system", "jean2", "--url", "https://lab.invalid"];
    await cli.run("keyward", "server", "add", ...add, "--file", join(cli.home, "lab.env"));
    const { code, systems } = await examine(cli);
    expect([code, systems]).toMatchObject([0, [{ servers: ["lab"], probe: null }]]);
  });
});

describe("keyward doctor --fix", () => {
  /** Something for every kind of fix. */
  function prepareTroubles() {
    const cli = prepare(
      { ".gitignore": "*.log" },
      { PATH: process.env["PATH"] ?? "", GIT_CONFIG_NOSYSTEM: "1" },
    );
    const env = put(
      cli,
      ".jean2/.env",
      `# mine\r\nOTHER="1" # one\r\nexport JEAN2_AUTH_TOKEN=${keyA}\nLAST=\xE4`,
      0o664,
    );
    put(cli, ".jean2/..env.keyward-0123456789ab.tmp", "JEAN2_AUTH", 0o600);
    put(cli, ".jean2/server.log", `/?token=${keyA}\n`, 0o644);
    put(cli, ".local/state/keyward/history.jsonl", "", 0o644);
    execFileSync("git", ["-C", cli.home, "init", "--quiet"], { env: cli.env });
    return { cli, env };
  }

  it("fixes all that it can, and has nothing to do a second time", async () => {
    const { cli, env } = prepareTroubles();
    const first = await examine(cli, "--fix");
    expect(first.failed).toEqual([]);
    expect(first.fixed.map(({ id }) => id).sort()).toEqual([
      "export-line",
      "git-exposed",
      "history-mode",
      "leftover",
      "token-in-log",
    ]);
    expect(first.ids).toEqual(["key-in-log"]);
    expect(first.code).toBe(0);
    expect(readFileSync(env, "utf8")).toBe(
      `# mine\r\nOTHER="1" # one\r\nJEAN2_AUTH_TOKEN=${keyA}\nLAST=\xE4`,
    );
    expect(readFileSync(join(cli.home, ".gitignore"), "utf8")).toBe("*.log\n/.jean2/.env\n");
    const modes = [".jean2/.env", ".jean2/server.log", ".local/state/keyward/history.jsonl"].map(
      (path) => statSync(join(cli.home, path)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    expect(existsSync(join(cli.home, ".jean2/..env.keyward-0123456789ab.tmp"))).toBe(false);
    // It makes no key, so there is nothing to remember.
    expect(readFileSync(join(cli.home, ".local/state/keyward/history.jsonl"), "utf8")).toBe("");

    const second = await examine(cli, "--fix");
    expect(second).toMatchObject({ code: 0, fixed: [], failed: [], ids: ["key-in-log"] });
  });

  it("changes nothing without --fix", async () => {
    const { cli, env } = prepareTroubles();
    const before = readFileSync(env);
    const { code, fixed } = await examine(cli);
    expect([code, fixed]).toEqual([1, []]);
    expect(readFileSync(env).equals(before)).toBe(true);
    expect(statSync(env).mode & 0o777).toBe(0o664);
  });

  it("shows each thing before it does it, on standard error", async () => {
    const cli = prepare(jean2);
    const file = join(cli.home, ".jean2/.env");
    chmodSync(file, 0o644);
    const { code, stdout, stderr } = await cli.run("keyward", "doctor", "--fix");
    expect(code).toBe(0);
    expect(stderr).toBe(
      [
        `keyward: to fix: chmod 0600 ${file} (it is 0644)`,
        `keyward: fixed: chmod 0600 ${file} (it is 0644)`,
        "",
      ].join("\n"),
    );
    expect(stdout).toMatch(/nothing to fix\n$/);
  });

  it("says what it could not do, and goes on with the rest", async () => {
    const cli = prepare(jean2);
    const file = put(cli, ".jean2/.env", `export JEAN2_AUTH_TOKEN=${keyA}\n`);
    const log = put(cli, ".jean2/server.log", `/?token=${keyB}\n`, 0o644);
    const lock = acquireLock(file, cli);
    const { code, fixed, failed } = await examine(cli, "--fix");
    lock.release();
    expect(code).toBe(1);
    expect(fixed).toMatchObject([{ location: log }]);
    expect(failed).toMatchObject([
      { id: "export-line", reason: expect.stringContaining("is being changed by") },
    ]);
    expect(readFileSync(file, "utf8")).toBe(`export JEAN2_AUTH_TOKEN=${keyA}\n`);
  });

  it("makes no key where there is none", async () => {
    const cli = prepare({ ".jean2/.env": "JEAN2_AUTH_TOKEN=\n" });
    const { code, fixed, ids } = await examine(cli, "--fix");
    expect([code, fixed, ids]).toEqual([1, [], ["no-key", "no-exposure-seen"]]);
    expect(readFileSync(join(cli.home, ".jean2/.env"), "utf8")).toBe("JEAN2_AUTH_TOKEN=\n");
  });
});
