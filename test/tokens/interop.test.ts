import { createSigner, createVerifier } from "fast-jwt";
import { jwtVerify, SignJWT } from "jose";
import jwt from "jsonwebtoken";
import { describe, expect, it } from "vitest";

import { issueToken } from "../../src/tokens/issue.js";
import { verifyToken } from "../../src/tokens/verify.js";
import { keyA, keyB } from "../helpers/keys.js";
import { clock, goodClaims, now, protocolClaims } from "./sign.js";

const key = Buffer.from(keyA);
const { iat: _, exp: __, ...claims } = goodClaims;

const theirs = {
  jsonwebtoken: () => jwt.sign({ ...claims, iat: now }, keyA, { expiresIn: "1h" }),
  "jsonwebtoken, with its own options": () =>
    jwt.sign({ userId: "user-123", iat: now }, keyA, {
      expiresIn: 3600,
      issuer: "haip-server",
      audience: ["haip-client"],
      subject: "user-123",
      jwtid: "1",
      keyid: "label",
      notBefore: 0,
    }),
  "fast-jwt": () => createSigner({ key: keyA, algorithm: "HS256" })(goodClaims),
  jose: () => new SignJWT(goodClaims).setProtectedHeader({ alg: "HS256" }).sign(key),
};

describe("tokens that others made", () => {
  it.each(Object.entries(theirs))("are verified: %s", async (_, make) => {
    const verified = await verifyToken(await make(), { secret: keyA, clock });
    expect(verified).toMatchObject({ user: "user-123", expiresAt: new Date((now + 3600) * 1000) });
  });

  it.each(Object.entries(theirs))("are refused with another secret: %s", async (_, make) => {
    const verify = verifyToken(await make(), { secret: keyB, clock });
    await expect(verify).rejects.toMatchObject({ reason: "bad-signature" });
  });
});

describe.each([
  ["server", { user: "user-123", claims: { role: "admin" } }, goodClaims],
  [
    "protocol",
    {
      profile: "protocol",
      user: "user-123",
      issuer: "my-app",
      id: "5f0c",
      claims: { role: "admin" },
    },
    protocolClaims,
  ],
] as const)("tokens of ours, %s profile", (_, request, said) => {
  const make = () => issueToken({ ...request, expiresIn: 3600, secret: keyA, clock });
  const expected = { ...said, role: "admin" };
  const { iss: issuer, aud: audience } = said;

  it("are verified by jsonwebtoken", async () => {
    const options = { issuer, audience, clockTimestamp: now, algorithms: ["HS256" as const] };
    expect(jwt.verify(await make(), keyA, options)).toEqual(expected);
  });

  it("are verified by fast-jwt", async () => {
    const options = { allowedIss: issuer, allowedAud: audience, algorithms: ["HS256" as const] };
    const verify = createVerifier({ key: keyA, clockTimestamp: now * 1000, ...options });
    expect(verify(await make())).toEqual(expected);
  });

  it("are verified by jose", async () => {
    const options = { issuer, audience, currentDate: new Date(now * 1000) };
    const { payload } = await jwtVerify(await make(), key, options);
    expect(payload).toEqual(expected);
  });
});
