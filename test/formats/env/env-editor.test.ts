import { describe, expect, it } from "vitest";

import { KeywardError } from "../../../src/core/errors.js";
import type { DialectName } from "../../../src/formats/env/dialects/dialect.js";
import { editEnv } from "../../../src/formats/env/env-editor.js";

type Dialects = readonly [DialectName, ...DialectName[]];

const all: Dialects = ["jean2", "bun", "dotenv", "docker", "compose", "systemd"];
const moved = (line: number) =>
  `line ${line}: the comment behind the value moved to a line of its own above it`;
const dropped = (line: number) => `line ${line}: the text behind the value is removed with it`;
const out = (line: number) => `line ${line}: another KEY is commented out, without its value`;

function edit(file: string | null, value: string | null, dialects: Dialects) {
  const bytes = file === null ? null : Buffer.from(file, "latin1");
  const { before, after, notes } = editEnv(bytes, "KEY", value, dialects);
  expect(before).toBe(bytes);
  return { text: after.toString("latin1"), notes };
}

describe("setting", () => {
  const rows: readonly [string, Dialects, string | null, string, readonly string[]][] = [
    ["no file", all, null, "KEY=new\n", []],
    ["an empty file", all, "", "KEY=new\n", []],
    ["a file without the key", all, "A=1\n# c\n", "A=1\n# c\nKEY=new\n", []],
    ["no final newline, appended", all, "A=1", "A=1\nKEY=new\n", []],
    ["no final newline, replaced", all, "A=1\nKEY=old", "A=1\nKEY=new", []],
    ["CRLF, replaced", all, "A=1\r\nKEY=old\r\n", "A=1\r\nKEY=new\r\n", []],
    ["CRLF, appended", all, "A=1\r\nB=2\r\n", "A=1\r\nB=2\r\nKEY=new\r\n", []],
    ["CRLF, no final one", all, "A=1\r\nB=2", "A=1\r\nB=2\r\nKEY=new\r\n", []],
    ["mixed endings, mostly LF", all, "A=1\nB=2\r\nC=3\n", "A=1\nB=2\r\nC=3\nKEY=new\n", []],
    ["mixed endings, replaced", all, "A=1\nKEY=old\r\nC=3\n", "A=1\nKEY=new\r\nC=3\n", []],
    ["a doubled carriage return", ["jean2"], "KEY=old\r\r\n", "KEY=new\r\r\n", []],
    ["a byte order mark", ["jean2", "bun"], "\xef\xbb\xbfKEY=old\n", "\xef\xbb\xbfKEY=new\n", []],
    ["only a byte order mark", ["jean2"], "\xef\xbb\xbf", "\xef\xbb\xbfKEY=new\n", []],
    ["blanks and quotes", ["jean2"], "  KEY = 'old'  \n", "  KEY = 'new'\n", []],
    ["a tab and double quotes", ["systemd"], '\tKEY\t= "old"\n', '\tKEY\t= "new"\n', []],
    ["blanks behind nothing", ["jean2"], "KEY = \n", "KEY =new\n", []],
    ["quotes that do not close", ["jean2"], "KEY='old\n", "KEY=new\n", []],
    [
      "export, blanks and a comment",
      ["dotenv"],
      "  export  KEY = 'o' # c\n",
      "  export  KEY = 'new' # c\n",
      [],
    ],
    ["blanks, quotes and a comment", ["compose"], ' KEY = "o"  # c\n', ' KEY = "new"  # c\n', []],
    [
      "quotes, unknown to one reader",
      ["docker", "systemd"],
      "KEY='old'\n",
      "KEY=new\n",
      ["line 1: the quotes are dropped, docker takes them as part of the value"],
    ],
    [
      "blanks, unknown to one reader",
      ["podman"],
      "KEY= old\n",
      "KEY=new\n",
      ["line 1: the blanks at the = are dropped, podman does not take them away"],
    ],
    [
      "indentation, unknown to one reader",
      ["jean-installer", "systemd"],
      "  KEY=old\n",
      "KEY=new\n",
      ["line 1: the blanks before it are dropped, jean-installer takes them as part of the name"],
    ],
    ["quotes inside another's", ["jean2"], 'A="x\nKEY="y"\nz"\n', 'A="x\nKEY="new"\nz"\n', []],
    ["a colon", ["bun"], "KEY: old\n", "KEY=new\n", []],
    ["an empty value", all, "KEY=\nA=1\n", "KEY=new\nA=1\n", []],
    ["a comment that looks like it", all, "# KEY=old\n", "# KEY=old\nKEY=new\n", []],
    ["other names", all, "KEY_2=a\nMY_KEY=b\n", "KEY_2=a\nMY_KEY=b\nKEY=new\n", []],
    [
      "bytes that are not UTF-8",
      ["jean2", "bun", "dotenv", "compose"],
      "# \xff\nA=\xe9\nKEY=\xfe\n",
      "# \xff\nA=\xe9\nKEY=new\n",
      [],
    ],
    ["a comment behind it", ["jean2"], "A=1\nKEY=old # c\n", "A=1\n# c\nKEY=new\n", [moved(2)]],
    ["a comment, CRLF", ["jean2"], "KEY=old # c\r\n", "# c\r\nKEY=new\r\n", [moved(1)]],
    ["a comment behind quotes", ["bun"], "KEY='o # d' # c\n", "KEY='new' # c\n", []],
    ["a comment behind nothing", ["dotenv"], "KEY= # c\n", "KEY=new # c\n", []],
    ["a comment without a blank", ["dotenv"], "KEY=old #c\n", "KEY=new #c\n", []],
    [
      "a comment, unknown to one reader",
      ["dotenv", "docker"],
      "KEY=old # c\n",
      "# c\nKEY=new\n",
      [moved(1)],
    ],
    ["what may be part of the key", ["jean2"], "KEY=ol #d\n", "KEY=new\n", [dropped(1)]],
    ["a comment with the key", ["jean2"], "KEY=old # was old\n", "KEY=new\n", [dropped(1)]],
    ["a hash inside quotes", ["jean2"], 'KEY="ol # d"\n', 'KEY="new"\n', []],
    ["a hash past an escaped quote", ["dotenv"], 'KEY="o\\" # d"\n', 'KEY="new"\n', [dropped(1)]],
    [
      "export, unknown to one reader",
      ["jean2", "bun"],
      "export KEY=old\n",
      "KEY=new\n",
      ['line 1: "export" is dropped, jean2 does not know it'],
    ],
    ["export, known to all", ["bun", "dotenv"], "export KEY=old\n", "export KEY=new\n", []],
    [
      "export beside a plain line",
      ["jean2"],
      "export KEY=old\nKEY=older\n",
      "# KEY=\nKEY=new\n",
      [out(1)],
    ],
    [
      "duplicates, the first counts",
      ["jean2"],
      "KEY=a\nA=1\nKEY=b\nKEY=c",
      "KEY=new\nA=1\n# KEY=\n# KEY=",
      [out(3), out(4)],
    ],
    ["duplicates, the last counts", ["systemd"], "KEY=a\nKEY=b\n", "# KEY=\nKEY=new\n", [out(1)]],
    [
      "duplicates, two readers",
      ["jean2", "systemd"],
      "KEY=a\r\nKEY=b\r\n",
      "KEY=new\r\n# KEY=\r\n",
      [out(2)],
    ],
    [
      "a value of several lines",
      ["dotenv"],
      'A=1\nKEY="o\nl\nd"\nB=1\n',
      "A=1\nKEY=new\nB=1\n",
      ["lines 2 to 4: a value of several lines became one line"],
    ],
    [
      "a loser of several lines",
      ["dotenv"],
      "KEY='o\nl'\nKEY=b\n",
      "# KEY=\nKEY=new\n",
      ["lines 1 to 2: another KEY is commented out, without its value"],
    ],
    ["a name alone", ["docker"], "A=1\nKEY\n", "A=1\nKEY=new\n", []],
    [
      "a continued line",
      ["systemd"],
      "KEY=o\\\nld\nA=1\n",
      "KEY=new\nA=1\n",
      ["lines 1 to 2: a value of several lines became one line"],
    ],
    [
      "a $ elsewhere that needs the environment",
      ["compose"],
      "A=${B:?no}\n",
      "A=${B:?no}\nKEY=new\n",
      [],
    ],
  ];
  it.each(rows)("%s (%j)", (_, dialects, file, text, notes) => {
    expect(edit(file, "new", dialects)).toEqual({ text, notes });
    // Writing twice gives the bytes of writing once.
    expect(edit(text, "new", dialects).text).toBe(text);
  });
});

