import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import type { FileSystem, User } from "../../src/core/machine.js";
import { findFile, inspectFile, tightenMode } from "../../src/files/file-checks.js";
import { walkPath } from "../../src/files/walk-path.js";
import { refusingFs } from "../helpers/failing-fs.js";
import { testMachine, type TestMachine } from "../helpers/machine.js";

const ROOT: User = { uid: 0, gid: 0, name: "root" };
const BOB: User = { uid: 1001, gid: 1001, name: "bob" };

/** A file system in which paths belong to whom the table says; the rest to root. */
function ownedFs(
  owners: Readonly<Record<string, number>>,
  texts: Record<string, string>,
): FileSystem {
  const passwd = "root:x:0:0:root:/root:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n";
  const group = "root:x:0:\nbob:x:1001:\njean:x:2002:\n";
  const files: Record<string, string> = { "/etc/passwd": passwd, "/etc/group": group, ...texts };
  const paths = new Map<number, string>();
  const own = <Found extends fs.Stats | undefined>(stats: Found, name: string): Found =>
    stats && Object.assign(stats, { uid: owners[name] ?? 0 });
  const changed: Partial<Record<string, unknown>> = {
    lstatSync: (name: string) => own(fs.lstatSync(name, { throwIfNoEntry: false }), name),
    openSync: (name: string, flags: number) => {
      const fd = fs.openSync(name, flags);
      paths.set(fd, name);
      return fd;
    },
    fstatSync: (fd: number) => own(fs.fstatSync(fd), paths.get(fd) ?? ""),
    readFileSync: (name: string | number, encoding?: BufferEncoding) =>
      typeof name === "string" && name in files ? files[name] : fs.readFileSync(name, encoding),
  };
  return new Proxy<FileSystem>(fs, {
    get: (target, name, receiver) =>
      changed[String(name)] ?? (Reflect.get(target, name, receiver) as unknown),
  });
}

function withFile(name = ".env", mode = 0o600): { machine: TestMachine; file: string } {
  const machine = testMachine();
  const file = path.join(machine.home, name);
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, "A=1\n");
  fs.chmodSync(file, mode);
  return { machine, file };
}

