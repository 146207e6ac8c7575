import * as fs from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import type { KeywardError } from "../../src/core/errors.js";
import type { FileSystem } from "../../src/core/machine.js";
import { writeFileSafely } from "../../src/files/safe-write.js";
import { failingFs, mountedFs, refusingFs, watchedFs, writingFs } from "../helpers/failing-fs.js";
import { testMachine, type TestMachine } from "../helpers/machine.js";

const OLD = Buffer.from("# mine\nJEAN2_AUTH_TOKEN=old\xff\n", "latin1");
const NEW = Buffer.from("# mine\nJEAN2_AUTH_TOKEN=new-and-longer\xff\n", "latin1");

/** Every name below a folder. */
function tree(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}

function modeOf(file: string): string {
  return (fs.statSync(file).mode & 0o7777).toString(8);
}

function withEnvFile(mode = 0o600): { machine: TestMachine; file: string } {
  const machine = testMachine();
  const file = path.join(machine.home, ".env");
  fs.writeFileSync(file, OLD);
  fs.chmodSync(file, mode);
  return { machine, file };
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

const isEnvFile = (path: string): boolean => path.endsWith("/.env");
const unchanged = (inner: FileSystem): FileSystem => inner;
const mounted = (inner: FileSystem): FileSystem => mountedFs(isEnvFile, "EBUSY", inner);

/** A file system in which a new file gets another group than the old one has, and cannot be given it. */
function foreignGroup(inner: FileSystem): FileSystem {
  const refusing = refusingFs({ fchownSync: "EPERM" }, inner);
  return new Proxy(refusing, {
    get(target, name, receiver) {
      if (name !== "fstatSync") return Reflect.get(target, name, receiver) as unknown;
      return (fd: number) => {
        const stats = target.fstatSync(fd);
        if (stats.size === NEW.length) stats.gid += 1;
        return stats;
      };
    },
  });
}

describe("a file that is there", () => {
  it("gets its new bytes", () => {
    const { machine, file } = withEnvFile();
    const written = writeFileSafely(file, { before: OLD, after: NEW }, machine, (bytes) =>
      bytes.equals(NEW),
    );
    expect(written).toEqual({ created: false, notes: [] });
    expect(fs.readFileSync(file)).toEqual(NEW);
    expect(tree(machine.home)).toEqual([".env"]);
  });

  it.each([
    [0o600, "600", []],
    [0o400, "400", []],
    [0o644, "600", ["mode 0644 became 0600"]],
    [0o660, "600", ["mode 0660 became 0600"]],
    [0o755, "700", ["mode 0755 became 0700"]],
    [0o4755, "700", ["mode 4755 became 0700"]],
  ])("loses what others may do: %o", (mode, expected, notes) => {
    const { machine, file } = withEnvFile(mode);
    const written = writeFileSafely(file, { before: OLD, after: NEW }, machine, accept);
    expect(written.notes).toEqual(notes);
    expect(modeOf(file)).toBe(expected);
  });

  it("is written whole by a system that takes three bytes at a time", () => {
    const { file, machine } = withEnvFile();
    const slow = writingFs((fd, bytes, from, count, to) =>
      fs.writeSync(fd, bytes, from, Math.min(count, 3), to),
    );
    writeFileSafely(file, { before: OLD, after: NEW }, { ...machine, fs: slow }, accept);
    expect(fs.readFileSync(file)).toEqual(NEW);
  });

  it("is the one that a symbolic link leads to", () => {
    const { machine, file } = withEnvFile();
    const link = path.join(machine.home, "link");
    fs.symlinkSync(".env", link);
    writeFileSafely(link, { before: OLD, after: NEW }, machine, accept);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(file)).toEqual(NEW);
  });

  it("stays when it is not what the edit was made for", () => {
    const { machine, file } = withEnvFile();
    const other = Buffer.from("something else");
    const error = failureOf(() =>
      writeFileSafely(file, { before: other, after: NEW }, machine, accept),
    );
    expect(error).toMatchObject({
      code: "changed-meanwhile",
      message: `${file} was changed by another program between reading and writing; it was left alone`,
      hint: "try again",
    });
    expect(fs.readFileSync(file)).toEqual(OLD);
  });

  it.each([
    ["with other bytes", (file: string) => fs.writeFileSync(file, "theirs"), "theirs"],
    ["replaced by an equal file", replaceByEqual, OLD.toString("latin1")],
    ["removed", (file: string) => fs.unlinkSync(file), null],
  ])("is left alone when another program changes it meanwhile: %s", (_, meddle, left) => {
    const { machine, file } = withEnvFile();
    const meddling = testMachine({
      home: machine.home,
      fs: meddleBefore("fsyncSync", file, meddle),
    });
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, meddling, accept),
    );
    expect(error.code).toBe("changed-meanwhile");
    expect(fs.existsSync(file) ? fs.readFileSync(file, "latin1") : null).toBe(left);
    expect(tree(machine.home)).toEqual(left === null ? [] : [".env"]);
  });

  it("is not given back its old bytes when another program writes right after", () => {
    const { machine, file } = withEnvFile();
    let renamed = false;
    const meddlingFs = watchedFs((_, name) => {
      if (renamed) fs.writeFileSync(file, "theirs");
      renamed = name === "renameSync";
    });
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, { ...machine, fs: meddlingFs }, accept),
    );
    expect(error).toMatchObject({
      code: "changed-meanwhile",
      message: `${file} was changed by another program right after it was written; it was left alone`,
    });
    expect(fs.readFileSync(file, "utf8")).toBe("theirs");
  });
});

