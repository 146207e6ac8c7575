import { describe, expect, it } from "vitest";

import type { DialectName } from "../../../src/formats/env/dialects/dialect.js";
import { readEnv, type EnvReading } from "../../../src/formats/env/env-file.js";

describe("readEnv", () => {
  const twice = "KEY=one\n# KEY=no\nA=1\nKEY=two\n";
  const rows: readonly [DialectName, string, EnvReading][] = [
    ["jean2", "", { value: null, line: null, duplicates: [] }],
    ["jean2", "A=1\nKEY=\n", { value: "", line: 2, duplicates: [] }],
    ["jean2", twice, { value: "one", line: 1, duplicates: [4] }],
    ["bun", twice, { value: "two", line: 4, duplicates: [1] }],
    ["dotenv", twice, { value: "two", line: 4, duplicates: [1] }],
    ["docker", twice, { value: "two", line: 4, duplicates: [1] }],
    ["compose", twice, { value: "two", line: 4, duplicates: [1] }],
    ["systemd", twice, { value: "two", line: 4, duplicates: [1] }],
    ["docker", "KEY=one\nKEY\n", { value: "one", line: 1, duplicates: [2] }],
    ["jean2", "export KEY=x\n", { value: null, line: null, duplicates: [] }],
    ["bun", "export KEY=x\n", { value: "x", line: 1, duplicates: [] }],
  ];
  it.each(rows)("%s of %j", (dialect, file, reading) => {
    expect(readEnv(Buffer.from(file), "KEY", dialect)).toEqual(reading);
  });

  it("expands with the environment that it is given", () => {
    const file = Buffer.from("KEY=$OUTER\n");
    expect(readEnv(file, "KEY", "compose", { OUTER: "x" }).value).toBe("x");
    expect(readEnv(file, "KEY", "compose").value).toBe("");
  });
});