describe("finding a file", () => {
  it("gives its bytes and facts", () => {
    const { machine, file } = withFile();
    const { ino, dev, uid, gid, mtimeMs } = fs.statSync(file);
    expect(findFile(file, machine)).toEqual({
      path: file,
      target: file,
      bytes: Buffer.from("A=1\n"),
      facts: { mode: 0o600, uid, gid, nlink: 1, dev, ino, mtimeMs },
      missingFolders: [],
      notes: [],
    });
  });

  it("names the folders that a new one needs, outermost first", () => {
    const machine = testMachine();
    const folder = path.join(machine.home, "a");
    const found = findFile(path.join(folder, "b", ".env"), machine);
    expect(found).toMatchObject({ bytes: null, facts: null });
    expect(found.missingFolders).toEqual([folder, path.join(folder, "b")]);
  });

  it.each([
    ["a link", { link: "real/.env" }, "link"],
    ["a link to a link", { link: "second", second: "real/.env" }, "link"],
    ["a folder that is a link", { folder: "real" }, "folder/.env"],
    ["a link with dots", { "real/back": "../real/./.env" }, "real/back"],
    ["a path with dots", {}, "real/../real/./.env"],
  ])("follows %s", (_, links, asked) => {
    const { machine, file } = withFile("real/.env");
    for (const [link, to] of Object.entries(links))
      fs.symlinkSync(to, path.join(machine.home, link));
    expect(findFile(`${machine.home}/${asked}`, machine).target).toBe(file);
  });

  it("follows an absolute link", () => {
    const { machine, file } = withFile("real/.env");
    const link = path.join(machine.home, "link");
    fs.symlinkSync(file, link);
    expect(findFile(link, machine)).toMatchObject({ path: link, target: file });
  });

  it("ends in the folder that holds the file, be it the topmost", () => {
    const machine = testMachine();
    const link = path.join(machine.home, "link");
    fs.symlinkSync("/etc", link);
    expect(walkPath(link, machine).folders.at(-1)?.path).toBe("/");
    expect(walkPath(`${link}/../etc/x`, machine).folders.at(-1)?.path).toBe("/etc");
  });

  it("finds the place of a new file behind a folder that is a link", () => {
    const machine = testMachine();
    fs.mkdirSync(path.join(machine.home, "real"));
    fs.symlinkSync("real", path.join(machine.home, "folder"));
    const found = findFile(path.join(machine.home, "folder", "new", ".env"), machine);
    expect(found.target).toBe(path.join(machine.home, "real", "new", ".env"));
    expect(found.missingFolders).toEqual([path.join(machine.home, "real", "new")]);
  });

  it.each([
    ["a link", { link: "nowhere" }, "link", "link", "nowhere"],
    ["a link to a missing folder", { link: "no/where" }, "link", "link", "no/where"],
    ["the first of two links", { link: "b", b: "nowhere" }, "link", "link", "nowhere"],
    ["a link through a link", { link: "b/c", b: "." }, "link", "link", "c"],
    ["a folder", { folder: "nowhere" }, "folder/.env", "folder", "nowhere"],
  ])("tells both ends of a link to nothing: %s", (_, links, asked, link, end) => {
    const machine = testMachine();
    const at = (name: string): string => path.join(machine.home, name);
    for (const [name, to] of Object.entries(links)) fs.symlinkSync(to, at(name));
    const onTheWay = asked === link ? "" : `, on the way to ${at(asked)},`;
    expect(() => findFile(at(asked), machine)).toThrowError(
      expect.objectContaining({
        code: "not-found",
        message: `${at(link)}${onTheWay} is a symbolic link to ${at(end)}, which does not exist`,
        hint: `create ${at(end)}, or remove the link: rm ${at(link)}`,
      }),
    );
  });

  it("gives up on links that go round in a circle", () => {
    const machine = testMachine();
    const link = path.join(machine.home, "link");
    fs.symlinkSync("link", link);
    expect(() => findFile(link, machine)).toThrowError(
      expect.objectContaining({
        code: "unreadable",
        message: `cannot read ${link}: too many levels of symbolic links`,
      }),
    );
  });

  it("takes no folder for a file, nor a file for a folder", () => {
    const { machine, file } = withFile();
    expect(() => findFile(machine.home, machine)).toThrowError(
      expect.objectContaining({
        code: "not-a-file",
        message: `${machine.home} is a folder, not a file`,
      }),
    );
    expect(() => findFile(path.join(file, "x"), machine)).toThrowError(
      expect.objectContaining({ code: "not-a-file", message: `${file} is not a folder` }),
    );
  });

  it("takes no socket and no device for a file", async () => {
    const machine = testMachine();
    const socket = path.join(machine.home, "socket");
    const server = net.createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      for (const other of [socket, "/dev/null"]) {
        expect(() => findFile(other, machine)).toThrowError(
          expect.objectContaining({
            code: "not-a-file",
            message: `${other} is a device, pipe or socket, not a file`,
          }),
        );
      }
    } finally {
      server.close();
    }
  });

  it.each([
    ["lstatSync", "EACCES", "permission denied"],
    ["openSync", "EACCES", "permission denied"],
    ["readFileSync", "EIO", "the disk reports an error"],
  ] as const)("tells a failed %s", (call, code, why) => {
    const { machine, file } = withFile();
    const broken = { ...machine, fs: refusingFs({ [call]: code }) };
    expect(() => findFile(file, broken)).toThrowError(
      expect.objectContaining({ code: "unreadable", message: `cannot read ${file}: ${why}` }),
    );
  });

  it("wants an absolute path", () => {
    expect(() => findFile(".env", testMachine())).toThrowError(
      new TypeError("not an absolute path: .env"),
    );
  });
});

describe("notes", () => {
  it.each([
    [0o777, "anybody may replace files in HOME"],
    [0o770, "group jean may replace files in HOME"],
    [0o1777, null],
    [0o755, null],
  ])("about a folder of mode %o", (mode, expected) => {
    const { machine, file } = withFile();
    fs.chmodSync(machine.home, mode);
    const grouped = ownedFs({}, { "/etc/group": `jean:x:${fs.statSync(machine.home).gid}:\n` });
    const { notes } = findFile(file, { ...machine, fs: grouped });
    expect(notes).toEqual(
      expected === null
        ? []
        : [{ id: "folder-open", message: expected.replace("HOME", machine.home) }],
    );
  });
});

describe("the mode after a write", () => {
  it.each([
    ["0640 root:jean stays readable for the service", 0o640, 0, 2002, ROOT, 0o640],
    ["a group never writes", 0o660, 0, 2002, ROOT, 0o640],
    ["0640 root:root", 0o640, 0, 0, ROOT, 0o600],
    ["0644 root:jean", 0o644, 0, 2002, ROOT, 0o640],
    ["0600 root:jean", 0o600, 0, 2002, ROOT, 0o600],
    ["0640 bob:bob, by bob", 0o640, 1001, 1001, BOB, 0o600],
    ["0640 bob:bob, by root", 0o640, 1001, 1001, ROOT, 0o600],
    ["0640 bob:jean, by root", 0o640, 1001, 2002, ROOT, 0o640],
    ["0640 of a user whom nobody lists", 0o640, 4004, 2002, ROOT, 0o600],
  ])("%s", (_, mode, uid, gid, user, expected) => {
    const machine = testMachine({ user, fs: ownedFs({}, {}) });
    expect(tightenMode({ mode, uid, gid }, machine).toString(8)).toBe(expected.toString(8));
  });
});

