import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { gitStatusOf, judgeGit } from "../../src/files/git.js";
import { testMachine, type TestMachine } from "../helpers/machine.js";

const PATH = process.env["PATH"];

function git(folder: string, ...args: string[]): void {
  const env = { PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1" };
  execFileSync("git", ["-C", folder, ...args], { env, stdio: "pipe" });
}

/** A work tree below the home folder. */
function withRepository(): { machine: TestMachine; root: string } {
  const machine = testMachine({ env: { PATH } });
  const root = path.join(machine.home, "project");
  fs.mkdirSync(root);
  git(root, "init", "--quiet");
  return { machine, root };
}

describe("what git makes of a file", () => {
  it("outside of every work tree", () => {
    const machine = testMachine({ env: { PATH } });
    const file = path.join(machine.home, "none", ".env");
    expect(gitStatusOf(file, machine)).toEqual({
      state: "outside",
      target: file,
      root: null,
      ignoreLine: null,
      reason: null,
    });
  });

  it.each([
    ["tracked", "tracked", ".env", []],
    ["tracked, though ignored since", "tracked", ".env", [".env"]],
    ["new", "exposed", "new.env", []],
    ["new, in a folder that is not there", "exposed", "a/b/.env", []],
    ["ignored", "ignored", "new.env", ["*.env"]],
    ["ignored, in a folder that is not there", "ignored", "a/b/.env", ["/a/"]],
    ["ignored, then not", "exposed", "new.env", ["*.env", "!new.env"]],
    ["a name that would be a pattern", "exposed", "*.env", []],
  ])("%s", (_, state, name, ignored) => {
    const { machine, root } = withRepository();
    fs.writeFileSync(path.join(root, ".env"), "A=1\n");
    git(root, "add", ".env");
    fs.writeFileSync(path.join(root, ".gitignore"), ignored.join("\n"));
    expect(gitStatusOf(path.join(root, name), machine)).toMatchObject({
      state,
      root,
      reason: null,
    });
  });

  it("tracked and deleted", () => {
    const { machine, root } = withRepository();
    const file = path.join(root, ".env");
    fs.writeFileSync(file, "A=1\n");
    git(root, "add", ".env");
    fs.unlinkSync(file);
    expect(gitStatusOf(file, machine).state).toBe("tracked");
  });

  it("by the file that a symbolic link leads to", () => {
    const { machine, root } = withRepository();
    const link = path.join(machine.home, ".env");
    const file = path.join(root, "jean2.env");
    fs.writeFileSync(file, "A=1\n");
    fs.symlinkSync(file, link);
    expect(gitStatusOf(link, machine)).toMatchObject({ state: "exposed", target: file });
  });

  it.each([
    [".env", "/.env"],
    ["a/b/.env", "/a/b/.env"],
    ["#1 [x]?.env", String.raw`/#1 \[x]\?.env`],
    ["*.env", String.raw`/\*.env`],
    [String.raw`back\slash`, String.raw`/back\\slash`],
    ["ends in blanks  ", String.raw`/ends in blanks\ \ `],
  ])("and the line that has it ignored: %s", (name, line) => {
    const { machine, root } = withRepository();
    const file = path.join(root, name);
    expect(gitStatusOf(file, machine)).toMatchObject({ state: "exposed", ignoreLine: line });
    fs.writeFileSync(path.join(root, ".gitignore"), `${line}\n`);
    expect(gitStatusOf(file, machine).state).toBe("ignored");
  });

  it("a work tree and a submodule, whose .git is a file", () => {
    const { machine, root } = withRepository();
    const tree = path.join(machine.home, "second");
    git(root, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x", "--allow-empty");
    git(root, "worktree", "add", "-q", tree);
    expect(fs.statSync(path.join(tree, ".git")).isFile()).toBe(true);
    expect(gitStatusOf(path.join(tree, ".env"), machine)).toMatchObject({
      state: "exposed",
      root: tree,
    });
  });

  it("a folder named .git that is no repository", () => {
    const machine = testMachine({ env: { PATH } });
    fs.mkdirSync(path.join(machine.home, ".git"));
    expect(gitStatusOf(path.join(machine.home, ".env"), machine).state).toBe("outside");
  });
});

describe("how git is asked", () => {
  /** A `git` that says that it was called. */
  function standIn(
    machine: TestMachine,
    exit: number,
  ): { folder: string; wasCalled: () => boolean } {
    const folder = path.join(machine.home, "bin");
    const mark = path.join(machine.home, "called");
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, "git"), `#!/bin/sh\n: > '${mark}'\nexit ${exit}\n`, {
      mode: 0o755,
    });
    return { folder, wasCalled: () => fs.existsSync(mark) };
  }

  it("not at all without a .git above the file", () => {
    const machine = testMachine();
    const { folder, wasCalled } = standIn(machine, 1);
    const asking = { ...machine, env: { ...machine.env, PATH: folder } };
    expect(gitStatusOf(path.join(machine.home, ".env"), asking).state).toBe("outside");
    expect(wasCalled()).toBe(false);
    fs.mkdirSync(path.join(machine.home, ".git"));
    expect(gitStatusOf(path.join(machine.home, ".env"), asking).state).toBe("exposed");
    expect(wasCalled()).toBe(true);
  });

  it("never out of a relative folder of the PATH", () => {
    const { machine, root } = withRepository();
    const { folder, wasCalled } = standIn(machine, 0);
    const relative = path.relative(process.cwd(), folder);
    const asking = { ...machine, env: { ...machine.env, PATH: `${relative}::.:${PATH}` } };
    expect(gitStatusOf(path.join(root, ".env"), asking).state).toBe("exposed");
    expect(wasCalled()).toBe(false);
  });

  it.each([
    ["/nonexistent", "git is not installed"],
    ["STANDIN", "git ended with status 77"],
  ])("and what if it cannot be: %s", (searchPath, reason) => {
    const { machine, root } = withRepository();
    const { folder } = standIn(machine, 77);
    const env = { ...machine.env, PATH: searchPath.replace("STANDIN", folder) };
    const file = path.join(root, ".env");
    const status = gitStatusOf(file, { ...machine, env });
    expect(status).toMatchObject({ state: "unknown", root, reason });
    expect(judgeGit(status, true)).toEqual([`cannot tell whether git tracks ${file}: ${reason}`]);
  });

  it("about the repository that is there, whatever the environment says", () => {
    const { machine, root } = withRepository();
    const other = withRepository();
    fs.writeFileSync(path.join(other.root, ".gitignore"), "*\n");
    const env = {
      ...machine.env,
      GIT_DIR: path.join(other.root, ".git"),
      GIT_WORK_TREE: other.root,
      GIT_INDEX_FILE: "/nonexistent",
      GIT_CEILING_DIRECTORIES: root,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.excludesFile",
      GIT_CONFIG_VALUE_0: path.join(other.root, ".gitignore"),
    };
    const file = path.join(root, ".env");
    expect(gitStatusOf(file, { ...machine, env })).toMatchObject({ state: "exposed", root });
  });

  it("so that the repository's own settings run nothing", () => {
    const { machine, root } = withRepository();
    const mark = path.join(machine.home, "ran");
    const trap = path.join(machine.home, "trap");
    fs.writeFileSync(trap, `#!/bin/sh\n: > '${mark}'\n`, { mode: 0o755 });
    fs.writeFileSync(path.join(root, "tracked"), "x");
    git(root, "add", "tracked");
    const hooks = path.join(root, ".git", "hooks", "post-index-change");
    fs.mkdirSync(path.dirname(hooks), { recursive: true });
    fs.copyFileSync(trap, hooks);
    for (const setting of ["core.fsmonitor", "core.pager", "core.askPass", "core.sshCommand"]) {
      git(root, "config", setting, trap);
    }
    // The trap works: a plain `git status` falls into it.
    git(root, "status");
    expect(fs.existsSync(mark)).toBe(true);
    fs.unlinkSync(mark);
    expect(gitStatusOf(path.join(root, "tracked"), machine).state).toBe("tracked");
    expect(gitStatusOf(path.join(root, ".env"), machine).state).toBe("exposed");
    expect(fs.existsSync(mark)).toBe(false);
  });
});

