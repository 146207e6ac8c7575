import { readFileSync } from "node:fs";

import { parse } from "dotenv";
import { describe, expect, it } from "vitest";

import type { DialectName } from "../../../../src/formats/env/dialects/dialect.js";
import { KeywardError } from "../../../../src/core/errors.js";
import { valueOf, type Dialect } from "../../../../src/formats/env/dialects/dialect.js";
import { findDotenvLines } from "../../../../src/formats/env/dialects/dotenv.js";
import { dialectTable } from "../../../../src/formats/env/dialects/index.js";
import {
  pythonDotenv,
  pythonDotenvBefore123,
} from "../../../../src/formats/env/dialects/python-dotenv.js";
import { systemd, systemdBefore254 } from "../../../../src/formats/env/dialects/systemd.js";

/** What a program made of a file: its value, null for none, false when it refused the file. */
type Answer = string | null | false;
type Case = { readonly name: string; readonly file: string } & Readonly<Record<string, Answer>>;
interface Table {
  readonly variable: string;
  readonly cases: readonly Case[];
}

function loadTable(name: string): Table {
  const text = readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), "utf8");
  return JSON.parse(text) as Table;
}

function answer(dialect: Dialect, file: Buffer, variable: string): Answer {
  try {
    return valueOf(dialect, dialect.scan(file, variable), variable, {});
  } catch (error) {
    if (error instanceof KeywardError && error.code === "malformed") return false;
    throw error;
  }
}

const jean2Table = loadTable("env-dialects.json");
const serviceTable = loadTable("env-service-dialects.json");
const programTable = loadTable("env-program-dialects.json");

describe.each([
  ["jean2", jean2Table, dialectTable.jean2[0], "jean2"],
  ["dotenv", jean2Table, dialectTable.dotenv[0], "dotenv"],
  ["bun", serviceTable, dialectTable.bun[0], "bun"],
  ["docker", serviceTable, dialectTable.docker[0], "docker"],
  ["compose", serviceTable, dialectTable.compose[0], "compose"],
  ["systemd", serviceTable, systemd, "systemd"],
  ["systemd before 254", serviceTable, systemdBefore254, "systemd252"],
  ["node20", programTable, dialectTable.node20[0], "node20"],
  ["node22", programTable, dialectTable.node22[0], "node22"],
  ["node22 of Node 24", programTable, dialectTable.node22[0], "node24"],
  ["node22 of Node 26", programTable, dialectTable.node22[0], "node26"],
  ["deno", programTable, dialectTable.deno[0], "deno"],
  ["python-dotenv", programTable, pythonDotenv, "pythonDotenv"],
  ["python-dotenv before 1.2.3", programTable, pythonDotenvBefore123, "pythonDotenv122"],
  ["podman", programTable, dialectTable.podman[0], "podman"],
  ["podman 5", programTable, dialectTable.podman[0], "podman5"],
  ["kubectl", programTable, dialectTable.kubectl[0], "kubectl"],
  ["direnv", programTable, dialectTable.direnv[0], "direnv"],
] as const)("%s reads as measured", (_, { cases, variable }, dialect, column) => {
  it.each(cases)("$name", (row) => {
    expect(answer(dialect, Buffer.from(row.file, "base64"), variable)).toBe(row[column]);
  });
});

describe("Jean2 started in the folder of the file reads as measured", () => {
  it.each(jean2Table.cases)("$name", (row) => {
    const file = Buffer.from(row.file, "base64");
    const runtime = answer(dialectTable.bun[0], file, jean2Table.variable);
    const own = answer(dialectTable.jean2[0], file, jean2Table.variable);
    expect(runtime ?? own).toBe(row["bunFromCwd"]);
  });
});

describe("dotenv's own grammar finds every name that its parse does", () => {
  it.each([...jean2Table.cases, ...serviceTable.cases])("$name", ({ file }) => {
    const bytes = Buffer.from(file, "base64");
    const names = findDotenvLines(bytes.toString("utf8")).map(({ name }) => name);
    expect([...new Set(names)]).toEqual(Object.keys(parse(bytes)));
  });
});

