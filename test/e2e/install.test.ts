import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { putStandIn, readStandIn } from "../helpers/stand-in.js";
import { startRegistry, type Registry } from "../helpers/registry.js";

const workTree = path.resolve(import.meta.dirname, "../..");
const limit = 120_000;

interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

let root: string;
let registry: Registry;
let tarball: string;

beforeAll(async () => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "keyward-install-")));
  registry = await startRegistry(root);
  // The scripts would build once more, under the feet of the tests that run beside this one.
  const packed = await succeed(
    npm(["pack", "--ignore-scripts", "--json", "--pack-destination", root]),
  );
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  tarball = path.join(root, filename);
  for (const prefix of ["one", "two"]) {
    await succeed(install(path.join(root, prefix)));
  }
}, limit);

afterAll(() => {
  registry.close();
  fs.rmSync(root, { recursive: true, force: true });
});

function run(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<Result> {
  const running = promisify(execFile)(file, args, { env, cwd, encoding: "utf8" });
  running.child.stdin?.end();
  return running.then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      status: error.code,
      stdout: error.stdout,
      stderr: error.stderr,
    }),
  );
}

async function succeed(running: Promise<Result>): Promise<Result> {
  const result = await running;
  if (result.status !== 0) throw new Error(`failed with ${result.status}: ${result.stderr}`);
  return result;
}

/** npm with a home, a cache and a registry of the test's own. */
function npm(args: readonly string[]): Promise<Result> {
  return run(
    "npm",
    args,
    {
      PATH: process.env["PATH"] ?? "",
      HOME: path.join(root, "home"),
      npm_config_cache: path.join(root, "cache"),
      npm_config_registry: registry.url,
      npm_config_update_notifier: "false",
      npm_config_audit: "false",
      npm_config_fund: "false",
    },
    workTree,
  );
}

function install(prefix: string): Promise<Result> {
  return npm(["install", "--global", "--prefix", prefix, tarball]);
}

/** Calls a program by its name, as a shell whose PATH begins with these folders of the test would. */
function call(name: string, args: readonly string[], ...folders: string[]): Promise<Result> {
  const search = [
    ...folders.map((folder) => path.join(root, folder)),
    path.dirname(process.execPath),
  ];
  return run(
    "/bin/sh",
    ["-c", '"$0" "$@"', name, ...args],
    { PATH: [...search, "/usr/bin", "/bin"].join(":"), HOME: path.join(root, "home") },
    root,
  );
}

/** A folder with a stand-in for the real jean2. */
function putReal(folder: string): string {
  putStandIn(path.join(root, folder), "jean2");
  return path.join(root, folder);
}

describe("installed from its package into a prefix of its own", () => {
  it("before a real jean2, it owns auth and token, and hands on the rest", async () => {
    const real = putReal("after");

    const key = await call("jean2", ["auth", "generate-key"], "one/bin", "after");
    expect(key).toMatchObject({ status: 0, stderr: "" });
    expect(key.stdout).toMatch(/^[\w-]{43}\n$/u);
    expect(readStandIn(real, "jean2")).toBeNull();

    const start = await call("jean2", ["start", ""], "one/bin", "after");
    expect(start).toEqual({ status: 42, stdout: "out\n", stderr: "err\n" });
    expect(readStandIn(real, "jean2")).toMatchObject({ argv: ["start", ""], hops: "1" });
  });

  it("after a real jean2, that one has every word, and keyward does everything", async () => {
    const real = putReal("before");

    expect(await call("jean2", ["auth"], "before", "one/bin")).toMatchObject({ status: 42 });
    expect(readStandIn(real, "jean2")).toMatchObject({ argv: ["auth"], hops: null });

    const key = await call("keyward", ["auth", "generate-key"], "before", "one/bin");
    expect(key.stdout).toMatch(/^[\w-]{43}\n$/u);
  });

  it("prints its completion scripts", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const printed = await call("keyward", ["completion", shell], "one/bin");
      expect(printed).toMatchObject({ status: 0, stderr: "" });
      expect(printed.stdout).toContain("command keyward __complete");
    }
  });

  it("twice, neither copy calls the other", async () => {
    const real = putReal("both");

    expect(await call("jean2", ["stop"], "one/bin", "two/bin", "both")).toMatchObject({
      status: 42,
    });
    expect(readStandIn(real, "jean2")).toMatchObject({ argv: ["stop"], hops: "1" });
    expect(await call("jean2", ["stop"], "two/bin", "one/bin")).toEqual({
      status: 3,
      stdout: "",
      stderr: "jean2: there is no other jean2 on the PATH to run stop\n",
    });
  });

  it("without a real one, no word, --help and --version are its own", async () => {
    for (const args of [[], ["--help"], ["--version"]]) {
      const result = await call("jarvis", args, "one/bin");
      expect(result).toMatchObject({ status: 0, stderr: "" });
      expect(result.stdout).not.toBe("");
    }
  });

  it("its library loads, with the dependencies that came along", async () => {
    const program =
      'import("keyward").then((library) => console.log(library.generateKey("openjarvis")))';
    const folder = path.join(root, "one/lib/node_modules/keyward");
    const result = await run(process.execPath, ["-e", program], {}, folder);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toMatch(/^oj_sk_[\w-]{43}\n$/u);
  });

  it("uninstalled, the real jean2 has every word again", { timeout: limit }, async () => {
    const real = putReal("left");
    const prefix = path.join(root, "three");
    await succeed(install(prefix));
    await succeed(npm(["uninstall", "--global", "--prefix", prefix, "keyward"]));

    expect(fs.readdirSync(path.join(prefix, "bin"))).toEqual([]);
    expect(await call("jean2", ["auth"], "three/bin", "left")).toMatchObject({ status: 42 });
    expect(readStandIn(real, "jean2")?.argv).toEqual(["auth"]);
  });
});

it("npm refuses to put it over a real jean2 of the same prefix", { timeout: limit }, async () => {
  const real = putReal("taken/bin");
  const before = fs.readFileSync(path.join(real, "jean2"));

  const result = await install(path.join(root, "taken"));

  expect(result.status).not.toBe(0);
  expect(result.stderr).toContain("EEXIST");
  expect(fs.readFileSync(path.join(real, "jean2"))).toEqual(before);
  expect(fs.readdirSync(real)).toEqual(["jean2"]);
});
