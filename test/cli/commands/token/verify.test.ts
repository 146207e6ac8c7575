import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { testCli } from "../../../helpers/run-cli.js";
import { attacks } from "../../../tokens/attacks.js";
import { goodClaims, now, protocolClaims, sign } from "../../../tokens/sign.js";

const good = sign(goodClaims);

function prepare(stdin: string, dotenv = `JWT_SECRET=${keyA}\n`, env: Record<string, string> = {}) {
  const cli = testCli({ stdin, env });
  writeFileSync(join(cli.home, ".env"), dotenv, { mode: 0o600 });
  const verify = (...argv: string[]) => cli.run("keyward", "token", "verify", ...argv);
  return { cli, verify };
}

describe("token verify", () => {
  it("says what a good token is", async () => {
    const { code, stdout, stderr } = await prepare(`${good}\n`).verify();
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "valid: server profile, for user-123, expires in 60 minutes\n",
      stderr: "",
    });
  });

  it("tells all of it in JSON", async () => {
    const { stdout } = await prepare(good).verify("--json");
    expect(JSON.parse(stdout)).toEqual({
      valid: true,
      code: null,
      reason: {
        code: "valid",
        message: "server profile, for user-123, expires in 60 minutes",
      },
      profile: "server",
      user: "user-123",
      expires: "2026-01-02T04:04:05.000Z",
      signedWith: fingerprintKey(keyA),
      claims: goodClaims,
    });
  });

  it.each([
    ["a file", ["--file", "token.txt"]],
    ["a variable", ["--env", "TOKEN"]],
  ])("takes the token from %s", async (_, argv) => {
    const { cli, verify } = prepare("", undefined, { TOKEN: good });
    writeFileSync(join(cli.home, "token.txt"), `${good}\r\n`);
    expect((await verify(...argv)).code).toBe(0);
  });

  it.each(["Bearer ", "bearer  ", "Authorization: Bearer "])(
    "takes the token out of a header that was copied with it: %j",
    async (before) => {
      expect((await prepare(`${before}${good}\n`).verify()).code).toBe(0);
      const { cli, verify } = prepare("", undefined, { TOKEN: before + good });
      writeFileSync(join(cli.home, "token.txt"), before + good);
      expect((await verify("--env", "TOKEN")).code).toBe(0);
      expect((await verify("--file", "token.txt")).code).toBe(0);
    },
  );

  it.each([
    ["issued", { iat: goodClaims.iat + 1, exp: goodClaims.exp + 1 }],
    ["valid", { nbf: goodClaims.iat + 1 }],
  ])(
    "names --leeway where a token is %s a second ahead, and takes it with it",
    async (_, claims) => {
      const ahead = sign({ ...goodClaims, ...claims });
      const { code, stderr } = await prepare(ahead).verify();
      expect(code).toBe(1);
      expect(stderr).toContain("--leeway 30s");
      expect((await prepare(ahead).verify("--leeway", "30s")).code).toBe(0);
    },
  );

  it("takes the secret from another env file", async () => {
    const { cli, verify } = prepare(sign(goodClaims, { secret: keyB }));
    writeFileSync(join(cli.home, "server.env"), `JWT_SECRET=${keyB}\n`);
    expect((await verify("--env-file", "server.env")).code).toBe(0);
    expect((await verify()).code).toBe(1);
  });

  it("takes the secret from a file of its own", async () => {
    const { cli, verify } = prepare(sign(goodClaims, { secret: keyB }));
    writeFileSync(join(cli.home, "secret"), `${Buffer.from(keyB).toString("hex")}\n`);
    const argv = ["--secret-file", "secret", "--secret-encoding", "hex"];
    expect((await verify(...argv)).code).toBe(0);
  });

  it("takes a token of the protocol when asked, and says so when not", async () => {
    const { verify } = prepare(sign(protocolClaims));
    const asked = await verify("--profile", "protocol", "--issuer", "my-app");
    expect(asked.stdout).toBe("valid: protocol profile, for user-123, expires in 60 minutes\n");
    const { code, stdout, stderr } = await verify();
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "not valid: INVALID_TOKEN: the token has no userId: it is of the protocol profile\n",
      stderr: "keyward: hint: --profile protocol --issuer NAME\n",
    });
  });

  it.each([
    [
      "expired",
      sign({ ...goodClaims, iat: now - 900, exp: now - 300 }),
      "TOKEN_EXPIRED: the token expired 5 minutes ago",
    ],
    ["missing", "", "MISSING_TOKEN: there is no token"],
    ["missing, but for a newline", "\n", "MISSING_TOKEN: there is no token"],
    [
      "changed",
      `${good.slice(0, -1)}A`,
      "INVALID_TOKEN: the token was not signed with the secret, or was changed",
    ],
    [
      "more than standard input may hold",
      "x".repeat(2 << 20),
      "INVALID_TOKEN: the token is over 16384 characters",
    ],
  ])("says what is wrong with one that is %s", async (_, token, words) => {
    const { code, stdout } = await prepare(token).verify();
    expect({ code, stdout }).toEqual({ code: 1, stdout: `not valid: ${words}\n` });
  });

  it.each([
    ["--env", "NOT_SET"],
    ["--file", "empty"],
  ])("misses a token in %s %s", async (...argv) => {
    const { cli, verify } = prepare(good);
    writeFileSync(join(cli.home, "empty"), "");
    const { code, stdout } = await verify(...argv, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      valid: false,
      code: "MISSING_TOKEN",
      reason: { code: "missing", message: "there is no token" },
      fits: null,
    });
  });

  it("bears clocks that differ, when told by how much", async () => {
    const { verify } = prepare(sign({ ...goodClaims, iat: now + 30 }));
    expect((await verify()).stdout).toContain("issued 30 seconds from now");
    expect((await verify("--leeway", "29s")).code).toBe(1);
    expect((await verify("--leeway", "30s")).code).toBe(0);
  });

  it.each(attacks)("refuses %s", async (_, token, reason) => {
    for (const argv of [["--json"], ["--file", "token.txt", "--json"]]) {
      const { cli, verify } = prepare(argv.length === 1 ? token : "");
      writeFileSync(join(cli.home, "token.txt"), token);
      const result = await verify(...argv);
      // One newline at the end is the file's, not the token's.
      const expected = token.endsWith("\n") ? { valid: true } : { reason: { code: reason } };
      expect(JSON.parse(result.stdout)).toMatchObject(expected);
      expect(result.code).toBe(token.endsWith("\n") ? 0 : 1);
      expect(result.stderr).toBe("");
    }
  });

  it.each([
    ["an overlap", "2026-01-02T03:04:06Z", 0, "valid: server profile"],
    ["an overlap that has ended", "2026-01-02T03:04:05Z", 1, "INVALID_TOKEN"],
    ["an overlap whose end is no time", "soon", 3, ""],
  ])("knows %s", async (_, until, code, words) => {
    const dotenv = `JWT_SECRET=${keyB}\nJWT_SECRET_PREVIOUS=${keyA}\nJWT_SECRET_PREVIOUS_UNTIL=${until}\n`;
    const result = await prepare(good, dotenv).verify();
    expect(result.code).toBe(code);
    expect(result.stdout).toContain(words);
  });

  it("lets no token speak to the terminal", async () => {
    const userId = "\u001B[2Jme\u202E\nvalid";
    const { stdout } = await prepare(sign({ ...goodClaims, userId })).verify();
    expect(stdout).toBe(
      "valid: server profile, for \\u{1b}[2Jme\\u{202e}\\nvalid, expires in 60 minutes\n",
    );
  });

  it.each<[string, string[], number, string]>([
    ["two tokens", ["--file", "a", "--env", "B"], 2, "only one of --file and --env can be used"],
    ["no issuer", ["--profile", "protocol"], 2, "the protocol profile needs an issuer"],
    ["an issuer", ["--issuer", "x"], 2, "the issuer of the server profile is haip-server"],
    ["a bad leeway", ["--leeway", "-5s"], 2, "--leeway takes a duration, got -5s"],
    [
      "a bad secret",
      ["--secret-env", "WEAK"],
      3,
      "the secret is a placeholder from documentation, which everybody knows",
    ],
    ["another system", ["--system", "jean2"], 2, "jean2 has no JWTs: this is for HAIP"],
  ])("refuses %s", async (_, argv, code, message) => {
    const { verify } = prepare(good, undefined, { WEAK: "test-secret-key" });
    const result = await verify(...argv, "--json");
    expect(result.code).toBe(code);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { message } });
  });

  it.each([
    ["not-found", "nowhere", "there is no such file"],
    ["unreadable", ".", "it is a folder"],
  ])("says that a token file is %s", async (code, file, why) => {
    const { cli, verify } = prepare(good);
    const result = await verify("--file", file, "--json");
    expect(result.code).toBe(3);
    const message = `cannot read the token file ${join(cli.home, file)}: ${why}`;
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code, message } });
  });
});