describe("spelling", () => {
  const rows: readonly [DialectName, string, string][] = [
    ["jean2", "a#b$c\\d", "KEY='a#b$c\\d'\n"],
    ["jean2", "a b", "KEY=a b\n"],
    ["dotenv", "a#b", "KEY='a#b'\n"],
    ["compose", "a#b", "KEY=a#b\n"],
    ["bun", "a#b", "KEY='a#b'\n"],
    ["systemd", "a\\b", "KEY='a\\b'\n"],
    ["docker", "a#b\\$c", "KEY=a#b\\$c\n"],
    ["dotenv", "a\\nb", "KEY=a\\nb\n"],
    ["bun", "+/=-_.~", "KEY=+/=-_.~\n"],
    ["jean2", "\u00e9", "KEY=\xc3\xa9\n"],
    ["systemd", "", "KEY=\n"],
    ["dotenv", "a$b", "KEY='a$b'\n"],
    ["node22", "a$b", "KEY='a$b'\n"],
    ["deno", "a$b", "KEY='a$b'\n"],
    ["direnv", "a${b}", "KEY='a${b}'\n"],
    ["python-dotenv", "a$b", "KEY='a$b'\n"],
    ["docker", "a$b", "KEY=a$b\n"],
    ["kubectl", "a${b}", "KEY=a${b}\n"],
    ["node20", "a#b", "KEY='a#b'\n"],
    ["python-dotenv", "a#b", "KEY=a#b\n"],
    ["direnv", "a b", "KEY='a b'\n"],
  ];
  it.each(rows)("%s writes %j", (dialect, value, text) => {
    expect(edit(null, value, [dialect]).text).toBe(text);
  });
});

