import jwt from "jsonwebtoken";
import { describe, expect, it } from "vitest";

import { generateTestToken, rotateToken, validateToken } from "../../src/compat/tokens.js";
import { keyA, keyB } from "../helpers/keys.js";
import { attacks } from "../tokens/attacks.js";
import { clock, encode, goodClaims, now, sign } from "../tokens/sign.js";

/** The documentation's function with the library that it calls, at the same moment. */
function theirs(token: string, secret: string) {
  try {
    return { valid: true, payload: jwt.verify(token, secret, { clockTimestamp: now }) };
  } catch (error) {
    return { valid: false, error: (error as Error).message };
  }
}

const good = sign(goodClaims);
const [head = "", body = ""] = good.split(".");
const noType = { header: { alg: "HS256" } };

const cases: readonly (readonly [string, string, string])[] = [
  ["a good token", good, keyA],
  ["a short secret", sign(goodClaims, { secret: "x" }), "x"],
  ["a blank secret", sign(goodClaims, { secret: " " }), " "],
  ["HS384", sign(goodClaims, { header: { alg: "HS384", typ: "JWT" }, hash: "sha384" }), keyA],
  ["HS512", sign(goodClaims, { header: { alg: "HS512", typ: "JWT" }, hash: "sha512" }), keyA],
  ["no exp", sign({ userId: "u" }), keyA],
  ["nothing at all", sign({}), keyA],
  ["exp and nbf of this second", sign({ exp: now, nbf: now }), keyA],
  ["nbf of this second", sign({ nbf: now }), keyA],
  ["floats", sign({ exp: now + 0.5, nbf: now + 0.5 }), keyA],
  ["no token", "", keyA],
  ["no secret", good, ""],
  ["neither signature nor secret", `${head}.${body}.`, ""],
  ["an empty payload", `${head}..x`, keyA],
  ["a list for a header", sign(goodClaims, { header: [] }), keyA],
  ["a number for a header", sign(goodClaims, { header: 7 }), keyA],
  ["null for a header", sign(goodClaims, { header: null }), keyA],
  ["alg that objects have", sign(goodClaims, { header: { alg: "constructor" } }), keyA],
  ["text without a type", sign("hello", noType), keyA],
  ["quoted text without a type", sign('"hello"', noType), keyA],
  ["an object without a type", sign(goodClaims, noType), keyA],
  ["a list", sign([1, 2]), keyA],
  ["a number", sign("7"), keyA],
  ["a padded signature", `${good}=`, keyA],
  ["a strange character in front", `é${good}`, keyA],
  ["a header that is not JSON", `${encode("{")}.${body}.x`, keyA],
  ...attacks.map(([name, token]) => [`attack: ${name}`, token, keyA] as const),
];

describe("validateToken of keyward/compat", () => {
  it.each(cases)("says what jsonwebtoken says of %s", (_, token, secret) => {
    expect(validateToken(token, secret, clock)).toEqual(theirs(token, secret));
  });

  it("goes by the time of day unless told another", () => {
    expect(validateToken(sign({ exp: 1 }), keyA)).toEqual({ valid: false, error: "jwt expired" });
    expect(validateToken(sign({ exp: 9e9 }), keyA)).toEqual({ valid: true, payload: { exp: 9e9 } });
  });
});

describe("rotateToken of keyward/compat", () => {
  const sameUser = (userId?: unknown) => {
    const claims = { userId, iat: now, iss: "haip-server", aud: "haip-client" };
    return jwt.sign(claims, keyA, { expiresIn: "1h" });
  };

  it.each([
    ["a user", sign({ ...goodClaims, role: "lost" }), "user-123"],
    ["a user that is no text", sign({ userId: { a: 1 } }), { a: 1 }],
    ["no user", sign({}), undefined],
    ["text for a payload", sign("hello", noType), undefined],
  ])("makes what jsonwebtoken would make for %s", async (_, old, user) => {
    expect(await rotateToken(old, keyA, clock)).toBe(sameUser(user));
  });

  it("throws for a token that is not valid", async () => {
    await expect(rotateToken(good, keyB, clock)).rejects.toThrow("invalid signature");
  });
});

describe("generateTestToken of keyward/compat", () => {
  it.each([
    [undefined, "test-user"],
    ["user-9", "user-9"],
  ])("makes the documented one for %s", (user, userId) => {
    const claims = { userId, iat: now, exp: now + 3600, iss: "haip-server", aud: "haip-client" };
    expect(generateTestToken(user, clock)).toBe(jwt.sign(claims, "test-secret-key"));
  });
});
