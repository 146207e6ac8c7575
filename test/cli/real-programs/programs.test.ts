import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import {
  findProgram,
  isKeyward,
  listPrograms,
  PROGRAM_MARKER,
} from "../../../src/cli/real-programs/programs.js";
import { temporaryFolder, testMachine } from "../../helpers/machine.js";

const bins = path.resolve(import.meta.dirname, "../../../bin");

function put(file: string, text: string, mode = 0o755): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode });
  return file;
}

/** The script that pnpm and yarn put in the place of a link, as @zkochan/cmd-shim writes it. */
function shim(target: string): string {
  return `#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")

if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "${target}" "$@"
else
  exec node  "${target}" "$@"
fi
`;
}

describe("copies of keyward", () => {
  it.each(["keyward", "jarvis", "jean2"])("bin/%s.cjs bears the marker", (name) => {
    expect(isKeyward(path.join(bins, `${name}.cjs`), testMachine())).toBe(true);
  });

  const folder = (): string => temporaryFolder();
  it.each<[string, (root: string) => string, boolean]>([
    [
      "a symlink to one",
      (root) => {
        fs.symlinkSync(path.join(bins, "jean2.cjs"), path.join(root, "jean2"));
        return path.join(root, "jean2");
      },
      true,
    ],
    [
      "npm's link, which is relative",
      (root) => {
        put(path.join(root, "lib/node_modules/keyward/bin/jean2.cjs"), `#!x\n// ${PROGRAM_MARKER}`);
        fs.mkdirSync(path.join(root, "bin"));
        fs.symlinkSync("../lib/node_modules/keyward/bin/jean2.cjs", path.join(root, "bin/jean2"));
        return path.join(root, "bin/jean2");
      },
      true,
    ],
    [
      "a shell shim with a relative target",
      (root) => {
        put(
          path.join(root, "global/5/node_modules/keyward/bin/jean2.cjs"),
          `#!x\n// ${PROGRAM_MARKER}`,
        );
        return put(
          path.join(root, "jean2"),
          shim("$basedir/global/5/node_modules/keyward/bin/jean2.cjs"),
        );
      },
      true,
    ],
    [
      "a shell shim with an absolute target",
      (root) => put(path.join(root, "jean2"), shim(path.join(bins, "jean2.cjs"))),
      true,
    ],
    [
      "a shell shim of another package",
      (root) => {
        put(path.join(root, "jean2/cli.cjs"), "#!/usr/bin/env node\n");
        return put(path.join(root, "bin/jean2"), shim("$basedir/../jean2/cli.cjs"));
      },
      false,
    ],
    [
      "a shell shim whose target is gone",
      (root) => put(path.join(root, "jean2"), shim("$basedir/gone/keyward/bin/jean2.cjs")),
      false,
    ],
    ["an empty file", (root) => put(path.join(root, "jean2"), ""), false],
    [
      "a program that speaks of the marker further down",
      (root) =>
        put(path.join(root, "jean2"), `#!/bin/sh\n${"#\n".repeat(200)}# ${PROGRAM_MARKER}\n`),
      false,
    ],
    ["a folder", (root) => root, false],
    ["nothing", (root) => path.join(root, "jean2"), false],
  ])("%s", (_, make, expected) => {
    expect(isKeyward(make(folder()), testMachine())).toBe(expected);
  });
});

