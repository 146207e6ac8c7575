import { describe, expect, it } from "vitest";

import { findSharedKeys } from "../../../src/doctor/checks/shared-keys.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { prepare, spelled } from "../subject.js";

async function server(name: string | null, key: string, urls: string[] = []) {
  const text = `JEAN2_AUTH_TOKEN=${key}\n`;
  const names = name === null ? [] : [name];
  const { subject } = await prepare({ files: { ".jean2/.env": text }, names, urls });
  return subject;
}

describe("findSharedKeys", () => {
  it.each([
    ["the same key", "a", keyA, "b", keyA, 1],
    ["two keys", "a", keyA, "b", keyB, 0],
    ["no keys", "a", "", "b", "", 0],
    ["a server without a name", null, keyA, "b", keyA, 0],
  ])("%s", async (_, nameOne, keyOne, nameOther, keyOther, count) => {
    const one = await server(nameOne, keyOne);
    const other = await server(nameOther, keyOther);
    const found = spelled(findSharedKeys(other, [one]));
    expect(found).toHaveLength(count);
    expect(JSON.stringify(found)).not.toContain(keyA);
  });

  it("names both servers and both places", async () => {
    const one = await server("a", keyA);
    const other = await server("b", keyA);
    const places = [one, other].map(({ resolution }) => resolution.effective?.name);
    expect(spelled(findSharedKeys(other, [one]))).toEqual([
      {
        id: "shared-key",
        severity: "warning",
        message: `the servers a, b have the same key, in ${places[0]} and ${places[1]}`,
        fix: "keyward token rotate",
        location: places[1],
      },
    ]);
  });

  it("takes names for one and the same place for one server", async () => {
    const one = await server("a", keyA);
    expect(spelled(findSharedKeys({ ...one, names: ["b"] }, [one]))).toEqual([]);
  });

  it("finds one key that goes to two addresses", async () => {
    const one = await server("a", keyA, ["https://a.example", "https://b.example"]);
    expect(spelled(findSharedKeys({ ...one, names: ["a", "b"] }, []))).toMatchObject([
      { id: "shared-key" },
    ]);
    expect(
      spelled(findSharedKeys({ ...one, urls: ["https://a.example", "https://a.example"] }, [])),
    ).toEqual([]);
  });
});
