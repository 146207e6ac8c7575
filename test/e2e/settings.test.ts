import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { binOf } from "../helpers/installation.js";
import { temporaryFolder } from "../helpers/machine.js";

function run(env: Record<string, string>, ...args: string[]) {
  const options = { env, cwd: temporaryFolder(), encoding: "utf8" } as const;
  const argv = [binOf("keyward"), "server", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, options);
  return { status, stdout, stderr };
}

it.each([
  ["HOME", {}, ".config/keyward"],
  ["XDG_CONFIG_HOME", { XDG_CONFIG_HOME: "elsewhere" }, "elsewhere/keyward"],
])("the built program keeps its settings under %s and nowhere else", (_, more, folder) => {
  const home = temporaryFolder();
  const places = Object.entries(more).map(([name, below]) => [name, path.join(home, below)]);
  const env = { HOME: home, ...Object.fromEntries(places) } as Record<string, string>;
  const added = run(env, "add", "lab", "--system", "jean2");
  expect(added).toMatchObject({ status: 0, stdout: "added lab\n" });
  expect(run(env, "list").stdout).toBe("name  system\nlab   jean2\n");
  const files = fs.readdirSync(home, { recursive: true, withFileTypes: true });
  expect(
    files.filter((each) => each.isFile()).map((each) => path.join(each.parentPath, each.name)),
  ).toEqual([path.join(home, folder, "config.json")]);
  expect(fs.statSync(path.join(home, folder, "config.json")).mode & 0o777).toBe(0o600);
});

it.each([
  ["as anywhere", {}],
  ["inside a snap, where conf writes in another way", { SNAP: "/snap/code/1" }],
])("the file is whole and 0600 from its first byte, %s", (_, more) => {
  const home = temporaryFolder();
  const file = path.join(home, ".config/keyward/config.json");
  const env = { HOME: home, ...more };
  expect(run(env, "add", "lab", "--system", "jean2")).toMatchObject({ status: 0 });
  fs.chmodSync(file, 0o644);
  const reader = fs.openSync(file, "r");
  expect(run(env, "add", "hub", "--system", "jean")).toMatchObject({ status: 0 });
  // Whoever has the old file open, as its mode allowed, reads nothing new there.
  expect(fs.readFileSync(reader, "utf8")).not.toContain("hub");
  fs.closeSync(reader);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(run(env, "list").stdout).toBe("name  system\nhub   jean\nlab   jean2\n");
  expect(fs.readdirSync(path.dirname(file))).toEqual(["config.json"]);
});

it("many at once: each is there or was refused, and nothing else is left", async () => {
  const home = temporaryFolder();
  const names = Array.from({ length: 8 }, (_, at) => `s${at}`);
  const codes = await Promise.all(
    names.map(async (name) => {
      const argv = [binOf("keyward"), "server", "add", name, "--system", "jean2"];
      const child = spawn(process.execPath, argv, { env: { HOME: home }, stdio: "ignore" });
      onTestFinished(() => void child.kill("SIGKILL"));
      const [code] = (await once(child, "exit")) as [number];
      return code;
    }),
  );
  const added = names.filter((_, at) => codes[at] === 0);
  expect(added.length).toBeGreaterThan(0);
  expect(codes.filter((code) => code !== 0 && code !== 3)).toEqual([]);
  const { stdout } = run({ HOME: home }, "list", "--json");
  const { servers } = JSON.parse(stdout) as { servers: { name: string }[] };
  expect(servers.map(({ name }) => name)).toEqual(added);
  expect(fs.readdirSync(path.join(home, ".config/keyward"))).toEqual(["config.json"]);
});
