import { describe, expect, it } from "vitest";

import { spellHint } from "../../../src/core/hint.js";
import { findLocationTroubles } from "../../../src/doctor/checks/locations.js";
import type { Launch, UnitLocation } from "../../../src/systems/contract/system.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { prepare } from "../subject.js";

const line = `JEAN2_AUTH_TOKEN=${keyA}\n`;

describe("findLocationTroubles", () => {
  it.each<[string, Launch, Record<string, string>, Record<string, string>, [string, string][]]>([
    ["one key in one place", "daemon", { ".jean2/.env": line }, {}, []],
    ["no key at all", "daemon", {}, {}, []],
    [
      "a variable that does not reach the daemon",
      "daemon",
      { ".jean2/.env": line },
      { JEAN2_AUTH_TOKEN: keyB },
      [["not-read", "unset JEAN2_AUTH_TOKEN"]],
    ],
    [
      "a variable that wins in the foreground",
      "foreground",
      { ".jean2/.env": line },
      { JEAN2_AUTH_TOKEN: keyB },
      [["shadowed", "unset JEAN2_AUTH_TOKEN"]],
    ],
    [
      "a project's file that wins in the foreground",
      "foreground",
      { ".jean2/.env": `A=1\n${line}`, ".env": line },
      {},
      [["shadowed", "remove line 1 of HOME/.env"]],
    ],
    [
      "two lines",
      "daemon",
      { ".jean2/.env": `${line}A=1\n${line}` },
      {},
      [["duplicate", "keyward doctor --fix"]],
    ],
    [
      "two lines in a file that keyward does not write",
      "foreground",
      { ".env": `${line}${line}` },
      {},
      [["duplicate", "remove line 1 of HOME/.env"]],
    ],
    [
      "two lines, the first of them empty",
      "daemon",
      { ".jean2/.env": `JEAN2_AUTH_TOKEN=\n${line}` },
      {},
      [["duplicate", "remove line 2 of HOME/.jean2/.env"]],
    ],
  ])("%s", async (_, launch, files, env, expected) => {
    const { home } = testMachine();
    const { subject } = await prepare({ launch, files, machine: { home, env } });
    const found = await findLocationTroubles(subject);
    expect(found.map(({ id, fix }) => [id, fix && spellHint(fix).replace(home, "HOME")])).toEqual(
      expected,
    );
    expect(found.every(({ severity }) => severity === "warning")).toBe(true);
    expect(JSON.stringify(found)).not.toMatch(new RegExp(`${keyA}|${keyB}`));
  });

  it("finds a key in a unit, where every user can read it", async () => {
    const { subject, at } = await prepare({ files: { "jean.service": "" } });
    const location: UnitLocation = {
      kind: "unit",
      path: at("jean.service"),
      line: 3,
      variable: "JEAN_TOKEN",
      directive: "Environment",
      read: () => keyA,
    };
    const system = { ...subject.system, locations: () => [location] };
    const { resolveKey } = await import("../../../src/locations/resolve-key.js");
    const resolution = await resolveKey(system, subject.machine, "daemon");
    const found = await findLocationTroubles({ ...subject, resolution });
    expect(found).toMatchObject([{ id: "key-in-unit", location: at("jean.service") }]);
  });
});
