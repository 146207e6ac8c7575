import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readOwnedFile } from "../../src/files/read-owned.js";
import { temporaryFolder, testMachine } from "../helpers/machine.js";

/** A folder with a file of every kind in it. */
function prepare() {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  mkdirSync(at("real"));
  writeFileSync(at("real/.env"), "A=1\n");
  linkSync(at("real/.env"), at("hard"));
  symlinkSync(at("real/.env"), at("link"));
  symlinkSync(at("real"), at("folder"));
  symlinkSync(at("nowhere"), at("dangling"));
  writeFileSync(at("long"), Buffer.alloc((1 << 20) + 1, "A"));
  writeFileSync(at("longest"), Buffer.alloc(1 << 20, "A"));
  writeFileSync(at("empty"), "");
  execFileSync("mkfifo", [at("pipe")]);
  const machine = testMachine();
  const read = (name: string, uid = machine.user.uid) => readOwnedFile(at(name), uid, machine);
  return { at, machine, read };
}

describe.runIf(process.platform === "linux")("readOwnedFile", () => {
  it("reads a plain file of that user's", () => {
    const { read, machine } = prepare();
    const { bytes, facts } = read("real/.env");
    expect(bytes?.toString()).toBe("A=1\n");
    expect(facts).toMatchObject({ uid: machine.user.uid, nlink: 2 });
    expect(read("hard").bytes?.toString()).toBe("A=1\n");
    expect(read("longest").bytes).toHaveLength(1 << 20);
    expect(read("empty").bytes).toHaveLength(0);
  });

  it("finds nothing where nothing is", () => {
    const { read } = prepare();
    expect(read("real/none")).toEqual({ bytes: null, facts: null });
    expect(read("none/.env")).toEqual({ bytes: null, facts: null });
  });

  it.each([
    ["a link", "link", /link is reached by a link/],
    ["a file below a linked folder", "folder/.env", /reached by a link/],
    ["a link to nothing", "dangling", /reached by a link/],
    ["a pipe, without waiting for it", "pipe", /pipe is no regular file/],
    ["a folder", "real", /real is no regular file/],
    ["more than 1 MiB", "long", /long is over 1 MiB/],
    ["what lies below a file", "hard/.env", /reached by a link, or is not there at all/],
  ])("refuses %s", (_, name, message) => {
    const { read } = prepare();
    expect(() => read(name)).toThrow(
      expect.objectContaining({
        code: "foreign-folder",
        message: expect.stringMatching(message) as string,
      }),
    );
  });

  it("refuses the file of another user than the one who is meant, and names both", () => {
    const { read, machine } = prepare();
    expect(() => read("real/.env", 41_001)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          new RegExp(
            `belongs to ${machine.user.name}: root reads only plain files of 41001's there$`,
          ),
        ) as string,
        hint: "run it as the owner: sudo -u '#41001' …",
      }),
    );
  });

  it("leaves no file open", () => {
    const { read, machine } = prepare();
    const count = () => machine.fs.readdirSync("/proc/self/fd").length;
    const before = count();
    for (const name of ["real/.env", "none/.env"]) read(name);
    for (const name of ["link", "folder/.env", "pipe", "long"])
      expect(() => read(name)).toThrow("root reads only");
    expect(count()).toBe(before);
  });
});
