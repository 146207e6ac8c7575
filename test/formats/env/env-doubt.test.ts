import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { editEnv, readEnv } from "../../../src/formats/env/env-file.js";
import { findDoubt } from "../../../src/formats/env/env-doubt.js";

interface Table {
  readonly variable: string;
  readonly cases: readonly {
    readonly name: string;
    readonly file: string;
    readonly systemd252: string | null | false;
    readonly pythonDotenv: string | null | false;
    readonly pythonDotenv122: string | null | false;
  }[];
}

const readTable = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), "utf8")) as Table;

const find = (text: string, dialect: "systemd" | "docker" = "systemd") =>
  findDoubt(Buffer.from(text), "KEY", dialect, {});

const ofComment = (comment: number, line: number) => ({
  line: comment,
  why: `the comment on line ${comment} ends in a backslash, so systemd before 254 takes line ${line} as part of it`,
  hint: `remove the backslash at the end of line ${comment}`,
});

describe("findDoubt", () => {
  it.each<[string, ReturnType<typeof ofComment> | null]>([
    ["# C:\\dir\\\nKEY=a\n", ofComment(1, 2)],
    ["A=1\n; C:\\dir\\\nKEY=a\n", ofComment(2, 3)],
    // The backslash takes the carriage return.
    ["# C:\\dir\\\r\nKEY=a\n", null],
    ["# a\\\n# b\\\nKEY=a\n", ofComment(1, 3)],
    ["# a\\\\\nKEY=a\n", null],
    ["# a\\\n\nKEY=a\n", null],
    ["# a\\ \nKEY=a\n", null],
    ["# a\\\nOTHER=1\nKEY=a\n", null],
    ["# a\\\nKEY=a\nKEY=a\n", null],
    ["# a\\\nKEY=a\nKEY=b\n", null],
    ["KEY=b\n# a\\\nKEY=a\n", ofComment(2, 3)],
  ])("names the comment that ends in a backslash: %j", (text, doubt) => {
    expect(find(text)).toEqual(doubt);
  });

  it("has none where there is one version", () => {
    expect(find("# a\\\nKEY=a\n", "docker")).toBeNull();
  });

  it.each(
    readTable("env-program-dialects.json").cases.filter((row) => row.pythonDotenv122 !== undefined),
  )("doubts where the real versions of python-dotenv differ: $name", (row) => {
    const { variable } = readTable("env-program-dialects.json");
    const doubt = findDoubt(Buffer.from(row.file, "base64"), variable, "python-dotenv", {});
    expect(doubt !== null).toBe(row.pythonDotenv !== row.pythonDotenv122);
  });

  it.each(readTable("env-service-dialects.json").cases)(
    "has none where the real systemd 252 reads what newer ones do: $name",
    (row) => {
      const { variable } = readTable("env-service-dialects.json");
      const bytes = Buffer.from(row.file, "base64");
      if (row.systemd252 === false) return;
      const { value } = readEnv(bytes, variable, "systemd");
      expect(findDoubt(bytes, variable, "systemd", {}) !== null).toBe(value !== row.systemd252);
    },
  );
});

describe("editEnv", () => {
  it.each(["# C:\\dir\\\nKEY=a\n", "# C:\\dir\\\n"])(
    "refuses to write below a comment that ends in a backslash: %j",
    (text) => {
      const edit = () => editEnv(Buffer.from(text), "KEY", "new-value", ["systemd"]);
      const { why, hint } = ofComment(1, 2);
      expect(edit).toThrowError(expect.objectContaining({ code: "malformed", message: why, hint }));
    },
  );
});
