import { createHmac } from "node:crypto";

import { describe, expect, it } from "vitest";

import { inspectToken } from "../../src/tokens/inspect.js";
import { TokenSecret } from "../../src/tokens/secret.js";
import { verifyToken } from "../../src/tokens/verify.js";

/** RFC 7515, appendix A.1, which is also the example of RFC 7519, section 3.1. */
const rfc7515 =
  "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" +
  ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" +
  ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const rfc7515Key =
  "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";

/** RFC 7519, section 6.1: the unsecured JWT. */
const rfc7519Unsecured =
  "eyJhbGciOiJub25lIn0" +
  ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";

const claims = { iss: "joe", exp: 1_300_819_380, "http://example.com/is_root": true };
const before = { now: () => 1_300_819_379_000 };
const secret = new TokenSecret(rfc7515Key, "base64");

describe("RFC 7515, A.1", () => {
  it("has a signature that is right: what is refused is what HAIP wants beyond it", async () => {
    const verify = verifyToken(rfc7515, { secret, clock: before, issuer: "joe" });
    await expect(verify).rejects.toMatchObject({
      reason: "missing-claim",
      message: "the token has no aud",
    });
  });

  it("has a signature that is wrong with the key as text", async () => {
    const verify = verifyToken(rfc7515, { secret: rfc7515Key, clock: before });
    await expect(verify).rejects.toMatchObject({ reason: "bad-signature" });
  });

  it("is refused with one bit of its signature changed", async () => {
    const changed = rfc7515.replace(/dBj/, "dBk");
    const verify = verifyToken(changed, { secret, clock: before });
    await expect(verify).rejects.toMatchObject({ reason: "bad-signature" });
  });

  it("shows what RFC 7519 says is in it", () => {
    const { header, claims: shown, times } = inspectToken(rfc7515, { clock: before });
    expect(header).toEqual({ typ: "JWT", alg: "HS256" });
    expect(shown).toEqual(claims);
    expect(times).toEqual([
      { claim: "exp", at: "2011-03-22T18:43:00.000Z", words: "expires in 1 second" },
    ]);
  });

  it("would pass if it said what HAIP wants, with that key and that header", async () => {
    const [head = ""] = rfc7515.split(".");
    const body = { ...claims, iat: 1_300_819_300, aud: "haip-client", userId: "joe" };
    const input = `${head}.${Buffer.from(JSON.stringify(body)).toString("base64url")}`;
    const key = Buffer.from(rfc7515Key, "base64url");
    const token = `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
    const { user } = await verifyToken(token, { secret, clock: before, issuer: "joe" });
    expect(user).toBe("joe");
  });
});

describe("RFC 7519, 6.1", () => {
  it("is refused, and can be looked at", async () => {
    const verify = verifyToken(rfc7519Unsecured, { secret, clock: before });
    await expect(verify).rejects.toMatchObject({ reason: "bad-algorithm" });
    expect(inspectToken(rfc7519Unsecured, { clock: before })).toMatchObject({
      header: { alg: "none" },
      claims,
      problem: { code: "bad-algorithm" },
    });
  });
});
