import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import type { KeywardError } from "../../src/core/errors.js";
import { inspectFile } from "../../src/files/file-checks.js";
import { gitStatusOf } from "../../src/files/git.js";
import { acquireLock } from "../../src/files/lock.js";
import { writeFileSafely } from "../../src/files/safe-write.js";
import { bundleScript } from "../helpers/bundle.js";
import { testMachine } from "../helpers/machine.js";

// Users and a group that nobody has to create: to the kernel they are only numbers.
const ALICE = { uid: 41001, gid: 41001 };
const BOB = { uid: 41002, gid: 41002 };
const SERVICE = 41100;

const OLD = Buffer.from("JEAN2_AUTH_TOKEN=old\n");
const NEW = Buffer.from("JEAN2_AUTH_TOKEN=new-and-longer\n");

let base: string;
let script: string;

beforeAll(async () => {
  // Without root nothing here can be set up, and a test that is not set up must not pass.
  if (process.getuid?.() !== 0) throw new Error("these tests need root");
  base = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "keyward-system-"));
  fs.chmodSync(base, 0o755);
  script = await bundleScript(
    base,
    "do",
    `import { createMachine } from "keyward:core/machine.js";
     import { gitStatusOf } from "keyward:files/git.js";
     import { acquireLock } from "keyward:files/lock.js";
     import { writeFileSafely } from "keyward:files/safe-write.js";
     const machine = createMachine({ process, date: Date });
     const [what, file, before, after] = process.argv.slice(2);
     const deeds = {
       write: () => writeFileSafely(file, { before: before ? Buffer.from(before) : null, after: Buffer.from(after) }, machine, () => true),
       lock: () => acquireLock(file, machine).path,
       hold: () => { acquireLock(file, machine); setInterval(() => {}, 1000); return "held"; },
       git: () => gitStatusOf(file, machine),
     };
     try {
       console.log(JSON.stringify(deeds[what]()));
     } catch ({ code, message, hint }) {
       console.log(JSON.stringify({ code, message, hint }));
     }`,
  );
});

afterAll(() => fs.rmSync(base, { recursive: true, force: true }));

/** What a process of another user gets; its environment is that user's own. */
function doAs(user: { uid: number; gid: number }, ...args: string[]): unknown {
  const env = { HOME: "/", PATH: process.env["PATH"] };
  const run = spawnSync(process.execPath, [script, ...args], {
    ...user,
    cwd: "/",
    env,
    encoding: "utf8",
  });
  expect({ error: run.error, stderr: run.stderr }).toEqual({ error: undefined, stderr: "" });
  return JSON.parse(run.stdout);
}

let folders = 0;

/** A folder of root's that everybody may look into, or of somebody else. */
function makeFolder(
  owner: { uid: number; gid: number } = { uid: 0, gid: 0 },
  mode = 0o755,
): string {
  const folder = path.join(base, `folder-${++folders}`);
  fs.mkdirSync(folder);
  fs.chownSync(folder, owner.uid, owner.gid);
  fs.chmodSync(folder, mode);
  return folder;
}

function makeFile(folder: string, owner = { uid: 0, gid: 0 }, mode = 0o600): string {
  const file = path.join(folder, ".env");
  fs.writeFileSync(file, OLD);
  fs.chownSync(file, owner.uid, owner.gid);
  fs.chmodSync(file, mode);
  return file;
}

function mount(...args: string[]): void {
  execFileSync("mount", args);
  const at = args.at(-1)!;
  onTestFinished(() => void execFileSync("umount", [at]));
}

function stateOf(file: string): {
  bytes: Buffer;
  mode: string;
  uid: number;
  gid: number;
  names: string[];
} {
  const { mode, uid, gid } = fs.statSync(file);
  const names = fs.readdirSync(path.dirname(file)).sort();
  return { bytes: fs.readFileSync(file), mode: (mode & 0o7777).toString(8), uid, gid, names };
}

function failureOf(action: () => unknown): KeywardError {
  try {
    action();
  } catch (error) {
    return error as KeywardError;
  }
  throw new Error("it did not fail");
}

const accept = (): boolean => true;