describe("the program that is handed on to", () => {
  it("is the first on the PATH that can be run and is not keyward", () => {
    const root = temporaryFolder();
    const cwd = path.join(root, "here");
    put(path.join(cwd, "jean2"), "#!/bin/sh\n");
    put(path.join(cwd, "sub/jean2"), "#!/bin/sh\n");
    put(path.join(root, "plain/jean2"), "#!/bin/sh\n", 0o644);
    fs.mkdirSync(path.join(root, "folder/jean2"), { recursive: true });
    fs.mkdirSync(path.join(root, "link"));
    fs.symlinkSync(path.join(bins, "jean2.cjs"), path.join(root, "link/jean2"));
    fs.mkdirSync(path.join(root, "dangling"));
    fs.symlinkSync(path.join(root, "nowhere"), path.join(root, "dangling/jean2"));
    const real = put(path.join(root, "real/jean2"), "\x7fELF");
    put(path.join(root, "later/jean2"), "#!/bin/sh\n");
    const inRoot = ["missing", "plain", "folder", "link", "dangling", "real", "later"];
    const search = ["", ".", "sub", ...inRoot.map((name) => path.join(root, name)), ""].join(":");

    const machine = testMachine({ cwd, env: { PATH: search } });

    expect(findProgram("jean2", machine)).toBe(real);
    expect(findProgram("jarvis", machine)).toBeNull();
  });

  it.each<[string, string | undefined]>([
    ["unset", undefined],
    ["empty", ""],
    ["relative", ".:bin"],
  ])("is none with a PATH that is %s", (_, search) => {
    const cwd = temporaryFolder();
    put(path.join(cwd, "jean2"), "#!/bin/sh\n");
    expect(findProgram("jean2", testMachine({ cwd, env: { PATH: search } }))).toBeNull();
  });

  it.each(["jean2", "jarvis"] as const)("is the one that the variable of %s names", (name) => {
    const root = temporaryFolder();
    put(path.join(root, "bin", name), "#!/bin/sh\n");
    const named = put(path.join(root, "elsewhere/real"), "#!/bin/sh\n");
    const variable = `KEYWARD_${name.toUpperCase()}`;
    const env = { PATH: path.join(root, "bin") };

    expect(findProgram(name, testMachine({ env: { ...env, [variable]: named } }))).toBe(named);
    expect(findProgram(name, testMachine({ env: { ...env, [variable]: "" } }))).toBe(
      path.join(root, "bin", name),
    );
  });

  it.each<[string, (root: string) => string, string]>([
    ["relative", () => "bin/jean2", "is not an absolute path"],
    ["missing", (root) => path.join(root, "gone"), "is not there"],
    ["a folder", (root) => root, "is not a program"],
    ["not executable", (root) => put(path.join(root, "f"), "", 0o600), "is not a program"],
    ["keyward", () => path.join(bins, "jean2.cjs"), "is keyward itself"],
  ])("is refused when the variable's is %s", (_, make, problem) => {
    const value = make(temporaryFolder());
    const machine = testMachine({ env: { KEYWARD_JEAN2: value } });

    expect(() => findProgram("jean2", machine)).toThrow(
      expect.objectContaining({
        code: "program-missing",
        message: `KEYWARD_JEAN2 is ${value}, which ${problem}`,
        hint: "set KEYWARD_JEAN2 to the absolute path of the real jean2, or unset it",
      }),
    );
  });
});

describe("the listing", () => {
  it("tells what the shell starts, whether it is ours, and what comes after it", () => {
    const root = temporaryFolder();
    fs.mkdirSync(path.join(root, "ours"));
    for (const name of ["keyward", "jean2"]) {
      fs.symlinkSync(path.join(bins, `${name}.cjs`), path.join(root, "ours", name));
    }
    const jean2 = put(path.join(root, "real/jean2"), "#!/bin/sh\n");
    const jarvis = put(path.join(root, "real/jarvis"), "#!/bin/sh\n");
    const search = `${root}/ours:${root}/real`;

    expect(listPrograms(testMachine({ env: { PATH: search } }))).toEqual([
      { name: "keyward", path: `${root}/ours/keyward`, ours: true, next: null, problem: null },
      { name: "jarvis", path: jarvis, ours: false, next: jarvis, problem: null },
      { name: "jean2", path: `${root}/ours/jean2`, ours: true, next: jean2, problem: null },
    ]);
  });

  it("looks into the working folder where the shell does", () => {
    const cwd = temporaryFolder();
    const here = put(path.join(cwd, "jean2"), "#!/bin/sh\n");
    expect(listPrograms(testMachine({ cwd, env: { PATH: "/nowhere:" } }))[2]).toEqual({
      name: "jean2",
      path: here,
      ours: false,
      next: null,
      problem: null,
    });
  });

  it("tells of a variable that cannot be obeyed", () => {
    expect(listPrograms(testMachine({ env: { KEYWARD_JARVIS: "jarvis" } }))[1]).toEqual({
      name: "jarvis",
      path: null,
      ours: false,
      next: null,
      problem: "KEYWARD_JARVIS is jarvis, which is not an absolute path",
    });
  });
});
