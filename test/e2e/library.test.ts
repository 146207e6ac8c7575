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
       const rest = ["server", "reference", "haip-server", "compat"];
       const entries = await Promise.all(rest.map((name) => import("keyward/" + name)));
       console.log(JSON.stringify([keyward, ...entries].map((each) => Object.keys(each))));`,
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
        "probe",
        "resolveKey",
        "revokeKey",
        "rotateKey",
        "setKey",
        "systems",
      ]),
      expect.arrayContaining(["createAuthenticator", "guardExpress", "guardFetch", "guardHandler"]),
      ["createReferenceServer"],
      ["createHaipServer"],
      expect.arrayContaining(["authMiddleware", "checkBindSafety", "generateApiKey"]),
    ]);
    for (const name of ["commander", "chalk", "inquirer", "conf"]) {
      expect(() => run(folder, `import ${JSON.stringify(name)};`)).toThrow(name);
    }
  });

  // What an entry loads, by the files that node opens for it.
  it.each([
    ["keyward", /\/(?:authenticator|reference-server|haip-server|compat|cli)\//],
    ["keyward/server", /\/(?:probe|rotate|reference-server|haip-server|compat|cli|doctor)\//],
    ["keyward/reference", /\/(?:probe|rotate|haip-server|compat|cli|doctor)\//],
    [
      "keyward/haip-server",
      /\/(?:probe|rotate|reference-server|authenticator|compat|cli|doctor)\//,
    ],
    [
      "keyward/compat",
      /\/(?:probe|rotate|reference-server|haip-server|authenticator|cli|doctor)\//,
    ],
  ])("loads with %s nothing of another entry", (entry, foreign) => {
    const loaded = run(
      installLibrary(),
      `import { register } from "node:module";
       const hook = "data:text/javascript," + encodeURIComponent(
         "const urls = []; let port;" +
         "export function initialize(data) { port = data.port; }" +
         "export async function load(url, context, next) { port.postMessage(url); return next(url, context); }");
       const { port1, port2 } = new MessageChannel();
       const urls = [];
       port1.on("message", (url) => urls.push(url));
       register(hook, { data: { port: port2 }, transferList: [port2] });
       await import(${JSON.stringify(entry)});
       await new Promise((resolve) => setTimeout(resolve, 50));
       port1.close();
       console.log(JSON.stringify(urls));`,
    ) as string[];
    expect(loaded.some((url) => url.includes("/dist/lib/"))).toBe(true);
    expect(loaded.filter((url) => foreign.test(url))).toEqual([]);
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
