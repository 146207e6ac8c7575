import { describe, expect, it } from "vitest";

import { inspectToken } from "../../src/tokens/inspect.js";
import { attacks } from "./attacks.js";
import { clock, encode, goodClaims, goodHeader, now, protocolClaims, sign } from "./sign.js";

describe("inspectToken", () => {
  it("shows what a token says, whoever signed it", () => {
    const token = sign({ ...goodClaims, iat: now - 300 }, { secret: "somebody else's" });
    expect(inspectToken(token, { clock })).toEqual({
      verified: false,
      header: goodHeader,
      claims: { ...goodClaims, iat: now - 300 },
      profile: "server",
      times: [
        { claim: "iat", at: "2026-01-02T02:59:05.000Z", words: "issued 5 minutes ago" },
        { claim: "exp", at: "2026-01-02T04:04:05.000Z", words: "expires in 60 minutes" },
      ],
      problem: null,
    });
  });

  it.each([
    [{ exp: now - 60, iat: now - 120 }, "expired 60 seconds ago", "expired"],
    [{ exp: "soon" }, "exp is no time in seconds", "bad-time"],
    [{ exp: 1e300 }, "exp is no time in seconds", "bad-time"],
    [{ exp: (now + 60) * 1000 }, "exp is no time in seconds", "bad-time"],
    [{ nbf: now + 600 }, "valid in 10 minutes", "not-yet-valid"],
    [{ nbf: now - 600 }, "valid since 10 minutes ago", null],
  ])("puts times into words: %j", (claims, words, problem) => {
    const shown = inspectToken(sign({ ...goodClaims, ...claims }), { clock });
    expect(shown.times.map((time) => time.words)).toContain(words);
    expect(shown.problem?.code ?? null).toBe(problem);
  });

  it("knows the profiles", () => {
    expect(inspectToken(sign(protocolClaims), { clock })).toMatchObject({
      profile: "protocol",
      problem: null,
    });
    expect(inspectToken(sign({ hello: 1 }), { clock })).toMatchObject({ profile: null });
  });

  it("shows an unsigned token, and what is wrong with it", () => {
    const token = `${encode(goodHeader)}.${encode(goodClaims)}.`;
    expect(inspectToken(token, { clock }).problem).toEqual({
      code: "bad-signature",
      message: "the token has no signature",
    });
  });

  /** Without a secret a wrong signature does not show, nor a kid of a strange one. */
  const invisible = new Set(["bad-signature", "unknown-kid"]);
  const seen = attacks.filter(([, , reason]) => !invisible.has(reason));
  const whole = new Set(["malformed", "duplicate-member", "too-large"]);

  it.each(seen.filter(([, , reason]) => !whole.has(reason)))(
    "sees what is wrong with %s",
    (_, token, reason) => {
      const { problem, profile } = inspectToken(token, { clock });
      expect(problem?.code ?? `of the profile ${profile}`).toBe(
        reason === "wrong-profile" ? "of the profile protocol" : reason,
      );
    },
  );

  it.each(seen.filter(([, , reason]) => whole.has(reason)))(
    "cannot take apart %s",
    (_, token, reason) => {
      const look = () => inspectToken(token, { clock });
      expect(look).toThrow(expect.objectContaining({ reason, name: "TokenError" }) as Error);
    },
  );
});