describe("a full disk", () => {
  /** 64 KiB, of which less than a page is free. */
  function fullDisk(): { folder: string; file: string } {
    const folder = makeFolder();
    mount("-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", folder);
    const file = makeFile(folder);
    const filler = fs.openSync(path.join(folder, "filler"), "w");
    const write = (): number => fs.writeSync(filler, Buffer.alloc(4096));
    expect(() => {
      for (;;) write();
    }).toThrowError(expect.objectContaining({ code: "ENOSPC" }));
    fs.closeSync(filler);
    return { folder, file };
  }

  it("leaves the file as it was, and nothing else", () => {
    const { file } = fullDisk();
    const before = stateOf(file);
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, testMachine(), accept),
    );
    expect(error).toMatchObject({
      code: "write-failed",
      message: `cannot write ${file}: the disk is full`,
    });
    expect(stateOf(file)).toEqual(before);
  });

  it("leaves a mounted file as it was, and nothing else", () => {
    const { file } = fullDisk();
    mount("--bind", file, file);
    const before = stateOf(file);
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, testMachine(), accept),
    );
    expect(error.code).toBe("write-failed");
    expect(stateOf(file)).toEqual(before);
  });

  it("leaves no new folder and no lock", () => {
    const { folder } = fullDisk();
    const file = path.join(folder, "a", ".env");
    for (const action of [
      () => writeFileSafely(file, { before: null, after: NEW }, testMachine(), accept),
      () => acquireLock(file, testMachine()),
    ]) {
      expect(failureOf(action)).toMatchObject({ code: "write-failed" });
      expect(fs.readdirSync(folder).sort()).toEqual([".env", "filler"]);
    }
  });
});

describe("a file that is a mount point", () => {
  it("is written in place, and stays one", () => {
    const folder = makeFolder();
    const source = makeFile(makeFolder(), { uid: 0, gid: SERVICE }, 0o644);
    const file = makeFile(folder);
    mount("--bind", source, file);
    const { ino } = fs.statSync(source);
    const written = writeFileSafely(file, { before: OLD, after: NEW }, testMachine(), accept);
    expect(written).toEqual({
      created: false,
      notes: ["mode 0644 became 0640", `group ${SERVICE} may read ${file}; left as it is`],
    });
    expect(stateOf(file)).toEqual({
      bytes: NEW,
      mode: "640",
      uid: 0,
      gid: SERVICE,
      names: [".env"],
    });
    expect([fs.statSync(source).ino, fs.readFileSync(source)]).toEqual([ino, NEW]);
  });

  it("gets its old bytes back when the new ones do not hold", () => {
    const file = makeFile(makeFolder(), undefined, 0o644);
    mount("--bind", file, file);
    const before = stateOf(file);
    let calls = 0;
    // Good in the temporary file, and no more once they are in place.
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, testMachine(), () => ++calls === 1),
    );
    expect(error.code).toBe("verify-failed");
    expect(calls).toBe(2);
    expect(stateOf(file)).toEqual(before);
  });
});

it("a read-only file system is said", () => {
  const folder = makeFolder();
  const file = makeFile(folder);
  mount("--bind", folder, folder);
  execFileSync("mount", ["-o", "remount,ro,bind", folder]);
  for (const action of [
    () => writeFileSafely(file, { before: OLD, after: NEW }, testMachine(), accept),
    () => acquireLock(file, testMachine()),
  ]) {
    expect(failureOf(action)).toMatchObject({
      code: "unwritable",
      message: `cannot write ${file}: the file system is read-only`,
    });
  }
});

describe("root", () => {
  const owners = [
    ["its own file", { uid: 0, gid: 0 }, 0o600, "600"],
    ["a file of root and a service", { uid: 0, gid: SERVICE }, 0o640, "640"],
    ["a file of somebody else, in root's folder", BOB, 0o600, "600"],
  ] as const;

  it.each(owners)("keeps the owner and the group of %s", (_, owner, mode, expected) => {
    const file = makeFile(makeFolder(), owner, mode);
    writeFileSafely(file, { before: OLD, after: NEW }, testMachine(), accept);
    expect(stateOf(file)).toEqual({ bytes: NEW, mode: expected, ...owner, names: [".env"] });
  });

  it("stays out of another's folder", () => {
    const file = makeFile(makeFolder(BOB), BOB);
    const refusal = {
      code: "foreign-folder",
      message: `${path.dirname(file)} belongs to ${BOB.uid}, and this is root`,
      hint: `run it as the owner: sudo -u '#${BOB.uid}' …`,
    };
    for (const action of [inspectFile, acquireLock]) {
      expect(failureOf(() => action(file, testMachine()))).toMatchObject(refusal);
    }
    expect(stateOf(file).names).toEqual([".env"]);
  });

  it("asks git as the owner of a repository", () => {
    const folder = makeFolder(BOB);
    execFileSync("git", ["init", "-q", folder], {
      ...BOB,
      cwd: "/",
      env: { HOME: folder, PATH: process.env["PATH"] },
    });
    const ran = path.join(folder, "ran");
    const machine = testMachine({ env: { PATH: process.env["PATH"] } });
    expect(gitStatusOf(path.join(folder, ".env"), machine).state).toBe("exposed");
    // Should anything of the repository's run after all, then as nobody more than its owner.
    const git = path.join(makeFolder(), "git");
    fs.writeFileSync(git, `#!/bin/sh\nid -u > ${ran}\nexit 1\n`, { mode: 0o755 });
    const standIn = `${path.dirname(git)}:${process.env["PATH"]}`;
    gitStatusOf(path.join(folder, ".env"), { ...machine, env: { PATH: standIn } });
    expect(fs.readFileSync(ran, "utf8")).toBe(`${BOB.uid}\n`);
  });
});

