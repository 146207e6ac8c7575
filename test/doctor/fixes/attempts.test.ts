import { describe, expect, it } from "vitest";

import { findUnread, respellAttempts } from "../../../src/doctor/fixes/attempts.js";
import { findAttempts } from "../../../src/formats/env/env-attempts.js";
import type { EnvFileLocation } from "../../../src/systems/contract/system.js";
import type { DialectName } from "../../../src/formats/env/dialects/dialect.js";

function location(...dialects: [DialectName, ...DialectName[]]): EnvFileLocation {
  return { kind: "env-file", path: "/x/.env", variable: "KEY", dialects, writable: true };
}

describe("findAttempts", () => {
  it.each<[string, [number, string, boolean][]]>([
    ["KEY=v\n", [[1, "plain", false]]],
    [" \tKEY = v\n", [[1, "plain", false]]],
    ["A=1\r\nexport KEY=v\r\n", [[2, "export", false]]],
    ["export  KEY: v\n", [[1, "export", false]]],
    [
      "KEY: v\nKEY:\n",
      [
        [1, "colon", false],
        [2, "colon", false],
      ],
    ],
    [
      "\uFEFFKEY=v\nKEY=w\n",
      [
        [1, "plain", true],
        [2, "plain", false],
      ],
    ],
    ["# KEY=v\n#export KEY=v\nMY_KEY=v\nKEYS=v\nKEY\nKEY:v\nexported KEY=v\n", []],
    ["", []],
  ])("%j", (text, attempts) => {
    const found = findAttempts(Buffer.from(text), "KEY");
    expect(found.map(({ line, form, marked }) => [line, form, marked])).toEqual(attempts);
  });
});

describe("findUnread", () => {
  it.each<[[DialectName, ...DialectName[]], string, number[]]>([
    [["jean2"], "export KEY=v\nKEY: v\nKEY=v\n", [1, 2]],
    [["bun"], "export KEY=v\nKEY: v\nKEY=v\n", []],
    [["bun", "jean2"], "export KEY=v\nKEY=v\n", [1]],
    [["dotenv"], 'A="\nKEY=v\n"\nKEY=v\n', [2]],
    [["jean2"], "\uFEFFKEY=v\n", []],
    [["systemd"], "\uFEFFKEY=v\n", [1]],
    [["systemd", "jean-installer"], " KEY=v\n", [1]],
  ])("%j: %j leaves lines %j unread", (dialects, text, lines) => {
    const found = findUnread(Buffer.from(text), location(...dialects));
    expect(found.map(({ line }) => line)).toEqual(lines);
  });
});

describe("respellAttempts", () => {
  it.each([
    ["A: 1\n  KEY: v # c\r\nB=2", "A: 1\n  KEY=v # c\r\nB=2"],
    ["export KEY = v\n", "export KEY = v\n"],
    ["export KEY: v\n", "export KEY=v\n"],
    ["\uFEFFKEY=v\nB=\xE4\n", "KEY=v\nB=\xE4\n"],
    ["\uFEFFA=1\nKEY: v\n", "\uFEFFA=1\nKEY=v\n"],
  ])("%j becomes %j", (before, after) => {
    const bytes = Buffer.from(before);
    expect(respellAttempts(bytes, findAttempts(bytes, "KEY")).toString()).toBe(after);
  });

  it("leaves what it is not told of", () => {
    const bytes = Buffer.from("KEY: v\nexport KEY=w\n");
    expect(respellAttempts(bytes, []).equals(bytes)).toBe(true);
  });
});
