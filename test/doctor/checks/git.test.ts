import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { findGitExposure } from "../../../src/doctor/checks/git.js";
import { addIgnoreLine, planIgnoreLine } from "../../../src/doctor/fixes/ignore-file.js";
import { keyA } from "../../helpers/keys.js";
import { prepare, spelled } from "../subject.js";

const PATH = process.env["PATH"];

function git(folder: string, ...args: string[]): void {
  const env = { PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: "1" };
  execFileSync("git", ["-C", folder, ...args], { env, stdio: "pipe" });
}

async function withRepository(ignored: string | null, value = keyA) {
  const prepared = await prepare({
    machine: { env: { PATH } },
    files: {
      ".jean2/.env": `JEAN2_AUTH_TOKEN=${value}\n`,
      ...(ignored !== null && { ".gitignore": ignored }),
    },
  });
  git(prepared.machine.home, "init", "--quiet");
  return prepared;
}

describe("findGitExposure", () => {
  it("says nothing outside of a work tree", async () => {
    const { subject } = await prepare({ files: { ".jean2/.env": `JEAN2_AUTH_TOKEN=${keyA}\n` } });
    expect(spelled(findGitExposure(subject))).toEqual([]);
  });

  it.each([
    ["an ignored file", ".env\n", keyA],
    ["a file without a key", null, ""],
  ])("says nothing of %s", async (_, ignored, value) => {
    const { subject } = await withRepository(ignored, value);
    expect(spelled(findGitExposure(subject))).toEqual([]);
  });

  it("finds a file that the next git add takes", async () => {
    const { subject, at, machine } = await withRepository(null);
    expect(spelled(findGitExposure(subject))).toMatchObject([
      {
        id: "git-exposed",
        severity: "warning",
        location: at(".jean2/.env"),
        fix: `printf '%s\\n' /.jean2/.env >> ${machine.home}/.gitignore`,
      },
    ]);
  });

  it("finds a file that git has", async () => {
    const { subject, machine } = await withRepository(null);
    git(machine.home, "add", ".jean2/.env");
    const [found] = spelled(findGitExposure(subject));
    expect(found).toMatchObject({ id: "git-tracked", severity: "error" });
    expect(found?.fix).toContain("rm --cached");
    expect(found?.fix).toContain("keyward token rotate");
  });

  it("says that it cannot tell where git cannot be asked", async () => {
    const { subject } = await withRepository(null);
    const machine = { ...subject.machine, env: { ...subject.machine.env, PATH: "/nowhere" } };
    expect(spelled(findGitExposure({ ...subject, machine }))).toMatchObject([
      { id: "git-unknown", severity: "info" },
    ]);
  });
});

describe("the line for .gitignore", () => {
  it.each([
    [null, "/.jean2/.env\n"],
    ["", "/.jean2/.env\n"],
    ["*.log\n", "*.log\n/.jean2/.env\n"],
    ["*.log", "*.log\n/.jean2/.env\n"],
    ["a\r\n", "a\r\n/.jean2/.env\n"],
    [".env\n!.env\n", ".env\n!.env\n/.jean2/.env\n"],
  ])("is added to %j", async (before, after) => {
    const { subject, at, machine } = await withRepository(before);
    const plan = planIgnoreLine(at(".jean2/.env"), machine);
    expect(plan).toEqual({ path: at(".gitignore"), line: "/.jean2/.env" });
    if (plan !== null) addIgnoreLine(plan, machine);
    expect(readFileSync(at(".gitignore"), "utf8")).toBe(after);
    expect(spelled(findGitExposure(subject))).toEqual([]);
    expect(planIgnoreLine(at(".jean2/.env"), machine)).toBeNull();
  });

  it("is not added where it alone does not help", async () => {
    const { at, machine } = await withRepository("/.jean2/.env\n!/.jean2/.env\n");
    expect(planIgnoreLine(at(".jean2/.env"), machine)).toBeNull();
  });

  it("is not added for a file that git has", async () => {
    const { at, machine } = await withRepository(null);
    git(machine.home, "add", ".jean2/.env");
    expect(planIgnoreLine(at(".jean2/.env"), machine)).toBeNull();
  });

  it("does not follow a link, as git does not", async () => {
    const { at, machine } = await withRepository(null);
    writeFileSync(at("elsewhere"), "");
    const { symlinkSync } = await import("node:fs");
    symlinkSync(at("elsewhere"), at(".gitignore"));
    const plan = { path: at(".gitignore"), line: "/x" };
    expect(() => addIgnoreLine(plan, machine)).toThrow(
      /^cannot write .*\.gitignore: too many levels of symbolic links/,
    );
    expect(readFileSync(at("elsewhere"), "utf8")).toBe("");
  });
});
