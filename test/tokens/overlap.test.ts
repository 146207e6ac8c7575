import { describe, expect, it } from "vitest";

import { readEnv } from "../../src/formats/env/env-file.js";
import {
  editOverlap,
  judgeOverlap,
  parseUntil,
  readTokenSecrets,
} from "../../src/tokens/overlap.js";
import { verifyToken } from "../../src/tokens/verify.js";
import { keyA, keyB } from "../helpers/keys.js";
import { FROZEN_NOW } from "../helpers/machine.js";
import { clock, goodClaims, sign } from "./sign.js";

const until = Date.UTC(2026, 0, 2, 4, 4, 5);
const end = "2026-01-02T04:04:05Z";
const three = `JWT_SECRET=${keyB}\nJWT_SECRET_PREVIOUS=${keyA}\nJWT_SECRET_PREVIOUS_UNTIL=${end}\n`;

function edit(text: string | null) {
  const bytes = text === null ? null : Buffer.from(text);
  const change = editOverlap(bytes, { secret: keyB, previous: keyA, until }, ["dotenv"]);
  return { ...change, text: change.after.toString() };
}

describe("editOverlap", () => {
  it.each([
    ["no file", null, three],
    ["a file with the secret alone", `JWT_SECRET=${keyA}\n`, three],
    [
      "a file with more",
      `# mine\r\nPORT=8080\r\nJWT_SECRET=${keyA}\r\nJWT_EXPIRES_IN=1h`,
      `# mine\r\nPORT=8080\r\nJWT_SECRET=${keyB}\r\nJWT_EXPIRES_IN=1h\r\nJWT_SECRET_PREVIOUS=${keyA}\r\nJWT_SECRET_PREVIOUS_UNTIL=${end}\r\n`,
    ],
    [
      "an overlap before",
      `JWT_SECRET_PREVIOUS_UNTIL=2020-01-01T00:00:00Z\nJWT_SECRET=${keyA}\nJWT_SECRET_PREVIOUS=x\n`,
      `JWT_SECRET_PREVIOUS_UNTIL=${end}\nJWT_SECRET=${keyB}\nJWT_SECRET_PREVIOUS=${keyA}\n`,
    ],
  ])("writes three lines into %s, in one change", (_, before, after) => {
    const change = edit(before);
    expect(change.text).toBe(after);
    expect(change.before?.toString() ?? null).toBe(before);
  });

  it("says what else it changed", () => {
    const { notes, text } = edit(`JWT_SECRET=${keyA} # old\nJWT_SECRET=${keyA}\n`);
    expect(notes).toHaveLength(1);
    expect(notes.join("")).not.toContain(keyA);
    expect(text.split(keyA)).toHaveLength(2);
  });

  it("refuses an old secret that the file cannot carry, and changes nothing", () => {
    const change = () =>
      editOverlap(null, { secret: keyB, previous: `'${keyA}`, until }, ["dotenv"]);
    expect(change).toThrow(expect.objectContaining({ code: "unspeakable" }) as Error);
  });

  it("is read back by a server as it was meant, and ends on the second", async () => {
    const { after } = edit(`JWT_SECRET=${keyA}\n`);
    const read = (name: string) => readEnv(after, name, "dotenv").value ?? undefined;
    const names = ["JWT_SECRET", "JWT_SECRET_PREVIOUS", "JWT_SECRET_PREVIOUS_UNTIL"];
    const env = Object.fromEntries(names.map((name) => [name, read(name)]));
    const secrets = readTokenSecrets(env);
    const token = sign({ ...goodClaims, exp: goodClaims.exp + 3600 }, { secret: keyA });
    const at = (ms: number) => verifyToken(token, { ...secrets, clock: { now: () => ms } });
    expect((await at(until - 1)).user).toBe("user-123");
    await expect(at(until)).rejects.toMatchObject({ reason: "bad-signature" });
  });
});

describe("readTokenSecrets", () => {
  it.each([
    ["the end is missing", { JWT_SECRET_PREVIOUS: keyB }],
    ["the end is empty", { JWT_SECRET_PREVIOUS: keyB, JWT_SECRET_PREVIOUS_UNTIL: "" }],
    [
      "the end is past",
      { JWT_SECRET_PREVIOUS: keyB, JWT_SECRET_PREVIOUS_UNTIL: "2026-01-02T03:04:05Z" },
    ],
    ["there is no old secret", { JWT_SECRET_PREVIOUS_UNTIL: end }],
  ])("has one secret in force when %s", async (_, more) => {
    const secrets = readTokenSecrets({ JWT_SECRET: keyA, ...more });
    const verify = (secret: string) =>
      verifyToken(sign(goodClaims, { secret }), { ...secrets, clock });
    expect((await verify(keyA)).user).toBe("user-123");
    await expect(verify(keyB)).rejects.toMatchObject({ reason: "bad-signature" });
  });

  it.each([
    [{}, "no-key"],
    [{ JWT_SECRET: "" }, "no-key"],
    [{ JWT_SECRET: "your-secret-key-here" }, "key-refused"],
    [
      { JWT_SECRET: keyA, JWT_SECRET_PREVIOUS: "short", JWT_SECRET_PREVIOUS_UNTIL: end },
      "key-refused",
    ],
    [
      { JWT_SECRET: keyA, JWT_SECRET_PREVIOUS: keyB, JWT_SECRET_PREVIOUS_UNTIL: "tomorrow" },
      "malformed",
    ],
  ])("refuses %j", (env, code) => {
    expect(() => readTokenSecrets(env)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe("parseUntil", () => {
  it("reads what is written", () => {
    expect(parseUntil(end)).toBe(until);
  });

  it.each([
    "",
    "2026-01-02",
    "2026-01-02T04:04:05",
    "2026-01-02T04:04:05+01:00",
    "2026-02-30T00:00:00Z",
    "1767326645",
    `${end} `,
  ])("takes %j for no time", (text) => {
    expect(parseUntil(text)).toBeNull();
  });
});

describe("judgeOverlap", () => {
  it.each([
    [false, null],
    [false, "2020-01-01T00:00:00Z"],
    [true, end],
  ])("has nothing to say: previous %j until %j", (previous, text) => {
    expect(judgeOverlap(previous, text, FROZEN_NOW)).toBeNull();
  });

  it.each([
    ["2026-01-02T03:04:05Z", "ended at 2026-01-02T03:04:05Z"],
    [null, "has no JWT_SECRET_PREVIOUS_UNTIL that is a time"],
    ["soon", "has no JWT_SECRET_PREVIOUS_UNTIL that is a time"],
  ])("warns of an old secret until %j", (text, what) => {
    expect(judgeOverlap(true, text, FROZEN_NOW)).toEqual({
      id: "overlap-ended",
      severity: "warning",
      message: `JWT_SECRET_PREVIOUS ${what}: it verifies nothing, and is a secret all the same`,
      fix: "remove the lines of JWT_SECRET_PREVIOUS and JWT_SECRET_PREVIOUS_UNTIL",
    });
  });
});
