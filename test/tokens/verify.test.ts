import { assert, asyncProperty, integer, nat } from "fast-check";
import { describe, expect, it } from "vitest";

import { TokenError } from "../../src/tokens/errors.js";
import { inspectToken } from "../../src/tokens/inspect.js";
import { issueToken } from "../../src/tokens/issue.js";
import { TokenSecret } from "../../src/tokens/secret.js";
import { verifyToken, type VerifyOptions } from "../../src/tokens/verify.js";
import { keyA, keyB } from "../helpers/keys.js";
import { FROZEN_NOW } from "../helpers/machine.js";
import { attacks } from "./attacks.js";
import { clock, goodClaims, goodHeader, now, protocolClaims, sign } from "./sign.js";

const base: VerifyOptions = { secret: keyA, clock };

async function refusalOf(token: string | null, options: VerifyOptions = base): Promise<TokenError> {
  try {
    await verifyToken(token, options);
  } catch (error) {
    if (error instanceof TokenError) return error;
    throw error;
  }
  throw new Error("the token was accepted");
}

describe("verifyToken", () => {
  it("gives what a good token says", async () => {
    expect(await verifyToken(sign(goodClaims), base)).toEqual({
      profile: "server",
      user: "user-123",
      expiresAt: new Date((now + 3600) * 1000),
      claims: goodClaims,
      signedWith: new TokenSecret(keyA).fingerprint,
    });
  });

  it("takes a token of the protocol profile when asked for it", async () => {
    const options = { ...base, profile: "protocol", issuer: "my-app" } as const;
    const { user, profile } = await verifyToken(sign(protocolClaims), options);
    expect({ user, profile }).toEqual({ user: "user-123", profile: "protocol" });
  });

  it.each([
    ["an audience that is a list of one", goodHeader, { aud: ["haip-client"] }],
    ["claims of its own", goodHeader, { role: ["admin", { deep: [1, 2] }], "": "" }],
    ["the same name in two objects", goodHeader, { a: { b: 1 }, c: [{ b: 1 }, { b: 2 }] }],
    ["quotes and brackets in text", goodHeader, { a: '{"exp":1}, "exp": 2 \\" }', b: "][" }],
    ["iat and nbf of this very second", goodHeader, { iat: now, nbf: now }],
    ["one second left", goodHeader, { iat: now - 1, exp: now + 1 }],
    ["no typ", { alg: "HS256" }, {}],
    ["typ in lower case", { alg: "HS256", typ: "jwt" }, {}],
    ["typ in full", { alg: "HS256", typ: "application/jwt" }, {}],
    ["a label of the issuer's for a kid", { ...goodHeader, kid: "2026-01" }, {}],
    ["a header member that means nothing", { ...goodHeader, note: "x" }, {}],
  ])("takes %s", async (_, header, claims) => {
    const { user } = await verifyToken(sign({ ...goodClaims, ...claims }, { header }), base);
    expect(user).toBe("user-123");
  });

  it.each(attacks)("refuses %s", async (_, token, reason) => {
    const error = await refusalOf(token);
    expect(error.reason).toBe(reason);
    expect(error.code).toBe(reason === "expired" ? "TOKEN_EXPIRED" : "INVALID_TOKEN");
    expect(error.message).toMatch(/^(?![A-Z]).*[^.]$/);
    expect(error.message.length).toBeLessThan(120);
    for (const part of token.split(".").filter(({ length }) => length > 8)) {
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(part);
    }
  });

  it.each([null, undefined, ""])("says that %j is no token", async (token) => {
    const error = await refusalOf(token ?? null);
    expect(error).toMatchObject({ code: "MISSING_TOKEN", message: "there is no token" });
  });

  it("names the profile that would fit", async () => {
    expect(await refusalOf(sign(protocolClaims))).toMatchObject({ fits: "protocol" });
    const options = { ...base, profile: "protocol", issuer: "my-app" } as const;
    const error = await refusalOf(sign(goodClaims), options);
    expect(error).toMatchObject({ reason: "wrong-profile", fits: "server" });
    expect(error.message).toBe("the token has no sub: it is of the server profile");
  });

  it.each(["sub", "jti", "iss"])("wants %s in the protocol profile", async (claim) => {
    const token = sign({ ...protocolClaims, [claim]: undefined });
    const error = await refusalOf(token, { ...base, profile: "protocol", issuer: "my-app" });
    expect(error).toMatchObject({ reason: "missing-claim", message: `the token has no ${claim}` });
  });

  it.each([
    [{ iat: now - 100, exp: now - 29 }, null],
    [{ iat: now - 100, exp: now - 30 }, "expired"],
    [{ iat: now + 30 }, null],
    [{ iat: now + 31 }, "issued-in-future"],
    [{ nbf: now + 30 }, null],
    [{ nbf: now + 31 }, "not-yet-valid"],
  ])("lets clocks differ by the clockTolerance and no more: %j", async (claims, reason) => {
    const token = sign({ ...goodClaims, ...claims });
    const verify = verifyToken(token, { ...base, clockTolerance: 30 });
    const outcome = await verify.catch((error: TokenError) => error);
    expect(outcome).toMatchObject(reason === null ? { user: "user-123" } : { reason });
  });

  it("answers as HAIP's documentation has it, without the reason", async () => {
    const answer = (code: string, message: string) => ({
      type: "ERROR",
      channel: "SYSTEM",
      payload: { code, message },
    });
    const expired = await refusalOf(sign({ ...goodClaims, iat: 1, exp: 2 }));
    expect(expired.toAnswer()).toEqual(answer("TOKEN_EXPIRED", "JWT token has expired"));
    const invalid = await refusalOf("x");
    expect(invalid.toAnswer()).toEqual(answer("INVALID_TOKEN", "Invalid or expired JWT token"));
    const missing = await refusalOf(null);
    expect(missing.toAnswer()).toEqual(answer("MISSING_TOKEN", "JWT token is required"));
  });

  it.each([
    ["a short secret", { secret: "x".repeat(31) }, "key-refused"],
    ["a default", { secret: "your-secret-key-change-in-production" }, "key-refused"],
    ["no secret", { secret: "" }, "key-refused"],
  ])("refuses to rely on %s", async (_, options, code) => {
    const verify = verifyToken(sign(goodClaims), { ...base, ...options });
    await expect(verify).rejects.toMatchObject({ code });
  });

  it.each([
    ["a profile that does not exist", { profile: "other" as "server" }],
    ["the protocol profile without an issuer", { profile: "protocol" as const }],
    ["a clockTolerance below nought", { clockTolerance: -1 }],
    ["a clockTolerance that is no number", { clockTolerance: Number.NaN }],
    ["a clock that gives no number", { clock: { now: () => Number.NaN } }],
    ["a secret that is not there", { secret: undefined as unknown as string }],
  ])("takes %s for a mistake", async (_, options) => {
    const verify = verifyToken(sign(goodClaims), { ...base, ...options });
    await expect(verify).rejects.toBeInstanceOf(TypeError);
  });
});