function replaceByEqual(file: string): void {
  fs.copyFileSync(file, `${file}.copy`);
  fs.renameSync(`${file}.copy`, file);
}

function meddleBefore(call: string, file: string, meddle: (file: string) => void): FileSystem {
  let done = false;
  return watchedFs((_, name) => {
    if (name !== call || done) return;
    done = true;
    meddle(file);
  });
}

describe("a file that is not there", () => {
  it("is created 0600, in folders 0700, whatever the umask", () => {
    const machine = testMachine();
    const file = path.join(machine.home, "a", "b", ".env");
    const before = process.umask(0);
    let written;
    try {
      written = writeFileSafely(file, { before: null, after: NEW }, machine, accept);
    } finally {
      process.umask(before);
    }
    expect(written).toEqual({ created: true, notes: [] });
    expect([
      modeOf(file),
      modeOf(path.dirname(file)),
      modeOf(path.join(machine.home, "a")),
    ]).toEqual(["600", "700", "700"]);
  });

  it("is 0600 from its first byte", () => {
    const machine = testMachine();
    const modes = new Set<string>();
    const looking = watchedFs(() => {
      for (const name of fs.readdirSync(machine.home))
        modes.add(modeOf(path.join(machine.home, name)));
    });
    const file = path.join(machine.home, ".env");
    writeFileSafely(file, { before: null, after: NEW }, { ...machine, fs: looking }, accept);
    expect([...modes]).toEqual(["600"]);
  });

  it("is left alone when it appears meanwhile", () => {
    const machine = testMachine();
    const file = path.join(machine.home, ".env");
    const appear = meddleBefore("fsyncSync", file, (path) => fs.writeFileSync(path, "theirs"));
    const error = failureOf(() =>
      writeFileSafely(file, { before: null, after: NEW }, { ...machine, fs: appear }, accept),
    );
    expect(error.code).toBe("changed-meanwhile");
    expect(fs.readFileSync(file, "utf8")).toBe("theirs");
    expect(tree(machine.home)).toEqual([".env"]);
  });
});

