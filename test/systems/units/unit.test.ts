import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { readUnit } from "../../../src/systems/units/unit.js";
import { type Content, rootedMachine } from "../../helpers/rooted-fs.js";

interface Answer {
  readonly state: string;
  readonly dropIns?: readonly string[];
  readonly environment?: readonly string[];
  readonly environmentFiles?: readonly string[];
  readonly unset?: readonly string[];
  readonly user?: string | null;
  readonly args?: readonly string[];
}

interface Vectors {
  readonly unit: string;
  readonly cases: readonly {
    readonly name: string;
    readonly files: Readonly<Record<string, Content>>;
    readonly answer: Answer;
  }[];
}

/** What systemd itself made of these units; test/system asks it again. */
const vectors = JSON.parse(
  readFileSync(new URL("../../vectors/systemd-units.json", import.meta.url), "utf8"),
) as Vectors;

const unitFile = `/etc/systemd/system/${vectors.unit}`;

function readFiles(files: Readonly<Record<string, Content>>) {
  const machine = rootedMachine();
  for (const [path, content] of Object.entries(files)) machine.put(path, content);
  return readUnit(machine, "system", vectors.unit);
}

describe("readUnit", () => {
  it.each(vectors.cases)("reads as systemd does: $name", ({ files, answer }) => {
    const unit = readFiles(files);
    expect(unit === null ? "none" : "loaded").toBe(answer.state === "loaded" ? "loaded" : "none");
    if (unit === null) return;
    expect({
      environment: [...unit.environment].map(([name, { value }]) => `${name}=${value}`),
      environmentFiles: unit.environmentFiles.map(({ file }) => file),
      unset: [...unit.unset.keys()],
      user: unit.user,
      args: unit.command?.args,
    }).toEqual({
      environment: answer.environment,
      environmentFiles: answer.environmentFiles?.map((file) => file.replace(/^-/, "")),
      unset: answer.unset,
      user: answer.user,
      args: answer.args,
    });
  });

  it("names the file and the line that each value stands on", () => {
    const dropIn = `${unitFile}.d/10.conf`;
    const unit = readFiles({
      [unitFile]: "[Service]\n# first\nEnvironment=A=1 \\\n  B=2\nExecStart=/bin/a \\\n x\n",
      [dropIn]: "[Service]\n\nEnvironment=B=3\nUnsetEnvironment=C\n",
    });
    expect(unit?.environment.get("A")).toEqual({ value: "1", path: unitFile, line: 3 });
    expect(unit?.environment.get("B")).toEqual({ value: "3", path: dropIn, line: 3 });
    expect(unit?.unset.get("C")).toEqual({ path: dropIn, line: 4 });
    expect(unit?.command).toMatchObject({ path: unitFile, line: 5 });
  });

  it("knows root's home in a unit of the machine, and the user's in a unit of the user", () => {
    const machine = rootedMachine();
    const text = "[Service]\nExecStart=/bin/true\nEnvironment=A=%h B=%u C=%E D=%t\n";
    machine.put(unitFile, text);
    machine.put(`${machine.home}/.config/systemd/user/${vectors.unit}`, text);
    const { name, uid } = machine.user;
    const valuesIn = (scope: "system" | "user") =>
      [...(readUnit(machine, scope, vectors.unit)?.environment.values() ?? [])].map(
        ({ value }) => value,
      );
    expect(valuesIn("system")).toEqual(["/root", "root", "/etc", "/run"]);
    expect(valuesIn("user")).toEqual([
      machine.home,
      name,
      `${machine.home}/.config`,
      `/run/user/${uid}`,
    ]);
  });

  it.each([
    ["not UTF-8", Buffer.from("[Service]\nEnvironment=A=\xff\n", "latin1"), "it is not UTF-8"],
    ["a broken section", "[Service\n", "line 1 is not a section header"],
  ])("refuses what systemd does not load: %s", (_, text, problem) => {
    expect(() => readFiles({ [unitFile]: text })).toThrowError(
      expect.objectContaining({
        code: "malformed",
        message: `${unitFile}: systemd does not load the unit: ${problem}`,
        hint: `fix the file, and see: systemd-analyze verify ${unitFile}`,
      }),
    );
  });

  it.each([
    ["ExecStart=%m a", "ExecStart= cannot be told"],
    ["ExecStart=/bin/a %5", "ExecStart= cannot be told"],
    ['ExecStart=/bin/a "x', "ExecStart= cannot be told"],
  ])("refuses to guess at %s", (line, problem) => {
    expect(() => readFiles({ [unitFile]: `[Service]\n${line}\n` })).toThrowError(
      expect.objectContaining({ code: "malformed", message: `${unitFile}: line 2: ${problem}` }),
    );
  });

  it("does not guess at a % that only the running systemd can replace", () => {
    const unit = readFiles({
      [unitFile]: "[Service]\nEnvironmentFile=-/etc/%m\nExecStart=/bin/a %b c\n",
    });
    const at = { path: unitFile, line: 2 };
    expect(unit?.environmentFiles).toEqual([{ ...at, file: null, optional: true }]);
    expect(unit?.command?.args).toEqual([null, "c"]);
  });

  it("does not pass over a drop-in that it cannot read", () => {
    const machine = rootedMachine();
    machine.put(unitFile, "[Service]\nExecStart=/bin/true\n");
    machine.put(`${unitFile}.d/10.conf`, "[Service]\n");
    const refusing = new Proxy(machine.fs, {
      get: (target, name) =>
        name === "readFileSync"
          ? (path: string, ...rest: []) => {
              if (path.endsWith("10.conf")) throw Object.assign(new Error(), { code: "EACCES" });
              return target.readFileSync(path, ...rest);
            }
          : (Reflect.get(target, name) as unknown),
    });
    expect(() => readUnit({ ...machine, fs: refusing }, "system", vectors.unit)).toThrowError(
      expect.objectContaining({
        code: "unreadable",
        message: `cannot read ${unitFile}.d/10.conf, which may hold the server's key`,
      }),
    );
  });
});
