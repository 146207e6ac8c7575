import { describe, expect, it } from "vitest";

import { findKeyTroubles } from "../../../src/doctor/checks/key.js";
import type { Launch, System } from "../../../src/systems/contract/system.js";
import { systems } from "../../../src/systems/list.js";
import { withFile } from "../../../src/locations/with-file.js";
import { keyA } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { prepare, spelled } from "../subject.js";

async function look(system: System, path: string, text: string, launch?: Launch, home?: string) {
  const files = text === "" ? {} : { [path]: text };
  const { subject } = await prepare({
    system,
    files,
    ...(launch && { launch }),
    ...(home !== undefined && { machine: { home } }),
  });
  return spelled(findKeyTroubles(subject));
}

describe("findKeyTroubles", () => {
  it.each([
    [`JEAN2_AUTH_TOKEN=${keyA}\n`, []],
    ["", [["no-key", "warning", "keyward auth generate-key --write"]]],
    ["JEAN2_AUTH_TOKEN=\n", [["no-key", "warning", "keyward auth generate-key --write"]]],
    [
      "JEAN2_AUTH_TOKEN=your-secret-token\n",
      [["placeholder-key", "error", "keyward token rotate"]],
    ],
    [
      `JEAN2_AUTH_TOKEN=${keyA.slice(0, 9)}\n`,
      [["placeholder-key", "error", "keyward token rotate"]],
    ],
    [`JEAN2_AUTH_TOKEN=${keyA.slice(0, 20)}\n`, [["weak-key", "warning", "keyward token rotate"]]],
    [`JEAN2_AUTH_TOKEN=${"ab".repeat(20)}\n`, [["weak-key", "warning", "keyward token rotate"]]],
  ])("of Jean2: %j", async (text, expected) => {
    const found = await look(systems.jean2, ".jean2/.env", text);
    expect(found.map(({ id, severity, fix }) => [id, severity, fix])).toEqual(expected);
  });

  it("says what an empty value means to Jean2", async () => {
    const [found] = await look(systems.jean2, ".jean2/.env", "JEAN2_AUTH_TOKEN=\n");
    expect(found?.message).toMatch(
      /^JEAN2_AUTH_TOKEN is empty in .*, which switches authentication off$/,
    );
  });

  it.each([
    ["", "JEAN_TOKEN is not set, so Jean takes a key of its own"],
    ["JEAN_TOKEN=\n", "JEAN_TOKEN is empty in "],
    [`JEAN_NO_TOKEN=1\n`, "Jean asks for no key, by JEAN_NO_TOKEN in "],
    [
      `JEAN_NO_TOKEN=yes\nJEAN_TOKEN=${keyA}\n`,
      "; newer servers do not start with that and the key in ",
    ],
  ])("of Jean: %j", async (text, words) => {
    const { home } = testMachine();
    const system = withFile(systems.jean, { path: `${home}/jean.env` });
    const found = await look(system, "jean.env", text, "service", home);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain(words);
  });

  it("lets a switch that is off be", async () => {
    const { home } = testMachine();
    const system = withFile(systems.jean, { path: `${home}/jean.env` });
    const text = `JEAN_NO_TOKEN=0\nJEAN_TOKEN=${keyA}\n`;
    expect(await look(system, "jean.env", text, "service", home)).toEqual([]);
  });
});
