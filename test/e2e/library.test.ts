import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { temporaryFolder } from "../helpers/machine.js";

interface Package {
  readonly dependencies: Record<string, string>;
}

function readPackage(name: string): Package {
  const text = readFileSync(resolve("node_modules", name, "package.json"), "utf8");
  return { dependencies: {}, ...(JSON.parse(text) as Partial<Package>) };
}

/** The library as its users have it: with its dependencies and theirs, and nothing else. */
function installLibrary(): string {
  const folder = temporaryFolder();
  const own = join(folder, "node_modules", "keyward");
  mkdirSync(own, { recursive: true });
  cpSync("package.json", join(own, "package.json"));
  cpSync("dist/lib", join(own, "dist", "lib"), { recursive: true });
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Package;
  const wanted = new Set(Object.keys(manifest.dependencies));
  for (const name of wanted) {
    for (const next of Object.keys(readPackage(name).dependencies)) wanted.add(next);
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve("node_modules", name), link);
  }
  return folder;
}

function run(folder: string, script: string): unknown {
  const file = join(folder, "script.mjs");
  writeFileSync(file, script);
  // Links are kept as they are, so that a package finds only what stands beside it here.
  const flags = ["--preserve-symlinks", "--preserve-symlinks-main"];
  const output = execFileSync(process.execPath, [...flags, file], {
    encoding: "utf8",
    stdio: "pipe",
  });
  return JSON.parse(output);
}

describe("the library", () => {
  it("has what it promises, without the command line's packages", () => {
    const folder = installLibrary();
    const names = run(
      folder,
      `import * as keyward from "keyward";
       import * as server from "keyward/server";
       console.log(JSON.stringify([Object.keys(keyward), Object.keys(server)]));`,
    );
    expect(names).toEqual([
      expect.arrayContaining([
        "assessKey",
        "checkBindSafety",
        "classifyHost",
        "createKey",
        "createMachine",
        "decideBind",
        "findSystem",
        "fingerprintKey",
        "generateKey",
        "identifyKey",
        "KeywardError",
        "keysEqual",
        "maskKey",
        "openStore",
        "parity",
        "probe",
        "resolveKey",
        "revokeKey",
        "rotateKey",
        "setKey",
        "systems",
      ]),
      expect.arrayContaining(["createAuthenticator", "createReferenceServer"]),
    ]);
    for (const name of ["commander", "chalk", "inquirer", "conf"]) {
      expect(() => run(folder, `import ${JSON.stringify(name)};`)).toThrow(name);
    }
  });

  it("does nothing when it is imported", () => {
    const script = `
      const before = [process.listenerCount("SIGINT"), process.listenerCount("exit")];
      const start = process.getActiveResourcesInfo().length;
      await import("keyward");
      const after = [process.listenerCount("SIGINT"), process.listenerCount("exit")];
      const end = process.getActiveResourcesInfo().length;
      console.log(JSON.stringify({ before, after, start, end }));`;
    const { before, after, start, end } = run(installLibrary(), script) as {
      before: number[];
      after: number[];
      start: number;
      end: number;
    };
    expect(after).toEqual(before);
    expect(end).toBe(start);
  });

  it("rotates a key on a machine that is handed in", () => {
    const folder = installLibrary();
    const report = run(
      folder,
      `import { createMachine, rotateKey, systems } from "keyward";
       const home = ${JSON.stringify(folder)};
       const machine = createMachine({
         process: Object.assign(Object.create(process), { env: { HOME: home } }),
         date: Date,
       });
       const { report } = await rotateKey({ system: systems.jean2, machine });
       console.log(JSON.stringify(report));`,
    );
    expect(report).toMatchObject({
      system: "jean2",
      status: "unverified",
      location: join(folder, ".jean2", ".env"),
    });
  });
});