describe("what no spelling carries is refused before the file is looked at", () => {
  const ends = "has blanks at its ends";
  const control = "has a line break or another control character";
  const meaning = "has characters that mean something to the reader of the file";
  const rows: readonly [Dialects, string, string][] = [
    [["jean2"], " secret", ends],
    [["jean2"], "secret\u00a0", ends],
    [["docker"], "sec\nret", control],
    [["jean2"], "sec\0ret", control],
    [["jean2"], "sec\tret", control],
    [["jean2"], '"secret"', "has quotes"],
    [["docker"], "sec'ret", "has quotes"],
    [["jean2"], "sec # ret", "has a # behind a blank"],
    [["compose"], "sec$ret", "has a $"],
    [["bun"], "sec$ret", meaning],
    [["jean2"], "secret\ud800", meaning],
    [["docker", "dotenv"], "sec#ret", meaning],
    [["docker", "deno"], "sec$ret", meaning],
    [["python-dotenv"], "sec${re}t", meaning],
  ];
  it.each(rows)("%j: %j", (dialects, value, what) => {
    const binary = Buffer.from("\0");
    const readers = dialects.join(" and ");
    expect(() => editEnv(binary, "KEY", value, dialects)).toThrow(
      expect.objectContaining({
        code: "unspeakable",
        message: `the value ${what}, so ${readers} would not read it back`,
        hint: "use a key of letters, digits, - and _ only",
      }),
    );
  });
});

