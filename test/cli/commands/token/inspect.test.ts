import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { testCli } from "../../../helpers/run-cli.js";
import { encode, goodClaims, goodHeader, sign } from "../../../tokens/sign.js";

const unknownSecret = { secret: "somebody else's" };

describe("token inspect", () => {
  it("shows a token without any secret, and says loudly that it is not verified", async () => {
    const cli = testCli({ stdin: `${sign(goodClaims, unknownSecret)}\n` });
    const { code, stdout, stderr } = await cli.run("keyward", "token", "inspect");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`NOT VERIFIED: anybody could have written this
header {
  "alg": "HS256",
  "typ": "JWT"
}
claims {
  "userId": "user-123",
  "iat": 1767323045,
  "exp": 1767326645,
  "iss": "haip-server",
  "aud": "haip-client"
}
of the server profile
issued 0 seconds ago, at 2026-01-02T03:04:05.000Z
expires in 60 minutes, at 2026-01-02T04:04:05.000Z
`);
  });

  it.each([
    [
      "an expired one",
      sign({ ...goodClaims, iat: 1, exp: 2 }),
      "would be refused: the token expired",
    ],
    [
      "an unsigned one",
      `${encode({ alg: "none" })}.${encode(goodClaims)}.`,
      "would be refused: the algorithm of the token is none",
    ],
    ["a foreign one", sign({ a: 1 }), "of neither profile of HAIP"],
  ])("says what is to be seen of %s", async (_, stdin, words) => {
    const { code, stdout } = await testCli({ stdin }).run("keyward", "token", "inspect");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NOT VERIFIED/);
    expect(stdout).toContain(words);
  });

  it.each([
    ["--file", "token.txt"],
    ["--env", "TOKEN"],
  ])("takes the token from %s, and answers in JSON", async (...source) => {
    const cli = testCli({ env: { TOKEN: sign(goodClaims, unknownSecret) } });
    writeFileSync(join(cli.home, "token.txt"), sign(goodClaims, unknownSecret));
    const { stdout } = await cli.run("keyward", "token", "inspect", ...source, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      verified: false,
      header: goodHeader,
      claims: goodClaims,
      profile: "server",
      problem: null,
    });
  });

  it.each([
    ["", "MISSING_TOKEN", "missing"],
    ["x", "INVALID_TOKEN", "malformed"],
    [sign('{"a":1,"a":2}'), "INVALID_TOKEN", "duplicate-member"],
  ])("cannot show %j", async (stdin, code, reason) => {
    const result = await testCli({ stdin }).run("keyward", "token", "inspect", "--json");
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      valid: false,
      code,
      reason: { code: reason },
    });
  });

  it("lets no token speak to the terminal", async () => {
    const stdin = sign('{"a":"\\u001b[2J","b":"\u009B\u202E","\u2028":1}');
    const { stdout } = await testCli({ stdin }).run("keyward", "token", "inspect");
    expect(stdout).toContain('"a": "\\u001b[2J"');
    expect(stdout).toContain('"b": "\\u{9b}\\u{202e}"');
    expect(stdout).toContain('"\\u{2028}": 1');
  });

  it("is HAIP's", async () => {
    const argv = ["--system", "openjarvis", "token", "inspect"];
    const { code, stderr } = await testCli({ stdin: "x" }).run("keyward", ...argv);
    expect(code).toBe(2);
    expect(stderr).toContain("openjarvis has no JWTs: this is for HAIP");
  });
});
