import { describe, expect, it } from "vitest";

import { findProgramTroubles, type SharedProgram } from "../../../src/doctor/checks/programs.js";

const ours = "/own/bin/jean2";
const real = "/real/bin/jean2";
const fine: SharedProgram = {
  name: "jean2",
  path: ours,
  own: ours,
  next: real,
  problem: null,
  variable: "KEYWARD_JEAN2",
};

describe("findProgramTroubles", () => {
  it.each<[string, Partial<SharedProgram>, [string, string, string][]]>([
    ["ours before the real one", {}, []],
    ["only the real one", { path: real, own: null }, []],
    ["neither", { path: null, own: null, next: null }, []],
    [
      "the real one before ours",
      { path: real },
      [["program-shadowed", "warning", 'export PATH=/own/bin:"$PATH"']],
    ],
    [
      "ours alone",
      { next: null },
      [["program-missing", "info", "export KEYWARD_JEAN2=/path/to/the/real/jean2"]],
    ],
    [
      "a variable that names nothing",
      { next: null, problem: "KEYWARD_JEAN2 is /x, which is not there" },
      [["program-variable", "warning", "unset KEYWARD_JEAN2"]],
    ],
  ])("%s", (_, differs, expected) => {
    const found = findProgramTroubles([{ ...fine, ...differs }]);
    expect(found.map(({ id, severity, fix }) => [id, severity, fix])).toEqual(expected);
  });
});
