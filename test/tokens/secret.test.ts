import { inspect } from "node:util";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { type SecretEncoding, TokenSecret } from "../../src/tokens/secret.js";
import { verifyToken } from "../../src/tokens/verify.js";
import { keyA } from "../helpers/keys.js";
import { clock, goodClaims, sign } from "./sign.js";

const bytes = Buffer.from(
  "0f1e2d3c4b5a69788796a5b4c3d2e1f0112233445566778899aabbccddeeff01",
  "hex",
);

describe("TokenSecret", () => {
  it.each([
    ["utf8", keyA, Buffer.from(keyA)],
    ["utf8", `${keyA}é`, Buffer.from(`${keyA}é`)],
    ["hex", bytes.toString("hex"), bytes],
    ["hex", bytes.toString("hex").toUpperCase(), bytes],
    ["base64", bytes.toString("base64"), bytes],
    ["base64", bytes.toString("base64url"), bytes],
  ] as const)("takes a secret in %s: %s", async (encoding, text, key) => {
    const secret = new TokenSecret(text, encoding);
    const token = sign(goodClaims, { secret: key });
    expect((await verifyToken(token, { secret, clock })).user).toBe("user-123");
    expect(secret.fingerprint).toBe(fingerprintKey(text));
  });

  it.each([
    ["", "utf8", "the secret is empty"],
    [" ".repeat(40), "utf8", "the secret is empty"],
    [
      "a".repeat(7) + keyA.slice(0, 24),
      "utf8",
      "the secret has 31 bytes, and HS256 needs 32 or more",
    ],
    [
      "test-secret-key",
      "utf8",
      "the secret is a placeholder from documentation, which everybody knows",
    ],
    [
      "your-secret-key-change-in-production",
      "utf8",
      "the secret is a placeholder from documentation, which everybody knows",
    ],
    [bytes.toString("hex").slice(2), "hex", "the secret has 31 bytes, and HS256 needs 32 or more"],
    [`${bytes.toString("hex")}0`, "hex", "the secret is not hexadecimal"],
    [keyA, "hex", "the secret is not hexadecimal"],
    [`${keyA}!`, "base64", "the secret is not base64"],
    [`${bytes.toString("base64")}\n`, "base64", "the secret is not base64"],
    ["====", "base64", "the secret is not base64"],
  ] as const)("refuses %j in %s", (text, encoding, message) => {
    expect(() => new TokenSecret(text, encoding)).toThrow(
      expect.objectContaining({ code: "key-refused", message }) as Error,
    );
  });

  it("has no public name where it could be guessed from it", () => {
    expect(new TokenSecret("ab".repeat(20)).fingerprint).toBeNull();
  });

  it("takes an encoding that does not exist for a mistake", () => {
    expect(() => new TokenSecret(keyA, "latin1" as SecretEncoding)).toThrow(TypeError);
  });

  it("does not show itself", () => {
    const secret = new TokenSecret(keyA);
    expect(
      `${JSON.stringify(secret)}${inspect(secret, { showHidden: true, depth: 9 })}`,
    ).not.toMatch(new RegExp(`${keyA}|${Buffer.from(keyA).toString("hex").slice(0, 8)}`));
  });
});