describe("what cannot be edited without guessing is refused", () => {
  const inside = (line: number) =>
    `line ${line}: KEY stands inside a quoted value of several lines`;
  const unread = (line: number, reader: string) =>
    `line ${line}: ${reader} does not read it, because of what stands above it`;
  const eaten = (above: number, line: number, reader: string) =>
    `line ${above}: ${reader} takes line ${line} as part of it`;
  const rows: readonly [string, Dialects, string, string][] = [
    ["inside another's quotes", ["jean2"], 'A="x\nKEY=y\nz"\n', inside(2)],
    ["inside quotes, beside a real one", ["jean2"], "KEY=a\nA='x\nKEY=y\nz'\n", inside(3)],
    ["inside quotes once its own are gone", ["jean2", "docker"], 'A="x\nKEY="y"\nz"\n', inside(2)],
    ["more lines than Jean2 reads", ["jean2"], 'A=1\nKEY="x\ny"\n', inside(2)],
    [
      "a carriage return inside",
      ["jean2"],
      "A=1\nKEY=x\rB=2\n",
      "line 2: a carriage return stands in the middle",
    ],
    [
      "two on a line",
      ["compose"],
      'A="x" KEY=y\n',
      "line 1: compose reads other variables from the same lines",
    ],
    ["an open quote above", ["systemd"], 'A="x\n', eaten(1, 2, "systemd")],
    ["a continued last line", ["systemd"], "A=x\\", eaten(1, 2, "systemd")],
    [
      "a continued comment",
      ["systemd"],
      "# c\\\nKEY=x\n",
      "the comment on line 1 ends in a backslash, so systemd before 254 takes line 2 as part of it",
    ],
    [
      "quotes that end too early",
      ["python-dotenv"],
      "A='x\nKEY=y\nB='z'\n",
      unread(2, "python-dotenv"),
    ],
    ["a missing name", ["node20"], "=x\nKEY=y\n", unread(2, "node20")],
    [
      "text behind its own quotes",
      ["python-dotenv"],
      "KEY='x' y\n",
      "line 1: python-dotenv does not read it",
    ],
    [
      "an export alone above",
      ["dotenv"],
      "export\n",
      "line 2: dotenv would take a line there as part of the line above",
    ],
    ["UTF-16", ["jean2"], "\xff\xfeK\0", "the file is UTF-16 or binary, and no reader takes that"],
    [
      "UTF-16, big end first",
      ["jean2"],
      "\xfe\xff\0K",
      "the file is UTF-16 or binary, and no reader takes that",
    ],
    ["a NUL", ["jean2"], "KEY=a\0b\n", "the file is UTF-16 or binary, and no reader takes that"],
    [
      "a file that docker refuses",
      ["docker"],
      "export KEY=x\n",
      "line 1: docker refuses the file, the name holds a blank",
    ],
  ];
  it.each(rows)("%s (%j)", (_, dialects, file, message) => {
    expect(() => edit(file, "new", dialects)).toThrow(
      expect.objectContaining({ code: "malformed", message }),
    );
  });

  const blank = "remove the blank behind its =, then try again";
  const bare = "comment it out, with the # at the very beginning, then try again";
  const quote = "close its quote, or remove it, then try again";
  const mark = "write the file again without the mark, for example with: tail -c +4";
  const hidden = (reader: string) =>
    `line 1: ${reader} does not read it, because of the byte order mark before it`;
  const swallowing: readonly [string, Dialects, string, string, string][] = [
    ["an empty value and a blank", ["node22"], "A= \nKEY=x\n", eaten(1, 2, "node22"), blank],
    ["the same, last in the file", ["node22"], "B=1\nA=\t\n", eaten(2, 3, "node22"), blank],
    ["the same, lines between", ["deno"], "A= \n\n\nKEY=x\n", eaten(1, 4, "deno"), blank],
    ["the same for one of two", ["dotenv", "node22"], "A= \nKEY=x\n", eaten(1, 2, "node22"), blank],
    ["the key's own line", ["node22"], "KEY= \nA=x\n", eaten(1, 2, "node22"), blank],
    ["the key's own line, a comment", ["node22"], "KEY= \n# c\n", eaten(1, 2, "node22"), blank],
    ["a bare name", ["node20"], "A\nKEY=x\n", eaten(1, 2, "node20"), bare],
    ["a bare name, last in the file", ["node20"], "B=1\nA\n", eaten(2, 3, "node20"), bare],
    ["an indented comment", ["node20"], "B=1\n  # c\nKEY=x\n", eaten(2, 3, "node20"), bare],
    ["a stray quote", ["node22"], "A=\"x\nKEY=x\nB='\"'\n", eaten(1, 2, "node22"), quote],
    ["a stray quote", ["python-dotenv"], "A='x\nKEY=y\nB='\n", eaten(1, 2, "python-dotenv"), quote],
    ["a stray backtick", ["node20"], "A=`x\nexport KEY=y\nB=`\n", eaten(1, 2, "node20"), quote],
    [
      "a backslash",
      ["systemd"],
      "A=x\\\nKEY=y\n",
      eaten(1, 2, "systemd"),
      "remove the backslash at its end, then try again",
    ],
    ["a mark", ["node20"], "\xef\xbb\xbfKEY=x\n", hidden("node20"), mark],
    ["a mark", ["node22"], "\xef\xbb\xbfKEY=x\n", hidden("node22"), mark],
    ["a mark", ["podman"], "\xef\xbb\xbfexport KEY=x\n", hidden("podman"), mark],
    ["a mark and nothing else", ["node22"], "\xef\xbb\xbf", hidden("node22"), mark],
    [
      "a mark",
      ["direnv"],
      "\xef\xbb\xbfKEY=x\n",
      "line 1: direnv refuses the file, it cannot read the line",
      "fix line 1, then try again",
    ],
  ];
  it.each(swallowing)("%s above, to %j", (_, dialects, file, message, hint) => {
    for (const value of ["new", null]) {
      if (value === null && !file.includes("KEY")) continue;
      expect(() => edit(file, value, dialects)).toThrow(
        expect.objectContaining({ code: "malformed", message, hint }),
      );
    }
  });

  it("a name that cannot be one", () => {
    expect(() => editEnv(null, "A B", "new", ["jean2"])).toThrow(KeywardError);
    expect(() => editEnv(null, "A B", "new", ["jean2"])).toThrow(
      "the name of the variable is not one that env files can have",
    );
  });
});

