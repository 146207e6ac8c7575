import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { inspectToken } from "../../src/tokens/inspect.js";
import { issueToken, type IssueOptions } from "../../src/tokens/issue.js";
import { verifyToken } from "../../src/tokens/verify.js";
import { keyA } from "../helpers/keys.js";
import { clock, goodClaims, now } from "./sign.js";

const base: IssueOptions = { user: "user-123", secret: keyA, clock };
const year = 365 * 86_400;

async function partsOf(options: Partial<IssueOptions>) {
  return inspectToken(await issueToken({ ...base, ...options }), { clock });
}

describe("issueToken", () => {
  it("makes a token of the server profile, for 24 hours", async () => {
    const { header, claims } = await partsOf({});
    expect(header).toEqual({ alg: "HS256", typ: "JWT", kid: fingerprintKey(keyA) });
    expect(claims).toEqual({ ...goodClaims, exp: now + 86_400 });
  });

  it("makes a token of the protocol profile, for an hour, each with an id of its own", async () => {
    const request = { profile: "protocol", issuer: "my-app" } as const;
    const { claims } = await partsOf(request);
    const { jti, ...rest } = claims;
    const said = { iss: "my-app", aud: "haip-protocol", sub: "user-123" };
    expect(rest).toEqual({ ...said, iat: now, exp: now + 3600 });
    expect(jti).toMatch(/^[0-9a-f-]{36}$/);
    expect((await partsOf(request)).claims["jti"]).not.toBe(jti);
  });

  it.each([
    ["a subject", { subject: "s" }, { sub: "s" }],
    ["an id", { id: "j" }, { jti: "j" }],
    ["a lifetime", { expiresIn: 90 }, { exp: now + 90 }],
    ["a year", { expiresIn: year }, { exp: now + year }],
    ["more than a year, by force", { expiresIn: year + 1, force: true }, { exp: now + year + 1 }],
    ["a beginning", { notBefore: new Date((now + 60) * 1000) }, { nbf: now + 60 }],
    ["claims", { claims: { role: ["a"], n: null } }, { role: ["a"], n: null }],
    ["the issuer that it has anyway", { issuer: "haip-server" }, {}],
  ])("puts in %s", async (_, options, expected) => {
    const { claims } = await partsOf(options);
    expect(claims).toEqual({ ...goodClaims, exp: now + 86_400, ...expected });
  });

  it.each([
    ["a label", { kid: "2026-01" }, "2026-01"],
    ["its own fingerprint", { kid: fingerprintKey(keyA) ?? "" }, fingerprintKey(keyA)],
    ["nothing for a secret without a name", { secret: "ab".repeat(20) }, undefined],
  ])("has for a kid %s", async (_, options, kid) => {
    const { header } = await partsOf(options);
    expect(header["kid"]).toBe(kid);
  });

  it("makes what verifyToken takes", async () => {
    const token = await issueToken({ ...base, claims: { exp_: 1, "\n": "é" } });
    expect((await verifyToken(token, base)).claims).toMatchObject({ exp_: 1, "\n": "é" });
  });

  const refusals: [string, Partial<IssueOptions>, string, string][] = [
    [
      "a short secret",
      { secret: keyA.slice(0, 31) },
      "key-refused",
      "the secret has 31 bytes, and HS256 needs 32 or more",
    ],
    ["no user", { user: "" }, "token-refused", "the user of the token is missing or empty"],
    [
      "a blank subject",
      { subject: " " },
      "token-refused",
      "the subject of the token is missing or empty",
    ],
    ["an empty id", { id: "" }, "token-refused", "the id of the token is missing or empty"],
    [
      "no time to live",
      { expiresIn: 0 },
      "token-refused",
      "the token would live for no time at all",
    ],
    [
      "a negative time to live",
      { expiresIn: -1 },
      "token-refused",
      "the token would live for no time at all",
    ],
    [
      "more than a year",
      { expiresIn: year + 1 },
      "token-refused",
      "the token would live for more than a year, and cannot be taken back",
    ],
    [
      "a beginning behind its end",
      { expiresIn: 60, notBefore: new Date((now + 60) * 1000) },
      "token-refused",
      "the token would expire before it becomes valid",
    ],
    [
      "a claim that the profile fills in",
      { claims: { exp: 1 } },
      "token-refused",
      "exp is not a claim to be added",
    ],
    [
      "a claim of the other profile",
      { claims: { sub: "x" } },
      "token-refused",
      "sub is not a claim to be added",
    ],
    [
      "a kid that is no plain text",
      { kid: "../x" },
      "token-refused",
      "a kid is up to 64 letters, digits and . _ : -",
    ],
    [
      "the fingerprint of another secret",
      { kid: "sha256:0123456789ab" },
      "token-refused",
      "a kid that starts with sha256: is the fingerprint of the secret, and this is not",
    ],
    [
      "another issuer in the server profile",
      { issuer: "me" },
      "token-refused",
      "the issuer of the server profile is haip-server",
    ],
    [
      "no issuer in the protocol profile",
      { profile: "protocol" },
      "token-refused",
      "the issuer of the token is missing or empty",
    ],
    [
      "two subjects",
      { profile: "protocol", issuer: "a", subject: "b" },
      "token-refused",
      "in the protocol profile the user is the subject",
    ],
    [
      "claims without end",
      { claims: { a: "x".repeat(13_000) } },
      "token-refused",
      "the token would be over 16384 characters, and be refused everywhere",
    ],
  ];
  it.each(refusals)("refuses %s", async (_, options, code, message) => {
    await expect(issueToken({ ...base, ...options })).rejects.toMatchObject({ code, message });
  });

  it.each([
    ["a lifetime that is not whole", { expiresIn: 1.5 }],
    ["a lifetime that is no number", { expiresIn: Number.NaN }],
    ["a beginning that is no time", { notBefore: new Date(Number.NaN) }],
    ["a profile that does not exist", { profile: "other" as "server" }],
  ])("takes %s for a mistake", async (_, options) => {
    await expect(issueToken({ ...base, ...options })).rejects.toBeInstanceOf(TypeError);
  });
});
