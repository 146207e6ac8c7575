import { describe, expect, it } from "vitest";

import { findIgnoredLines } from "../../../src/systems/units/ignored-lines.js";
import { readUnit } from "../../../src/systems/units/unit.js";
import { keyA } from "../../helpers/keys.js";
import { rootedMachine } from "../../helpers/rooted-fs.js";

const name = "openjarvis.service";
const unitFile = `/etc/systemd/system/${name}`;
const present = ["/etc/openjarvis/env", "/etc/openjarvis/other"];

function find(lines: readonly string[], files: readonly string[] = present) {
  const machine = rootedMachine();
  machine.put(unitFile, ["[Service]", "User=oj", ...lines, ""].join("\n"));
  machine.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\noj:x:7:7::/srv/oj:/bin/sh\n");
  for (const file of files) machine.put(file, "A=1\n");
  const unit = readUnit(machine, "system", name);
  if (unit === null) throw new Error("no unit");
  return findIgnoredLines(unit).map(({ id, message, fix }) => [id, message, fix]);
}

const ignored = (what: string, spelling: string) => [
  ["ignored-line", `${unitFile}:3: ${what}`, `write on line 3 of ${unitFile}: ${spelling}`],
];
const ofQuotes = "systemd ignores the line: it takes the quotes as part of the path";
const ofHome = "systemd ignores the line: it does not replace ~ or $HOME in a path";
const ofPath = "systemd ignores the line: it is not a full path that begins with /";
const ofComment = "systemd takes the comment as part of the path, and no such file is there";
const variable = "OPENJARVIS_API_KEY";

describe("findIgnoredLines", () => {
  it.each([
    ['EnvironmentFile="/etc/openjarvis/env"', ofQuotes, "EnvironmentFile=/etc/openjarvis/env"],
    ["EnvironmentFile='/etc/openjarvis/env'", ofQuotes, "EnvironmentFile=/etc/openjarvis/env"],
    ['EnvironmentFile=-"/etc/openjarvis/env"', ofQuotes, "EnvironmentFile=-/etc/openjarvis/env"],
    ['EnvironmentFile="-/etc/openjarvis/env"', ofQuotes, "EnvironmentFile=-/etc/openjarvis/env"],
    ['EnvironmentFile="/etc/a b" # the key', ofQuotes, "EnvironmentFile=/etc/a b"],
    ["EnvironmentFile=~/x", ofHome, "EnvironmentFile=/srv/oj/x"],
    ["EnvironmentFile=-$HOME/x", ofHome, "EnvironmentFile=-/srv/oj/x"],
    ["EnvironmentFile=${HOME}/x", ofHome, "EnvironmentFile=/srv/oj/x"],
    ["EnvironmentFile=env", ofPath, "EnvironmentFile=/full/path/to/env"],
    ["EnvironmentFile=- /etc/openjarvis/env", ofPath, "EnvironmentFile=-/etc/openjarvis/env"],
    [
      "EnvironmentFile=/etc/x/../openjarvis/env",
      "systemd ignores the line: it does not accept .. in a path",
      "EnvironmentFile=/the/path/without/..",
    ],
    [
      "EnvironmentFile=/etc/a%5Fb",
      "systemd ignores the line: it cannot replace the % in it",
      "EnvironmentFile=/etc/a%%5Fb",
    ],
    ["EnvironmentFile=/etc/openjarvis/env # key", ofComment, "EnvironmentFile=/etc/openjarvis/env"],
    [
      "EnvironmentFile=-/etc/openjarvis/env /etc/openjarvis/other",
      "systemd takes all of the line for the name of one file, and there is none",
      "EnvironmentFile=-/etc/openjarvis/env  and on a line of its own: EnvironmentFile=-/etc/openjarvis/other",
    ],
    [
      `Environment=OPENJARVIS%5FAPI_KEY=${keyA}`,
      `systemd ignores ${variable} there: it cannot replace the % in it`,
      `Environment="${variable}=…", with %% for every % that is meant`,
    ],
    [
      `Environment=${variable}=${keyA}%5F`,
      `systemd ignores ${variable} there: it cannot replace the % in it`,
      `Environment="${variable}=…", with %% for every % that is meant`,
    ],
    [
      `Environment=${variable} = ${keyA}`,
      `systemd ignores ${variable} there: its name and = do not stand together`,
      `Environment="${variable}=…"`,
    ],
    [
      `Environment=${variable}:${keyA}`,
      `systemd ignores ${variable} there: its name and = do not stand together`,
      `Environment="${variable}=…"`,
    ],
    [
      `Environment=${variable}=${keyA} ${keyA}`,
      `systemd takes the value of ${variable} only up to the first blank`,
      `Environment="${variable}=…"`,
    ],
    [
      `Environment=A=1 # ${variable}=`,
      `systemd sets ${variable} there: a # begins a comment only at the start of a line`,
      "the line without the # and what is behind it",
    ],
    [
      `Environment="${variable}=${keyA}`,
      "systemd ignores the line from an open quote, or a backslash that it does not know, on",
      'Environment="NAME=…", with \\\\ for every backslash',
    ],
    [
      "EnvironmentFiles=/etc/openjarvis/env",
      "systemd ignores the line: the directive is called EnvironmentFile=",
      "EnvironmentFile=…, with the value that stands there",
    ],
    [
      `Enviroment=${variable}=${keyA}`,
      "systemd ignores the line: the directive is called Environment=",
      "Environment=…, with the value that stands there",
    ],
  ])("tells of %s", (line, what, spelling) => {
    expect(find([line])).toEqual(ignored(what, spelling));
  });

  it.each([
    ["[Unit]", "in [Unit]"],
    ["[Install]", "in [Install]"],
  ])("tells of a line of the wrong section: %s", (section, where) => {
    expect(find([section, "EnvironmentFile=/etc/openjarvis/env"])).toEqual([
      [
        "ignored-line",
        `${unitFile}:4: systemd ignores EnvironmentFile= ${where}`,
        `move line 4 of ${unitFile} below [Service]`,
      ],
    ]);
  });

  it("tells of a file without which the service does not start", () => {
    const missing = "/etc/openjarvis/missing";
    expect(find([`EnvironmentFile=${missing}`])).toEqual([
      [
        "missing-env-file",
        `${unitFile}:3: systemd does not start the service without ${missing}, and it is not there`,
        `make that file, or write on line 3 of ${unitFile}: EnvironmentFile=-${missing}`,
      ],
    ]);
    expect(find(["EnvironmentFile=/etc/openjarvis/*.env"])).toHaveLength(1);
  });

  it.each([
    "EnvironmentFile=/etc/openjarvis/env",
    "EnvironmentFile=-/etc/openjarvis/missing",
    "EnvironmentFile=-/etc/openjarvis/*.env",
    "EnvironmentFile=/etc/openjarvis/e*",
    "EnvironmentFile=",
    `Environment=${variable}=${keyA} "B=1 2" # mine`,
    `Environment=export ${variable}=${keyA}`,
    "Environment=OTHER = 1",
    "Environment=OTHER=%5F",
    "X-EnvironmentFile=~/x",
  ])("has nothing against %s", (line) => {
    expect(find([line])).toEqual([]);
  });

  it("takes a file of a strange name for meant where it is there", () => {
    const file = "/etc/openjarvis/env # mine";
    expect(find([`EnvironmentFile=${file}`], [file])).toEqual([]);
  });
});