describe("removing", () => {
  const rows: readonly [string, Dialects, string | null, string, readonly string[]][] = [
    ["no file", all, null, "", []],
    ["not there", all, "A=1", "A=1", []],
    ["in the middle", all, "A=1\nKEY=old\nB=2", "A=1\nB=2", []],
    ["at the end", all, "A=1\r\nKEY=old\r\n", "A=1\r\n", []],
    ["at the end without a newline", all, "A=1\nKEY=old", "A=1\n", []],
    ["alone", all, "KEY=old", "", []],
    ["behind a byte order mark", ["jean2"], "\xef\xbb\xbfKEY=old\nA=1\n", "\xef\xbb\xbfA=1\n", []],
    ["with its comment", ["jean2"], "KEY=old # c\nA=1\n", "A=1\n", []],
    ["a comment stays", all, "# KEY=old\n", "# KEY=old\n", []],
    [
      "all of several",
      ["jean2"],
      "KEY=a\nA=1\nexport KEY=b\n",
      "A=1\n",
      ["line 3: another KEY is removed too"],
    ],
    ["what either reader sees", ["jean2", "bun"], "KEY: a\nA=1\n", "A=1\n", []],
    [
      "several lines",
      ["dotenv"],
      'KEY="a\nb"\nA=1\n',
      "A=1\n",
      ["lines 1 to 2: a value of several lines is removed"],
    ],
  ];
  it.each(rows)("%s (%j)", (_, dialects, file, text, notes) => {
    expect(edit(file, null, dialects)).toEqual({ text, notes });
  });
});