describe("a user", () => {
  it("writes in a folder of their own", () => {
    const file = makeFile(makeFolder(ALICE), ALICE, 0o644);
    expect(doAs(ALICE, "write", file, OLD.toString(), NEW.toString())).toEqual({
      created: false,
      notes: ["mode 0644 became 0600"],
    });
    expect(stateOf(file)).toEqual({ bytes: NEW, mode: "600", ...ALICE, names: [".env"] });
  });

  it("keeps a group that they are not in, by writing in place", () => {
    const file = makeFile(makeFolder(ALICE), { uid: ALICE.uid, gid: SERVICE }, 0o644);
    const { ino } = fs.statSync(file);
    expect(doAs(ALICE, "write", file, OLD.toString(), NEW.toString())).toEqual({
      created: false,
      notes: ["mode 0644 became 0640", `group ${SERVICE} may read ${file}; left as it is`],
    });
    const state = { bytes: NEW, mode: "640", uid: ALICE.uid, gid: SERVICE, names: [".env"] };
    expect(stateOf(file)).toEqual(state);
    expect(fs.statSync(file).ino).toBe(ino);
  });

  it.each([
    [
      "a folder that they may not write to",
      () => makeFile(makeFolder(), ALICE),
      "unwritable",
      "cannot write FILE: permission denied",
    ],
    [
      "a file that they may not read",
      () => makeFile(makeFolder(ALICE)),
      "unreadable",
      "cannot read FILE: permission denied",
    ],
    [
      "a folder that they may not enter",
      () => makeFile(makeFolder({ uid: 0, gid: 0 }, 0o700), ALICE),
      "unreadable",
      "cannot read FILE: permission denied",
    ],
    [
      "another's file in a folder of all",
      () => makeFile(makeFolder({ uid: 0, gid: 0 }, 0o777), BOB, 0o666),
      "unwritable",
      `FILE belongs to ${BOB.uid}, and would not any more after a write`,
    ],
  ])("is refused %s", (_, make, code, message) => {
    const file = make();
    const before = stateOf(file);
    for (const what of ["write", "lock"]) {
      expect(doAs(ALICE, what, file, OLD.toString(), NEW.toString())).toMatchObject({
        code,
        message: message.replace("FILE", file),
      });
    }
    expect(stateOf(file)).toEqual(before);
  });

  it("sees that another's process holds the lock", async () => {
    const folder = makeFolder({ uid: 0, gid: 0 }, 0o777);
    const file = path.join(folder, ".env");
    const holder = spawn(process.execPath, [script, "hold", file], { ...BOB, cwd: "/", env: {} });
    onTestFinished(() => void holder.kill("SIGKILL"));
    await once(holder.stdout, "data");
    const lockPath = path.join(folder, "..env.keyward-lock");
    expect(doAs(ALICE, "lock", file)).toMatchObject({
      code: "locked",
      message: `${file} is locked by ${lockPath}, and it cannot be read (cannot read ${lockPath}: permission denied)`,
    });
    // Root can read the lock, and the process, though another's, is known to be there.
    expect(
      failureOf(() => acquireLock(file, testMachine({ hostname: os.hostname() }))),
    ).toMatchObject({
      code: "locked",
      message: expect.stringContaining(`is being changed by process ${holder.pid} on `) as string,
    });
  });

  it("is told that git trusts no repository of somebody else", () => {
    const folder = makeFolder(BOB);
    execFileSync("git", ["init", "-q", folder], {
      ...BOB,
      cwd: "/",
      env: { HOME: folder, PATH: process.env["PATH"] },
    });
    expect(doAs(ALICE, "git", path.join(folder, ".env"))).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining("dubious ownership") as string,
    });
  });
});
