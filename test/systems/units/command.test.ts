import { describe, expect, it } from "vitest";

import { readUnitCommand } from "../../../src/systems/units/command.js";
import { readUnit } from "../../../src/systems/units/unit.js";
import { rootedMachine } from "../../helpers/rooted-fs.js";

const name = "openjarvis.service";
const program = { isServer: (each: string) => each === "jarvis", modules: ["openjarvis"] };

function readText(text: string, files: Readonly<Record<string, string>> = {}) {
  const machine = rootedMachine();
  machine.put(`/etc/systemd/system/${name}`, `[Service]\n${text}\n`);
  for (const [path, content] of Object.entries(files)) machine.put(path, content);
  const unit = readUnit(machine, "system", name);
  if (unit === null) throw new Error("no unit");
  return readUnitCommand(unit, program);
}

const read = (command: string, ...rest: string[]) =>
  readText([`ExecStart=${command}`, ...rest].join("\n"));

describe("readUnitCommand", () => {
  it.each<[string, readonly (string | null)[], object?]>([
    ["/usr/bin/jarvis serve --port 1", ["serve", "--port", "1"]],
    ["-!/usr/bin/jarvis serve", ["serve"]],
    ["+/usr/bin/jarvis serve", ["serve"]],
    ["@/usr/bin/jarvis other serve", ["serve"]],
    [":/usr/bin/jarvis $A ${B}", ["$A", "${B}"]],
    ["/usr/bin/env jarvis serve", ["serve"]],
    ["/usr/bin/env A=1 B= jarvis serve", ["serve"], { A: "1", B: "" }],
    ["/usr/bin/env -- A=1 jarvis", [], { A: "1" }],
    ["/usr/bin/nohup jarvis serve", ["serve"]],
    ["/usr/bin/nohup env A=1 nice jarvis serve", ["serve"], { A: "1" }],
    ["/usr/bin/tini -- jarvis serve", ["serve"]],
    ["/usr/bin/uv run jarvis serve", ["serve"]],
    ["/opt/venv/bin/python3.12 -u -m openjarvis serve", ["serve"]],
    ["/usr/bin/jarvis a$$b $$c", ["a$b", "$c"]],
  ])("sees the server in %s", (command, args, environment = {}) => {
    const found = read(command);
    if (found === null || found.why !== null) throw new Error(found?.why ?? "none");
    expect(found.args.map(({ text }) => text)).toEqual(args);
    expect(
      Object.fromEntries([...found.environment].map(([key, { text }]) => [key, text])),
    ).toEqual(environment);
  });

  it.each([
    ["/bin/sh -c 'exec jarvis serve'", "sh puts the command together"],
    ["/usr/bin/env bash -lc jarvis", "bash puts the command together"],
    ["|/usr/bin/jarvis serve", "the user's shell puts the command together"],
    ["/usr/bin/sudo -u oj jarvis serve", "sudo starts the server"],
    ["/bin/su oj -c jarvis", "su starts the server"],
    ["/usr/bin/docker run -p 8000:8000 openjarvis", "docker starts the server"],
    ["/usr/bin/env -i jarvis serve", "env gets options"],
    ["/usr/bin/env -u OPENJARVIS_API_KEY jarvis", "env gets options"],
    ["/usr/bin/nice -n 5 jarvis", "nice gets options"],
    ["/usr/bin/uv run --with x jarvis serve", "/usr/bin/uv is not known to be the server"],
    ["/usr/bin/python3 -m other serve", "python3 starts something else than the server"],
    ["/usr/bin/python3 /opt/jarvis serve", "python3 starts something else than the server"],
    ["/opt/openjarvis/start.sh", "/opt/openjarvis/start.sh is a script"],
    ["/opt/openjarvis/wrapper serve", "/opt/openjarvis/wrapper is not known to be the server"],
    ["/usr/bin/env", "no program of the server is in it"],
    ["/usr/bin/jarvis serve ; /bin/true", "it is one command of several"],
  ])("does not see it in %s", (command, why) => {
    expect(read(command)).toEqual({ why });
  });

  it("takes the last command after an empty one, and none of two", () => {
    const two = ["ExecStart=/bin/sh -c x", "ExecStart=/bin/jarvis a"];
    expect(readText(two.join("\n"))).toEqual({ why: "it is one command of several" });
    expect(readText([two[0], "ExecStart=", two[1]].join("\n"))).toMatchObject({ why: null });
    expect(readText("User=oj")).toBeNull();
  });

  it.each([
    ["#!/bin/sh\nexec jarvis-real --host 0.0.0.0\n", "/usr/local/bin/jarvis is a script"],
    ["#!/usr/bin/env bash\n", "/usr/local/bin/jarvis is a script"],
    ["#! /usr/bin/dash -e\n", "/usr/local/bin/jarvis is a script"],
    ["#!/opt/venv/bin/python\nimport openjarvis\n", null],
    ["#!/bin/sh\n'''exec' \"/opt/a long path/python\" \"$0\" \"$@\"\n' '''\n", null],
    ["\x7fELF", null],
  ])("looks into the program itself: %j", (text, why) => {
    const files = { "/usr/local/bin/jarvis": text };
    expect(readText("ExecStart=/usr/local/bin/jarvis serve", files)).toMatchObject({ why });
  });

  describe("puts in variables as systemd does", () => {
    const files = {
      "/etc/oj.env": "OPTS=--host 0.0.0.0\nQUOTED='--token \"a b\" c'\nPORT=81\nEMPTY=\n",
      "/etc/later.env": "PORT=82\n",
    };
    const unit = [
      'Environment="INLINE=--port 1" PORT=80',
      "EnvironmentFile=/etc/oj.env",
      "EnvironmentFile=-/etc/later.env",
      "EnvironmentFile=-/etc/absent.env",
    ];
    it.each<[string, readonly (string | null)[]]>([
      ["$OPTS", ["--host", "0.0.0.0"]],
      ["${OPTS}", ["--host 0.0.0.0"]],
      ["$QUOTED", ["--token", "a b", "c"]],
      ["$INLINE x", ["--port", "1", "x"]],
      ["$EMPTY x", ["x"]],
      ["${EMPTY} x", ["", "x"]],
      ["--port=${PORT}", ["--port=82"]],
      ["--port $PORT", ["--port", "82"]],
      ["a$PORT", ["a$PORT"]],
      ["--host ${NOWHERE}", ["--host", null]],
      ["$NOWHERE", [null]],
    ])("%s", (words, args) => {
      const text = [...unit, `ExecStart=/bin/jarvis ${words}`].join("\n");
      const found = readText(text, files);
      if (found === null || found.why !== null) throw new Error("not seen");
      expect(found.args.map(({ text: word }) => word)).toEqual(args);
    });

    it("and knows what UnsetEnvironment= takes away", () => {
      const text = [...unit, "UnsetEnvironment=OPTS", "ExecStart=/bin/jarvis $OPTS x"].join("\n");
      const found = readText(text, files);
      expect(found).toMatchObject({ why: null, args: [{ text: "x" }] });
    });
  });
});