describe("the lines that an assignment stands on", () => {
  const plain = "# a\n\nA=1\nKEY=x\n";
  const quoted = 'A="1\n2"\nKEY="x\ny" # c\nB=1\n';
  const rows: readonly [DialectName, string, string, number, number][] = [
    ["jean2", "one line", plain, 4, 4],
    ["bun", "one line", plain, 4, 4],
    ["dotenv", "one line", plain, 4, 4],
    ["docker", "one line", plain, 4, 4],
    ["compose", "one line", plain, 4, 4],
    ["systemd", "one line", plain, 4, 4],
    ["bun", "quotes over two lines", quoted, 3, 4],
    ["dotenv", "quotes over two lines", quoted, 3, 4],
    ["compose", "quotes over two lines", quoted, 3, 4],
    ["systemd", "quotes over two lines", quoted, 3, 4],
    ["systemd", "a continued line", "A=1\\\n2\nKEY=x\\\ny\nB=1\n", 3, 4],
    ["systemd", "bytes that are not UTF-8 before it", "# \xff\nKEY=x\n", 2, 2],
    ["bun", "the value on the line below", 'KEY=\n"x"\n', 1, 2],
    ["dotenv", "export on a line of its own", "A=1\nexport\nKEY=x\n", 2, 3],
    ["bun", "carriage returns", "A=1\r\nKEY=x\r\n", 2, 2],
  ];
  it.each(rows)("%s: %s", (name, _, file, first, last) => {
    const found = dialectTable[name][0].scan(Buffer.from(file, "latin1"), "KEY");
    expect(found.find((one) => one.name === "KEY")).toMatchObject({ first, last });
  });
});

describe("what the environment adds", () => {
  const rows: readonly [DialectName, string, string | null][] = [
    ["docker", "KEY\n", "outer"],
    ["docker", "KEY=x\nKEY\n", "outer"],
    ["docker", "OTHER\n", null],
    ["compose", "KEY\n", "outer"],
    ["compose", "A=1\nKEY=$A$NAME\n", "1inner"],
    ["compose", "NAME=file\nKEY=$NAME\n", "inner"],
    ["bun", "KEY=$NAME-${NOPE:-d}\n", "inner-d"],
    ["bun", "NAME=file\nKEY=$NAME\n", "inner"],
    ["systemd", "KEY=$NAME\n", "$NAME"],
    ["jean2", "KEY=$NAME\n", "$NAME"],
  ];
  it.each(rows)("%s: %j", (name, file, value) => {
    const [dialect] = dialectTable[name];
    const environment = { KEY: "outer", NAME: "inner" };
    const assignments = dialect.scan(Buffer.from(file), "KEY");
    expect(valueOf(dialect, assignments, "KEY", environment)).toBe(value);
  });
});

describe("a file that the program refuses is named by its line and nothing else", () => {
  const rows: readonly [DialectName, string, string][] = [
    ["docker", "A=1\nexport KEY=x\n", "line 2: docker refuses the file, the name holds a blank"],
    ["docker", "=x\n", "line 1: docker refuses the file, a name is missing before the ="],
    ["docker", "A=1\nKEY=\xff\n", "line 2: docker refuses the file, it is not UTF-8"],
    [
      "docker",
      `A=${"x".repeat(65_534)}\n`,
      "line 1: docker refuses the file, the line is too long",
    ],
    ["compose", 'A=1\nKEY="x\n', "line 2: compose refuses the file, a quote is not closed"],
    ["compose", "a b\n", "line 1: compose refuses the file, the name holds a blank"],
    [
      "compose",
      "A=1\n; c\n",
      "line 2: compose refuses the file, the name holds a character that names cannot have",
    ],
    [
      "compose",
      "A=1\nKEY=${X\n",
      "line 2: compose refuses the file, a $ in the value cannot be expanded",
    ],
    ["compose", "export ", "line 1: compose refuses the file, a name is missing"],
    ["systemd", "A=1\nKEY=\xff\n", "line 2: systemd refuses the file, it is not UTF-8"],
    ["systemd", "A=1\nKEY=\0\n", "line 2: systemd refuses the file, it holds a NUL byte"],
  ];
  it.each(rows)("%s: %j", (name, file, message) => {
    const [dialect] = dialectTable[name];
    const read = () =>
      valueOf(dialect, dialect.scan(Buffer.from(file, "latin1"), "KEY"), "KEY", {});
    expect(read).toThrow(expect.objectContaining({ code: "malformed", message }));
  });

  it("docker takes a line that is one byte shorter", () => {
    const [docker] = dialectTable.docker;
    expect(docker.scan(Buffer.from(`A=${"x".repeat(65_533)}\n`), "A")).toHaveLength(1);
  });
});
