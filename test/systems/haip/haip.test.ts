import { join } from "node:path";
import { writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { resolveKey, resolveSetting } from "../../../src/locations/resolve-key.js";
import { haip } from "../../../src/systems/haip/haip.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";

function prepare(text: string | null, env: Record<string, string> = {}) {
  const machine = testMachine({ env });
  const file = join(machine.cwd, ".env");
  if (text !== null) writeFileSync(file, text, { mode: 0o600 });
  return { machine, file };
}

describe("haip", () => {
  it.each<[string | null, Record<string, string>, string | null, string | null]>([
    [`JWT_SECRET="${keyA}" # ours\n`, {}, ".env", keyA],
    [`JWT_SECRET=${keyA}\n`, { JWT_SECRET: keyB }, "env", keyB],
    [`JWT_SECRET=${keyA}\n`, { JWT_SECRET: "" }, "env", null],
    ["OTHER=1\n", {}, null, null],
    [null, {}, null, null],
  ])("with the file %j and the variable %j takes it from %s", async (text, env, from, key) => {
    const { machine, file } = prepare(text, env);
    const resolution = await resolveKey(haip, machine, "foreground");
    const names = { ".env": file, env: "env:JWT_SECRET" };
    expect(resolution.effective?.name ?? null).toBe(from && names[from as keyof typeof names]);
    expect(resolution).toMatchObject({ key, authentication: "unknown" });
  });

  it("says that the published server reads neither", () => {
    expect(haip.remarks).toEqual([
      {
        id: "haip-not-read",
        severity: "info",
        message:
          "the published HAIP server reads neither JWT_SECRET nor JWT_EXPIRES_IN: the program that it is built into must hand them over",
        fix: null,
      },
    ]);
  });

  it.each([
    [`JWT_EXPIRES_IN=1h\n`, {}, "1h"],
    [`JWT_EXPIRES_IN=1h\n`, { JWT_EXPIRES_IN: "15m" }, "15m"],
    [`JWT_EXPIRES_IN=\n`, {}, "24h"],
    [null, {}, "24h"],
  ])("with %j and %j its JWTs live %s", async (text, env, value) => {
    const { machine } = prepare(text, env);
    expect(haip.lifetime && (await resolveSetting(haip.lifetime, machine, "foreground"))).toEqual(
      expect.objectContaining({ value }),
    );
  });

  it.each([
    [null, false],
    ["OTHER=1\n# JWT_SECRET=x\n", false],
    ["OTHER=1\nexport JWT_SECRET=x\n", true],
  ])("is here by what .env holds: %j %j", (text, here) => {
    expect(haip.isHere(prepare(text).machine)).toBe(here);
  });
});
