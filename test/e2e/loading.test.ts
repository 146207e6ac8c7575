import { spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { binOf } from "../helpers/installation.js";
import { temporaryFolder } from "../helpers/machine.js";

const chunks = path.resolve("dist/cli");

/** Required before the program: writes down which files were read as modules, and which of node's. */
const watcher = `
const Module = require("node:module");
const fs = require("node:fs");
const opened = [];
const compile = Module.prototype._compile;
Module.prototype._compile = function (content, file, ...rest) {
  opened.push(file);
  return compile.call(this, content, file, ...rest);
};
process.on("exit", () => {
  const own = process.moduleLoadList.filter((name) => name.startsWith("NativeModule "));
  const builtin = own.map((name) => name.slice("NativeModule ".length));
  fs.writeFileSync(process.env.WATCHED, JSON.stringify({ opened, builtin }));
});
`;

/** The packages that a chunk holds, by the comments that the bundler leaves. */
function packagesIn(chunk: string): string[] {
  const text = fs.readFileSync(chunk, "utf8");
  const named = text.matchAll(/^\s*\/\/ \S*?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
  return [...new Set([...named].map(([, name = ""]) => name))];
}

function runWatched(argv: readonly string[]) {
  const home = temporaryFolder();
  fs.mkdirSync(path.join(home, ".config/keyward"), { recursive: true });
  fs.writeFileSync(
    path.join(home, ".config/keyward/config.json"),
    JSON.stringify({ version: 1, servers: { lab: { system: "jean2" } } }),
  );
  const hook = path.join(home, "watch.cjs");
  const watched = path.join(home, "watched.json");
  fs.writeFileSync(hook, watcher);
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--require", hook, binOf("keyward"), ...argv],
    { cwd: home, env: { HOME: home, WATCHED: watched }, encoding: "utf8", input: "" },
  );
  const { opened, builtin } = JSON.parse(fs.readFileSync(watched, "utf8")) as {
    opened: string[];
    builtin: string[];
  };
  const own = opened.filter((file) => path.dirname(file) === chunks);
  expect(own).toContain(path.join(chunks, "main.cjs"));
  const sites = own.filter((file) => file.endsWith("-site.cjs")).map((file) => path.basename(file));
  return { status, stderr, packages: own.flatMap(packagesIn), builtin, sites };
}

describe("what a command does not need, it does not load", () => {
  it("tells packages in a chunk", () => {
    const all = fs.readdirSync(chunks).map((name) => packagesIn(path.join(chunks, name)));
    expect(all.flat()).toEqual(expect.arrayContaining(["commander", "inquirer", "conf", "chalk"]));
    expect(runWatched(["server", "add", "x", "--system", "jean2"])).toMatchObject({
      status: 0,
      packages: expect.arrayContaining(["commander", "conf"]),
    });
  });

  it.each([
    [["auth", "check", "--system", "jean2"]],
    [["auth", "status", "--system", "jean2"]],
    [["auth", "generate-key"]],
    [["--server", "lab", "auth", "status"]],
    [["--server", "lab", "token", "show"]],
    [["--server", "lab", "token", "rotate"]],
    [["server", "list"]],
    [["completion", "bash"]],
    [["__complete", "keyward", ""]],
    [["__complete", "keyward", "auth", "probe", "-"]],
    [["__complete", "keyward", "--server", ""]],
    [["__complete", "jean2", "token", "rotate", "--server="]],
  ])("%j asks nothing and writes no settings", (argv) => {
    const { status, packages, sites } = runWatched(argv);
    expect([0, 1, 3]).toContain(status);
    expect(sites).toEqual([]);
    expect(packages).toContain("commander");
    for (const name of ["inquirer", "@inquirer/core", "conf", "ajv", "atomically", "chalk"]) {
      expect(packages).not.toContain(name);
    }
  });

  it("loads one reference server to be, and none for a release that there is not", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as net.AddressInfo;
    // It would listen for good, were it not for the one that does.
    const serve = ["serve", "--system", "jean", "--port", String(port)];
    expect(runWatched(serve)).toMatchObject({ status: 3, sites: ["jean-site.cjs"] });
    expect(runWatched([...serve, "--release", "none"])).toMatchObject({ status: 2, sites: [] });
  });

  it.each([
    [["completion", "bash"]],
    [["__complete", "keyward", ""]],
    [["__complete", "keyward", "auth", "check", "-"]],
    [["__complete", "keyward", "auth", "generate-key", "--format", ""]],
    [["__complete", "keyward", "token", "rotate", "--launch="]],
    [["__complete", "keyward", "--server", ""]],
  ])("%j asks no network and starts no program", (argv) => {
    const { builtin } = runWatched(argv);
    expect(builtin).toContain("fs");
    for (const name of ["http", "https", "tls", "dns", "child_process"]) {
      expect(builtin).not.toContain(name);
    }
  });
});
