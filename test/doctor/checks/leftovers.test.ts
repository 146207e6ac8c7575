import { readdirSync, rmSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { findLeftBehind } from "../../../src/doctor/checks/leftovers.js";
import { planFixes } from "../../../src/doctor/fixes/fixes.js";
import { describeSelf } from "../../../src/files/lock-holder.js";
import { acquireLock } from "../../../src/files/lock.js";
import { keyA } from "../../helpers/keys.js";
import { prepare } from "../subject.js";

const env = ".jean2/.env";
const tmp = ".jean2/..env.keyward-0123456789ab.tmp";
const bak = ".jean2/..env.keyward-0123456789ab.bak";
const lock = ".jean2/..env.keyward-lock";
const text = `JEAN2_AUTH_TOKEN=${keyA}\n`;

/** A process that cannot be: Linux gives no number so high. */
const nobody = 2 ** 30;

describe("findLeftBehind", () => {
  it.each<[string, Record<string, string>, [string, string][]]>([
    ["nothing", { [env]: text }, []],
    ["no folder", {}, []],
    [
      "another program's files",
      { [env]: text, ".jean2/.env.bak": text, ".jean2/.env.tmp": "" },
      [],
    ],
    ["half a new file", { [env]: text, [tmp]: "JEAN2" }, [["leftover", `rm HOME/${tmp}`]]],
    ["half a first file", { [tmp]: "JEAN2" }, [["leftover", `rm HOME/${tmp}`]]],
    [
      "the old bytes, which are there still",
      { [env]: text, [bak]: text },
      [["leftover", `rm HOME/${bak}`]],
    ],
    [
      "the old bytes, with others in their place",
      { [env]: "JE", [bak]: text },
      [["cut-off-write", `cp HOME/${bak} HOME/${env} && rm HOME/${bak}`]],
    ],
    ["a lock that is none", { [env]: text, [lock]: "x" }, [["strange-lock", `rm HOME/${lock}`]]],
  ])("%s", async (_, files, expected) => {
    const { machine, at } = await prepare({ files });
    const found = findLeftBehind(at(env), machine);
    expect(found.map(({ id, fix }) => [id, fix?.replaceAll(machine.home, "HOME")])).toEqual(
      expected,
    );
    expect(JSON.stringify(found)).not.toContain(keyA);
  });

  it("tells a dead holder's lock from a live one's, and leaves the work of that alone", async () => {
    const { machine, at } = await prepare({ files: { [env]: text, [tmp]: "" } });
    const dead = describeSelf({ ...machine, pid: nobody });
    writeFileSync(at(lock), JSON.stringify(dead));
    const ids = () => findLeftBehind(at(env), machine).map(({ id, severity }) => [id, severity]);
    expect(ids()).toEqual([
      ["stale-lock", "warning"],
      ["leftover", "warning"],
    ]);
    rmSync(at(tmp));
    const held = acquireLock(at(env), machine);
    writeFileSync(at(tmp), "");
    expect(ids()).toEqual([["locked", "info"]]);
    held.release();
  });

  it.each<[string, Record<string, string>, string[]]>([
    ["half a new file and the old bytes", { [env]: text, [tmp]: "", [bak]: text }, [".env"]],
    ["half a first file", { [tmp]: "" }, []],
    // The only whole copy of what was there is its owner's to put back.
    [
      "old bytes that are nowhere else",
      { [env]: "JE", [tmp]: "", [bak]: text },
      ["..env.keyward-0123456789ab.bak", ".env"],
    ],
  ])("is cleared away: %s", async (_, files, left) => {
    const { machine, at } = await prepare({ files });
    writeFileSync(at(lock), JSON.stringify(describeSelf({ ...machine, pid: nobody })));
    const fixes = await planFixes(findLeftBehind(at(env), machine), machine, null);
    expect(fixes.map(({ what }) => what)).toEqual([
      `remove what a killed keyward left beside ${at(env)}`,
    ]);
    for (const { apply } of fixes) await apply();
    expect(readdirSync(at(".jean2")).sort()).toEqual(left);
  });
});