describe("the judgement", () => {
  it("refuses to create where git would take it, and warns on replacing", () => {
    const { machine, root } = withRepository();
    const file = path.join(root, ".env");
    const status = gitStatusOf(file, machine);
    const what = `${file} lies in a git work tree and is not ignored`;
    const remedy = `add the line /.env to ${root}/.gitignore`;
    expect(() => judgeGit(status, true)).toThrowError(
      expect.objectContaining({
        code: "tracked-by-git",
        message: `${what}, so no key is put there`,
        hint: remedy,
      }),
    );
    expect(judgeGit(status, false)).toEqual([`${what}; ${remedy}`]);
  });

  it("says how a tracked file is untracked", () => {
    const { machine, root } = withRepository();
    const file = path.join(root, ".env");
    fs.writeFileSync(file, "A=1\n");
    git(root, "add", ".env");
    const status = gitStatusOf(file, machine);
    const remedy = `add the line /.env to ${root}/.gitignore, and run: git -C ${root} rm --cached -- ${file}`;
    expect(judgeGit(status, false)).toEqual([`${file} is tracked by git; ${remedy}`]);
    expect(() => judgeGit(status, true)).toThrowError(
      expect.objectContaining({
        code: "tracked-by-git",
        message: `${file} is tracked by git, so no key is put there`,
        hint: remedy,
      }),
    );
  });

  it("says nothing about a file that git passes over", () => {
    const { machine, root } = withRepository();
    fs.writeFileSync(path.join(root, ".gitignore"), ".env\n");
    expect(judgeGit(gitStatusOf(path.join(root, ".env"), machine), true)).toEqual([]);
    expect(judgeGit(gitStatusOf(path.join(machine.home, ".env"), machine), true)).toEqual([]);
  });
});
