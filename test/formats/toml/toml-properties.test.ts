import * as fc from "fast-check";
import { getStaticTOMLValue, parseTOML } from "toml-eslint-parser";
import { describe, expect, it } from "vitest";

import { editToml, readToml } from "../../../src/formats/toml/toml.js";

const keyPath: readonly [string, ...string[]] = ["server", "auth", "api_key"];

type Maker<Argument, Result> = (argument: Argument) => Result;
type Choice<T> = readonly [T, ...T[]];

/** Settings of others, under names that the number keeps apart. */
const settings: Choice<Maker<number, string>> = [
  (n) => `k${n} = 1`,
  (n) => `${n}_api_key = "other"`,
  (n) => `'quoted ${n}' = 'é😀 # no comment'`,
  (n) => `d${n}.auth.api_key = '''\n[server.auth]\napi_key = "x"\n'''`,
  (n) => `m${n} = """a\\\n  b"""`,
  (n) => `i${n} = { api_key = 'x', auth.x = { y = 2020-01-01 } }`,
  (n) => `a${n} = [\n  1, # c\n  { api_key = 1 },\n]`,
];
const headers: Choice<Maker<number, string>> = [
  (n) => `[t${n}]`,
  (n) => `[ engine . "e${n}" ]`,
  (n) => `[[l${n}]]`,
  (n) => `[l.server${n}.auth]`,
];

/** Every form in which TOML can hold the table: what goes before the first header, and after. */
const homes: Choice<Maker<readonly string[], [before: string[], after: string[]]>> = [
  () => [[], []],
  (pairs) => [[], ["[server.auth]", ...pairs]],
  (pairs) => [[], ["[server.auth.sub]", "x = 1", "[ 'server' . \"auth\" ]", ...pairs, "[server]"]],
  (pairs) => [[], ["[server]", "port = 1", ...pairs.map((pair) => `auth . ${pair}`)]],
  (pairs) => [pairs.map((pair) => `server.'auth'.${pair}`), []],
  (pairs) => [[`server = { port = 1, auth = {${pairs.join(",")}} }`], []],
  (pairs) => [[`server = { ${pairs.map((pair) => `auth.${pair}`).join(" , ")} }`], []],
  (pairs) => [[], ["[server]", `auth = { ${pairs.join(" , ")} }`]],
];
const values: Choice<string> = [
  '"old"',
  "'old'",
  '"""o\\\n  ld"""',
  "'''\nold'''",
  '"é\\u0041"',
  '""',
  "7",
];

interface Sample {
  readonly bytes: Buffer;
  /** The key as the file spells it; null where it has none. */
  readonly spelled: string | null;
}

/** A valid document that has the key in any form, or not at all; each number decides one thing. */
const sample = fc.array(fc.nat(9999), { minLength: 60, maxLength: 60 }).map((choices): Sample => {
  let next = 0;
  const one = <T>(from: Choice<T>): T => from[(choices[next++] ?? 0) % from.length] ?? from[0];
  const some = () => Array.from({ length: one([0, 1, 2, 3]) }, () => one(settings)(next));
  const section = () => (one([false, true]) ? [one(headers)(next), ...some()] : []);

  const value = one(values);
  const pair = `api_key = ${value}`;
  const pairs = one([[], ["other = 1"], [pair], [pair, "other = 1"], ["x.y = 2", pair, "z = 3"]]);
  const [before, after] = one(homes)(pairs);
  const newlines = one<Choice<string>>([["\n"], ["\r\n"], ["\n", "\r\n"]]);

  let text = "";
  let spelled: string | null = null;
  for (const line of [...some(), ...before, ...section(), ...after, ...section()]) {
    const newline = one(newlines);
    text += one(["", "", newline, `# [server.auth]${newline}`, `\t#api_key = "é"${newline}`]);
    text += one(["", "", "  ", "\t"]) + line.replaceAll("\n", newline);
    text += one(["", "", "  ", " # c", '#\'api_key = "😀"']) + newline;
    if (line.includes(pair)) spelled = value.replaceAll("\n", newline);
  }
  return { bytes: Buffer.from(one([true, false]) ? text : text.trimEnd()), spelled };
});

/** What the document says beside the key: its value, with the key and the tables around it taken out. */
function readOthers(bytes: Buffer): unknown {
  const root = structuredClone(
    getStaticTOMLValue(parseTOML(bytes.toString(), { tomlVersion: "1.0.0" })),
  ) as { server?: { auth?: { api_key?: unknown } } };
  const { auth: { api_key: _key, ...auth } = {}, ...server } = root.server ?? {};
  return { ...root, server: { ...server, auth } };
}

/** Whether the shorter text becomes the longer one by a single insertion. */
function isInsertion(shorter: string, longer: string): boolean {
  const extra = longer.length - shorter.length;
  let same = 0;
  while (same < shorter.length && shorter[same] === longer[same]) same++;
  return shorter.slice(same) === longer.slice(same + extra);
}

const anyValue = fc.string({ unit: "binary", maxLength: 50 });

describe("whatever the file", () => {
  it("holds exactly the value that was set, and all else as before", () => {
    fc.assert(
      fc.property(sample, anyValue, ({ bytes }, value) => {
        const { after } = editToml(bytes, keyPath, value);
        expect(readToml(after, keyPath).value).toBe(value);
        expect(readOthers(after)).toEqual(readOthers(bytes));
      }),
    );
  });

  it("changes only where the value stands", () => {
    fc.assert(
      fc.property(sample, ({ bytes, spelled }) => {
        const before = bytes.toString();
        const [start = "", end = "", more] = editToml(bytes, keyPath, "NEW")
          .after.toString()
          .split('"NEW"');
        expect(more).toBeUndefined();
        const isOneChange =
          spelled === null ? isInsertion(before, start + end) : start + spelled + end === before;
        expect(isOneChange).toBe(true);
      }),
    );
  });

  it("is the same after setting twice as after setting once", () => {
    fc.assert(
      fc.property(sample, anyValue, ({ bytes }, value) => {
        const { after } = editToml(bytes, keyPath, value);
        expect(editToml(after, keyPath, value).after).toEqual(after);
      }),
    );
  });

  it("has no key once it was removed, and all else as before", () => {
    fc.assert(
      fc.property(sample, ({ bytes }) => {
        const { after } = editToml(bytes, keyPath, null);
        expect(readToml(after, keyPath)).toEqual({ value: null, line: null });
        expect(readOthers(after)).toEqual(readOthers(bytes));
      }),
    );
  });

  it("has its own bytes again when a key is added and removed", () => {
    const without = sample.filter(({ spelled }) => spelled === null);
    fc.assert(
      fc.property(without, anyValue, ({ bytes }, value) => {
        const added = editToml(bytes, keyPath, value).after;
        const left = editToml(added, keyPath, null).after.toString();
        // A last newline and a header that had to be added may stay behind them.
        expect(left.startsWith(bytes.toString())).toBe(true);
        expect(left.slice(bytes.toString().length)).toMatch(/^\s*(\[server\.auth\]\r?\n)?$/);
      }),
    );
  });
});
