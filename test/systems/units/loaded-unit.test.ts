import { describe, expect, it } from "vitest";

import { judgeLoaded } from "../../../src/systems/units/loaded-unit.js";
import { readUnit } from "../../../src/systems/units/unit.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { rootedMachine } from "../../helpers/rooted-fs.js";

const path = "/run/systemd/system/openjarvis.service";
const dropIn = `${path}.d/10.conf`;
const unitFile = `[Service]
User=nobody
EnvironmentFile=/run/oj/env
EnvironmentFile=-/run/oj/other.env
Environment=A=1 "B=two words" OPENJARVIS_API_KEY=inline
ExecStart=/bin/sleep 1000
`;

/**
 * What `systemctl show` of systemd 252 (Debian 12) answered of that unit, booted as the first process
 * of a namespace; test/system/systemd-loaded.test.ts asks a real one again.
 */
const recorded = `ExecStart={ path=/bin/sleep ; argv[]=/bin/sleep 1000 ; ignore_errors=no ; start_time=[Tue 2026-12-01 03:35:58 UTC] ; stop_time=[n/a] ; pid=54 ; code=(null) ; status=0/0 }
Environment=A=1 "B=two words" OPENJARVIS_API_KEY=inline
EnvironmentFiles=/run/oj/env (ignore_errors=no)
EnvironmentFiles=/run/oj/other.env (ignore_errors=yes)
User=nobody
LoadState=loaded
FragmentPath=/run/systemd/system/openjarvis.service
DropInPaths=
NeedDaemonReload=no
`;

/** The same manager's answer about a unit that it has not loaded. */
const recordedMissing = `Environment=
User=
LoadState=not-found
FragmentPath=
DropInPaths=
NeedDaemonReload=no
`;

function judge(answer: string, files: Readonly<Record<string, string>> = { [path]: unitFile }) {
  const machine = rootedMachine();
  for (const [name, text] of Object.entries(files)) machine.put(name, text);
  const unit = readUnit(machine, "system", "openjarvis.service");
  return unit && judgeLoaded(answer, unit, "OPENJARVIS_API_KEY");
}

describe("what systemd has loaded of a unit", () => {
  it("is what its files say", () => {
    expect(judge(recorded)).toEqual({ state: "loaded", differs: [] });
  });

  it("is not what a new drop-in says, though the manager wants no reload", () => {
    // The manager answered so, without a word of the drop-in's folder that was made after its start.
    expect(recorded).toContain("NeedDaemonReload=no");
    const text = "[Service]\nEnvironment=OPENJARVIS_API_KEY=again\n";
    expect(judge(recorded, { [path]: unitFile, [dropIn]: text })).toEqual({
      state: "loaded",
      differs: ["its drop-ins", "Environment="],
    });
  });

  const edit = (from: string, to: string) => ({ [path]: unitFile.replace(from, to) });
  it.each<[string, Record<string, string>, string[]]>([
    ["another command", edit("sleep 1000", "sleep 9"), ["ExecStart="]],
    ["another user", edit("User=nobody", "User=root"), ["User="]],
    ["an env file less", edit("EnvironmentFile=/run/oj/env\n", ""), ["EnvironmentFile="]],
    ["another key", edit("=inline", `=${keyA}`), ["Environment="]],
    ["no key", edit(" OPENJARVIS_API_KEY=inline", ""), ["Environment="]],
    ["another variable than the key's", edit("A=1", "A=2"), []],
    ["the same with quotes", edit("sleep 1000", '"sleep" 1000'), []],
    ["no user", edit("User=nobody\n", ""), []],
  ])("differs from its files by %s", (_, files, differs) => {
    expect(judge(recorded, files)).toEqual({ state: "loaded", differs });
  });

  it("is old where the manager says so", () => {
    expect(judge(recorded.replace("Reload=no", "Reload=yes"))).toEqual({
      state: "loaded",
      differs: ["its files"],
    });
  });

  it("is another file where another folder has one by now", () => {
    const etc = "/etc/systemd/system/openjarvis.service";
    expect(judge(recorded, { [path]: unitFile, [etc]: unitFile })).toEqual({
      state: "loaded",
      differs: ["the unit file"],
    });
  });

  it("is nothing where the manager has not read the file yet", () => {
    expect(judge(recordedMissing)).toEqual({ state: "not-found", differs: [] });
  });

  it("has drop-ins of the manager's own, which are no file of the unit's", () => {
    const own = "DropInPaths=/run/systemd/system.control/openjarvis.service.d/50-MemoryMax.conf";
    expect(judge(recorded.replace("DropInPaths=", own))?.differs).toEqual([]);
  });

  it("cannot be told from an answer that is none", () => {
    expect(judge("")).toBeNull();
  });

  it("tells nothing of a key", () => {
    const answer = recorded.replace("=inline", `=${keyB}`);
    expect(JSON.stringify(judge(answer, edit("=inline", `=${keyA}`)))).toBe(
      '{"state":"loaded","differs":["Environment="]}',
    );
  });
});