describe("a token with one byte changed", () => {
  it("is refused, whichever byte it is", async () => {
    const secret = new TokenSecret(keyA);
    const token = await issueToken({ user: "user-123", secret, clock });
    const bytes = Buffer.from(token, "latin1");
    await assert(
      asyncProperty(nat(bytes.length - 1), integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8((bytes[at] ?? 0) ^ change, at);
        const error = await refusalOf(changed.toString("latin1"), { ...base, secret });
        expect(error.code).toBe("INVALID_TOKEN");
      }),
      { numRuns: 2000 },
    );
  });

  it("is refused with a character put in, left out or put behind", async () => {
    const secret = new TokenSecret(keyA);
    const token = await issueToken({ user: "user-123", secret, clock });
    const options = { ...base, secret };
    for (let at = 0; at <= token.length; at += 1) {
      const longer = `${token.slice(0, at)}A${token.slice(at)}`;
      expect((await refusalOf(longer, options)).code).toBe("INVALID_TOKEN");
      if (at === token.length) break;
      const shorter = token.slice(0, at) + token.slice(at + 1);
      expect((await refusalOf(shorter, options)).code).toBe("INVALID_TOKEN");
    }
  });
});

describe("an overlap of two secrets", () => {
  const until = FROZEN_NOW + 1;
  const previous = { secret: keyB, until };
  const kidOf = (secret: string) => new TokenSecret(secret).fingerprint;
  const signed = (secret: string, kid?: string | null) =>
    sign(goodClaims, { secret, header: { ...goodHeader, ...(kid !== undefined && { kid }) } });

  it.each([
    ["the new one", signed(keyA), kidOf(keyA)],
    ["the new one, by kid", signed(keyA, kidOf(keyA)), kidOf(keyA)],
    ["the old one", signed(keyB), kidOf(keyB)],
    ["the old one, by kid", signed(keyB, kidOf(keyB)), kidOf(keyB)],
    ["the old one, by a label", signed(keyB, "mine"), kidOf(keyB)],
  ])("takes what was signed with %s", async (_, token, signedWith) => {
    expect(await verifyToken(token, { ...base, previous })).toMatchObject({ signedWith });
  });

  it.each([
    ["a kid of the other secret", signed(keyB, kidOf(keyA)), "bad-signature"],
    ["the kid of a third", signed(keyB, "sha256:0123456789ab"), "unknown-kid"],
    ["a third secret", signed("c".repeat(5) + keyA), "bad-signature"],
  ])("refuses %s", async (_, token, reason) => {
    expect(await refusalOf(token, { ...base, previous })).toMatchObject({ reason });
  });

  it("ends to the millisecond", async () => {
    const ended = { ...base, previous: { ...previous, until: FROZEN_NOW } };
    expect((await refusalOf(signed(keyB), ended)).reason).toBe("bad-signature");
    expect((await refusalOf(signed(keyB, kidOf(keyB)), ended)).reason).toBe("unknown-kid");
    expect((await verifyToken(signed(keyA), ended)).user).toBe("user-123");
  });

  it("never lasts where its end is no number", async () => {
    const endless = { ...base, previous: { ...previous, until: Number.NaN } };
    expect((await refusalOf(signed(keyB), endless)).reason).toBe("bad-signature");
  });
});

describe("without a clock", () => {
  it("takes node's own", async () => {
    const key = "Vb3kQ-9sT_x2LmNpR7wYzA1cD4eF6gH8jK0uIoPqSrE";
    const token = await issueToken({ user: "user-123", expiresIn: 60, secret: key });
    const { user, expiresAt } = await verifyToken(token, { secret: key });
    expect(user).toBe("user-123");
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
    expect(inspectToken(token).claims).toMatchObject({ userId: "user-123" });
  });
});