describe("a file that must not be written", () => {
  it("has a second name", () => {
    const { machine, file } = withFile();
    fs.linkSync(file, path.join(machine.home, "other"));
    expect(() => inspectFile(file, machine)).toThrowError(
      expect.objectContaining({
        code: "hard-link",
        message: `${file} has 2 names (hard links), and only one of them would get the new bytes`,
        hint: `find the others: find / -xdev -samefile ${file}`,
      }),
    );
  });

  it("belongs to somebody else", () => {
    const { machine, file } = withFile();
    const asBob = { ...machine, user: BOB, fs: ownedFs({ [file]: 3003 }, {}) };
    expect(() => inspectFile(file, asBob)).toThrowError(
      expect.objectContaining({
        code: "unwritable",
        message: `${file} belongs to 3003, and would not any more after a write`,
        hint: "run it as the owner: sudo -u '#3003' …",
      }),
    );
  });

  it.each([
    ["EACCES", "permission denied"],
    ["EROFS", "the file system is read-only"],
  ])("lies in a folder that refuses it: %s", (code, why) => {
    const { machine, file } = withFile();
    const closed = { ...machine, fs: refusingFs({ accessSync: code }) };
    expect(() => inspectFile(file, closed)).toThrowError(
      expect.objectContaining({ code: "unwritable", message: `cannot write ${file}: ${why}` }),
    );
  });
});

describe("as root", () => {
  const asRoot = (machine: TestMachine, owners: Readonly<Record<string, number>>): TestMachine => ({
    ...machine,
    user: ROOT,
    fs: ownedFs(owners, {}),
  });

  it("root's own folders are fine, and so is another's file in one", () => {
    const { machine, file } = withFile();
    expect(inspectFile(file, asRoot(machine, {})).target).toBe(file);
    expect(inspectFile(file, asRoot(machine, { [file]: 1001 })).facts?.uid).toBe(1001);
  });

  it.each(["folder", "upper folder", "missing file's folder"])(
    "a foreign %s is refused",
    (which) => {
      const { machine, file } = withFile(".jean2/.env");
      const owned = which === "upper folder" ? machine.home : path.dirname(file);
      const asked = which.startsWith("missing") ? path.join(owned, "new", ".env") : file;
      expect(() => inspectFile(asked, asRoot(machine, { [owned]: 1001 }))).toThrowError(
        expect.objectContaining({
          code: "foreign-folder",
          message: `${owned} belongs to bob, and this is root`,
          hint: "run it as the owner: sudo -u bob …",
        }),
      );
    },
  );

  it("a foreign folder or link on the way is refused though the end is root's", () => {
    const { machine, file } = withFile();
    const folder = path.join(machine.home, "bobs");
    const link = path.join(folder, "link");
    fs.mkdirSync(folder);
    fs.symlinkSync(file, link);
    for (const foreign of [folder, link]) {
      expect(() => inspectFile(link, asRoot(machine, { [foreign]: 1001 }))).toThrowError(
        expect.objectContaining({
          code: "foreign-folder",
          message: `${foreign} belongs to bob, and this is root`,
        }),
      );
    }
  });

  it("another's file in a folder where others write is refused", () => {
    const { machine, file } = withFile();
    fs.chmodSync(machine.home, 0o1777);
    expect(() => inspectFile(file, asRoot(machine, { [file]: 1001 }))).toThrowError(
      expect.objectContaining({
        code: "foreign-folder",
        message: `${file} belongs to bob, and this is root`,
      }),
    );
  });

  it("a foreign folder is read all the same", () => {
    const { machine, file } = withFile();
    expect(findFile(file, asRoot(machine, { [machine.home]: 1001 })).bytes).toEqual(
      Buffer.from("A=1\n"),
    );
  });

  it.each([
    ["by sudo, below root's home", "bob", "new", true],
    ["by sudo, a file that is there", "bob", ".env", false],
    ["by root's own sudo", "root", "new", false],
    ["without sudo", undefined, "new", false],
  ])("%s", (_, person, name, isRefused) => {
    const { machine } = withFile();
    const file = path.join(machine.home, name);
    const passwd = `root:x:0:0:root:${machine.home}:/bin/sh\n`;
    const env = { ...machine.env, SUDO_USER: person };
    const sudo = { ...machine, env, user: ROOT, fs: ownedFs({}, { "/etc/passwd": passwd }) };
    const attempt = (): boolean => inspectFile(file, sudo).bytes !== null;
    const refusal = expect.objectContaining({
      code: "foreign-folder",
      message: `with sudo, ${file} would be created for root, and not for bob`,
      hint: "run it without sudo; for a server that root runs itself, from a root shell: sudo -i",
    });
    const outcome = ((): unknown => {
      try {
        return attempt();
      } catch (error) {
        return error;
      }
    })();
    expect(outcome).toEqual(isRefused ? refusal : name === ".env");
  });
});