describe("new bytes that their reader does not read as they should be", () => {
  const readers = [
    ["other value", () => false, "its reader would not get the new value from the new bytes"],
    [
      "throws",
      () => {
        throw new Error("no");
      },
      "its reader could not read the new bytes",
    ],
  ] as const;
  const ways = [
    ["renamed", fs],
    ["in place", mountedFs(isEnvFile)],
  ] as const;

  for (const [way, fileSystem] of ways) {
    it.each(readers)(`leave the file as it was, ${way}: %s`, (_, verify, why) => {
      const { machine, file } = withEnvFile(0o644);
      const error = failureOf(() =>
        writeFileSafely(file, { before: OLD, after: NEW }, { ...machine, fs: fileSystem }, verify),
      );
      expect(error).toMatchObject({
        code: "verify-failed",
        message: `${file} was not changed: ${why}`,
      });
      expect(fs.readFileSync(file)).toEqual(OLD);
      expect(modeOf(file)).toBe("644");
      expect(tree(machine.home)).toEqual([".env"]);
    });
  }

  it("are verified as they lie on the disk", () => {
    const { machine, file } = withEnvFile();
    const lying = writingFs((fd, bytes, from, count, to) =>
      fs.writeSync(fd, Buffer.alloc(bytes.length, "x"), from, count, to),
    );
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, { ...machine, fs: lying }, accept),
    );
    expect(error).toMatchObject({
      code: "verify-failed",
      message: `${file} was not changed: the disk returns other bytes than it was given`,
    });
    expect(fs.readFileSync(file)).toEqual(OLD);
  });

  it("leave no file and no folder where there was none", () => {
    const machine = testMachine();
    const file = path.join(machine.home, "a", "b", ".env");
    failureOf(() => writeFileSafely(file, { before: null, after: NEW }, machine, () => false));
    expect(tree(machine.home)).toEqual([]);
  });
});

describe("a file that cannot be renamed over", () => {
  it.each(["EBUSY", "EXDEV"])("is written in place: %s", (code) => {
    const { machine, file } = withEnvFile(0o644);
    const before = fs.statSync(file).ino;
    const busy = { ...machine, fs: mountedFs(isEnvFile, code) };
    const written = writeFileSafely(file, { before: OLD, after: NEW }, busy, accept);
    expect(written).toEqual({ created: false, notes: ["mode 0644 became 0600"] });
    expect(fs.readFileSync(file)).toEqual(NEW);
    expect([fs.statSync(file).ino, modeOf(file)]).toEqual([before, "600"]);
    expect(tree(machine.home)).toEqual([".env"]);
  });

  it("loses the rest of longer old bytes", () => {
    const { machine, file } = withEnvFile();
    const short = Buffer.from("A=1\n");
    const busy = { ...machine, fs: mountedFs(isEnvFile) };
    writeFileSafely(file, { before: OLD, after: short }, busy, accept);
    expect(fs.readFileSync(file)).toEqual(short);
  });

  it("is refused while the copy of a write that was cut off lies beside it", () => {
    const { machine, file } = withEnvFile();
    const backup = path.join(machine.home, "..env.keyward-0123456789ab.bak");
    fs.writeFileSync(backup, "the bytes before");
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, machine, accept),
    );
    expect(error).toMatchObject({
      code: "changed-meanwhile",
      message: `an earlier write to ${file} was cut off; ${backup} holds what was there before it`,
      hint: `put it back: cp ${backup} ${file} && rm ${backup}`,
    });
    expect(tree(machine.home)).toEqual(["..env.keyward-0123456789ab.bak", ".env"]);
  });

  it.each([
    ["has these bytes already", OLD],
    ["gets them back", NEW],
  ])("forgets a copy of old bytes when it %s", (_, copy) => {
    const { machine, file } = withEnvFile();
    fs.writeFileSync(path.join(machine.home, "..env.keyward-0123456789ab.bak"), copy);
    writeFileSafely(file, { before: OLD, after: NEW }, machine, accept);
    expect(tree(machine.home)).toEqual([".env"]);
  });
});

describe("a failure at any call of the file system", () => {
  const ways = [
    { name: "replacing", exists: true, alter: unchanged },
    { name: "creating", exists: false, alter: unchanged },
    { name: "in place", exists: true, alter: mounted },
    { name: "in place for its group", exists: true, alter: foreignGroup },
  ] as const;
  type Way = (typeof ways)[number];

  interface Outcome {
    readonly machine: TestMachine;
    readonly file: string;
    readonly error: KeywardError | null;
    /** The calls that were made to fail. */
    readonly failed: readonly string[];
    readonly bytes: "old" | "new" | "none" | "other";
  }

  function writeFailing(way: Way, call: number, code: string, onward: boolean): Outcome {
    const machine = testMachine();
    const file = path.join(machine.home, ...(way.exists ? [".env"] : ["a", "b", ".env"]));
    if (way.exists) fs.writeFileSync(file, OLD, { mode: 0o644 });
    if (way.exists) fs.chmodSync(file, 0o644);
    const { fs: broken, failed } = failingFs(call, code, { onward });
    const fileSystem = way.alter(broken);
    let error: KeywardError | null = null;
    try {
      const before = way.exists ? OLD : null;
      writeFileSafely(file, { before, after: NEW }, { ...machine, fs: fileSystem }, accept);
    } catch (thrown) {
      error = thrown as KeywardError;
    }
    const now = fs.existsSync(file) ? fs.readFileSync(file) : null;
    const bytes =
      now === null ? "none" : now.equals(OLD) ? "old" : now.equals(NEW) ? "new" : "other";
    return { machine, file, error, failed, bytes };
  }

  /** Outcomes for a failure at the first call, the second, and so on until nothing fails any more. */
  function allOutcomes(way: Way, code: string, onward: boolean): Outcome[] {
    const outcomes: Outcome[] = [];
    for (let call = 1; outcomes.at(-1)?.failed.length !== 0; call++) {
      outcomes.push(writeFailing(way, call, code, onward));
    }
    return outcomes;
  }

  const cases = ways.flatMap((way) =>
    ["EIO", "ENOSPC", "EACCES"].map((code) => [way.name, code, way] as const),
  );

  it.each(cases)("leaves the file as it was and nothing else: %s, %s", (_, code, way) => {
    const outcomes = allOutcomes(way, code, false);
    const untouched = way.exists
      ? { bytes: "old", mode: "644", names: [".env"] }
      : { bytes: "none", mode: null, names: [] };
    const written = {
      bytes: "new",
      mode: "600",
      names: way.exists ? [".env"] : ["a", "a/b", "a/b/.env"],
    };
    for (const { machine, file, error, failed, bytes } of outcomes) {
      const mode = bytes === "none" ? null : modeOf(file);
      expect({ failed, bytes, mode, names: tree(machine.home) }).toEqual({
        failed,
        ...(error ? untouched : written),
      });
      expect(error?.message ?? file).toContain(machine.home);
    }
    expect(outcomes.length).toBeGreaterThan(20);
    const codes = outcomes.map(({ error }) => error?.code.replace("unwritable", "write-failed"));
    expect(new Set(codes)).toEqual(new Set(["unreadable", "write-failed", undefined]));
  });

  it.each(ways.slice(0, 2))("that goes on leaves old or new bytes, whole: $name", (way) => {
    const told = allOutcomes(way, "EIO", true).map(({ bytes, error }) => {
      const admits = error ? / has its new bytes, but /u.test(error.message) : "written";
      return `${bytes} ${admits}`;
    });
    const untouched = way.exists ? "old false" : "none false";
    expect([...new Set(told)].sort()).toEqual(["new true", "new written", untouched].sort());
  });

  it("that goes on in place leaves a 0600 copy of the old bytes and says where", () => {
    const damaged = allOutcomes(ways[2], "EIO", true).filter(({ error }) =>
      error?.message.includes("damaged"),
    );
    for (const { file, error } of damaged) {
      const backup = / its old bytes are in (.+)$/u.exec(error!.message)![1]!;
      expect([fs.readFileSync(backup), modeOf(backup)]).toEqual([OLD, "600"]);
      expect(error!.hint).toBe(`put them back: cp ${backup} ${file} && rm ${backup}`);
    }
    const where = damaged.map(({ failed }) => failed[0]);
    expect(where).toEqual(expect.arrayContaining(["writeSync", "ftruncateSync", "fsyncSync"]));
  });

  it("never tells a key", () => {
    const { machine, file } = withEnvFile();
    const injected = failingFs(12, "ENOSPC");
    const error = failureOf(() =>
      writeFileSafely(file, { before: OLD, after: NEW }, { ...machine, fs: injected.fs }, accept),
    );
    expect(JSON.stringify([error.message, error.hint, error.stack])).not.toMatch(/TOKEN|new-and/u);
  });
});
