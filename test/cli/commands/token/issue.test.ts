import { writeFileSync } from "node:fs";
import { join } from "node:path";

import jwt from "jsonwebtoken";
import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { testCli } from "../../../helpers/run-cli.js";
import { goodClaims, now } from "../../../tokens/sign.js";

const day = 86_400;
const user = ["--user", "user-123"];
const protocol = [...user, "--profile", "protocol", "--issuer", "my-app"];

function prepare(dotenv: string | null = `JWT_SECRET=${keyA}\n`, env: Record<string, string> = {}) {
  const cli = testCli({ env });
  if (dotenv !== null) writeFileSync(join(cli.home, ".env"), dotenv, { mode: 0o600 });
  const issue = (...argv: string[]) => cli.run("keyward", "token", "issue", ...argv);
  return {
    cli,
    issue,
    file: (name: string, text: string) => writeFileSync(join(cli.home, name), text),
  };
}

function read(token: string, secret: string | Buffer = keyA) {
  const options = { clockTimestamp: now, ignoreNotBefore: true, complete: true } as const;
  return jwt.verify(token.trim(), secret, options);
}

describe("token issue", () => {
  it("prints the token alone, signed with the secret of the working folder", async () => {
    const { cli } = prepare();
    const argv = ["--system", "haip", "token", "issue", ...user, "--expires", "1h"];
    const { code, stdout, stderr } = await cli.run("keyward", ...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { header, payload } = read(stdout);
    expect(header).toEqual({ alg: "HS256", typ: "JWT", kid: fingerprintKey(keyA) });
    expect(payload).toEqual(goodClaims);
  });

  const nbf = (seconds: number) => ({ nbf: seconds });
  it.each<[string, string[], object]>([
    ["24 hours unless said otherwise", user, { exp: now + day }],
    ["seconds", [...user, "--expires", "90s"], { exp: now + 90 }],
    ["days", [...user, "--expires", "7d"], { exp: now + 7 * day }],
    [
      "more than a year by force",
      [...user, "--expires", "366d", "--force"],
      { exp: now + 366 * day },
    ],
    ["a subject and an id", [...user, "--subject", "s", "--id", "j"], { sub: "s", jti: "j" }],
    ["a claim that is a word", [...user, "--claim", "role=admin"], { role: "admin" }],
    ["a claim with equals signs", [...user, "--claim", "q=a=b="], { q: "a=b=" }],
    ["a claim that is JSON", [...user, "--claim", 'r={"a":[1,null]}'], { r: { a: [1, null] } }],
    ["a claim that is a number", [...user, "--claim", "n=5"], { n: 5 }],
    ["a claim that is quoted", [...user, "--claim", 'n="5"'], { n: "5" }],
    ["an empty claim", [...user, "--claim", "n="], { n: "" }],
    ["several claims", [...user, "--claim", "a=1", "--claim", "b=2"], { a: 1, b: 2 }],
    ["a later beginning", [...user, "--not-before", "5m"], nbf(now + 300)],
    [
      "a beginning by the calendar",
      [...user, "--not-before", "2026-01-02T05:00:00+01:00"],
      nbf(1767326400),
    ],
    [
      "the protocol profile",
      [...protocol, "--id", "j"],
      { iss: "my-app", aud: "haip-protocol", sub: "user-123", jti: "j", exp: now + 3600 },
    ],
  ])("puts in %s", async (_, argv, claims) => {
    const { code, stdout } = await prepare().issue(...argv);
    expect(code).toBe(0);
    expect(read(stdout).payload).toMatchObject({ iat: now, ...claims });
  });

  it.each([
    ["a word with a unit", "1h", 3600, ""],
    ["seconds without a unit", "900", 900, "is taken for seconds"],
  ])("takes the lifetime from JWT_EXPIRES_IN: %s", async (_, value, seconds, note) => {
    const { issue } = prepare(`JWT_SECRET=${keyA}\nJWT_EXPIRES_IN=${value}\n`);
    for (const argv of [user, protocol]) {
      const { stdout, stderr } = await issue(...argv);
      expect(read(stdout).payload).toMatchObject({ exp: now + seconds });
      expect(stderr).toContain(note);
    }
  });

  it("warns of a token that lives longer than the protocol's page allows", async () => {
    const { code, stderr } = await prepare().issue(...protocol, "--expires", "2h");
    expect(code).toBe(0);
    expect(stderr).toBe(
      "keyward: warning: HAIP's protocol page asks for tokens that live 15 to 60 minutes\n",
    );
  });

  it("takes claims from a file, beside those of the line", async () => {
    const { issue, file } = prepare();
    file("claims.json", '{"role":"admin","limits":{"a":1}}\n');
    const { stdout } = await issue(...user, "--claims", "claims.json", "--claim", "x=1");
    expect(read(stdout).payload).toMatchObject({ role: "admin", limits: { a: 1 }, x: 1 });
  });

  const hex = Buffer.from(keyA).toString("hex");
  const base64 = Buffer.from(keyA).toString("base64");
  it.each([
    ["utf8", `${keyB}\n`, [], keyB],
    ["utf8, CRLF", `${keyB}\r\n`, [], keyB],
    ["utf8, two newlines", `${keyB}\n\n`, [], `${keyB}\n`],
    ["hex", `${hex}\n`, ["--secret-encoding", "hex"], Buffer.from(keyA)],
    ["base64", `${base64}\n`, ["--secret-encoding", "base64"], Buffer.from(keyA)],
    ["hex as text", `${hex}\n`, ["--secret-encoding", "utf8"], hex],
  ])("takes the secret from a file: %s", async (_, text, argv, secret) => {
    const { issue, file } = prepare();
    file("secret", text);
    const { code, stdout } = await issue(...user, "--secret-file", "secret", ...argv);
    expect(code).toBe(0);
    expect(read(stdout, secret).payload).toMatchObject({ userId: "user-123" });
  });

  it.each([
    ["the environment before the file", { JWT_SECRET: keyB }, []],
    ["a variable that is named", { MINE: keyB }, ["--secret-env", "MINE"]],
  ])("takes the secret from %s", async (_, env, argv) => {
    const { stdout } = await prepare(undefined, env).issue(...user, ...argv);
    expect(read(stdout, keyB).payload).toMatchObject({ userId: "user-123" });
  });

  it("has a label for a kid when asked", async () => {
    const { stdout } = await prepare().issue(...user, "--kid", "2026-01");
    expect(read(stdout).header).toMatchObject({ kid: "2026-01" });
  });

  it("tells all of it in JSON", async () => {
    const { stdout } = await prepare().issue(...user, "--json");
    const { token, ...rest } = JSON.parse(stdout) as { token: string };
    expect(read(token).payload).toMatchObject({ userId: "user-123" });
    expect(rest).toEqual({
      profile: "server",
      expires: "2026-01-03T03:04:05.000Z",
      kid: fingerprintKey(keyA),
      claims: { ...goodClaims, exp: now + day },
    });
  });

  it("makes the documentation's test token, and says what it is", async () => {
    const { issue } = prepare(null);
    const { code, stdout, stderr } = await issue("--test");
    expect(code).toBe(0);
    expect(stderr).toBe(
      "keyward: warning: it is signed with test-secret-key, which everybody knows: for tests only\n",
    );
    const claims = { ...goodClaims, userId: "test-user" };
    expect(stdout).toBe(`${jwt.sign(claims, "test-secret-key")}\n`);
    const other = await issue("--test", "--user", "me");
    expect(read(other.stdout, "test-secret-key").payload).toMatchObject({ userId: "me" });
  });

  it("warns of a secret of little variety", async () => {
    const { stderr } = await prepare(`JWT_SECRET=${"ab".repeat(20)}\n`).issue(...user);
    expect(stderr).toContain("warning: that secret is weak");
  });

  it.each<[string, string[], number, string]>([
    ["no user", [], 2, "--user is required"],
    ["a blank user", ["--user", " "], 2, "--user is required"],
    ["a bad duration", [...user, "--expires", "60"], 2, "--expires takes a duration, got 60"],
    ["no time to live", [...user, "--expires", "0s"], 3, "the token would live for no time at all"],
    [
      "more than a year",
      [...user, "--expires", "2y"],
      3,
      "the token would live for more than a year, and cannot be taken back",
    ],
    [
      "an unknown profile",
      [...user, "--profile", "x"],
      2,
      "option '--profile <profile>' argument 'x' is invalid",
    ],
    ["no issuer", [...user, "--profile", "protocol"], 2, "the protocol profile needs an issuer"],
    ["an issuer", [...user, "--issuer", "x"], 2, "the issuer of the server profile is haip-server"],
    [
      "two subjects",
      [...protocol, "--subject", "x"],
      2,
      "in the protocol profile the user is the subject",
    ],
    [
      "a claim without a value",
      [...user, "--claim", "role"],
      2,
      "--claim takes a name and a value",
    ],
    ["a claim without a name", [...user, "--claim", "=x"], 2, "--claim takes a name and a value"],
    [
      "a claim that is nearly JSON",
      [...user, "--claim", "a={b:1}"],
      2,
      "the value of the claim a is not JSON",
    ],
    [
      "the same claim twice",
      [...user, "--claim", "a=1", "--claim", "a=2"],
      2,
      "the claim a is given twice",
    ],
    [
      "a claim of the profile",
      [...user, "--claim", "exp=9999999999"],
      2,
      "the claim exp is not to be set by hand",
    ],
    [
      "a bad beginning",
      [...user, "--not-before", "tomorrow"],
      2,
      "--not-before takes a duration, got tomorrow",
    ],
    [
      "a day that is not",
      [...user, "--not-before", "2026-13-01T00:00Z"],
      2,
      "--not-before: not a time: 2026-13-01T00:00Z",
    ],
    [
      "a beginning behind its end",
      [...user, "--not-before", "25h"],
      3,
      "the token would expire before it becomes valid",
    ],
    ["a bad kid", [...user, "--kid", "../x"], 3, "a kid is up to 64 letters, digits and . _ : -"],
    [
      "a test token of one's own",
      ["--test", "--expires", "1h"],
      2,
      "--test goes with --user alone: the rest is as documented",
    ],
    [
      "a test token of the protocol",
      ["--test", "--profile", "protocol"],
      2,
      "--test goes with --user alone: the rest is as documented",
    ],
    [
      "two secrets",
      [...user, "--secret-env", "A", "--secret-file", "b"],
      2,
      "only one of --secret-env and --secret-file can be used",
    ],
    [
      "a secret that is not there",
      [...user, "--secret-env", "A"],
      3,
      "there is no secret in the environment variable A",
    ],
    [
      "an unknown encoding",
      [...user, "--secret-encoding", "rot13"],
      2,
      "option '--secret-encoding <encoding>' argument 'rot13' is invalid",
    ],
    [
      "text that is not hex",
      [...user, "--secret-encoding", "hex"],
      3,
      "the secret is not hexadecimal",
    ],
    ["another system", ["--system", "jean2", ...user], 2, "jean2 has no JWTs: this is for HAIP"],
  ])("refuses %s", async (_, argv, code, message) => {
    const result = await prepare().issue(...argv, "--json");
    expect(result.code).toBe(code);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { message } });
    expect(result.stdout).not.toContain(keyA);
  });

  it.each([
    [null, "no-key", "there is no JWT_SECRET to sign or verify with"],
    ["JWT_SECRET=\n", "no-key", "there is no JWT_SECRET to sign or verify with"],
    [
      "JWT_SECRET=hunter2-hunter2-hunter2-hunter2\n",
      "key-refused",
      "the secret has 31 bytes, and HS256 needs 32 or more",
    ],
    [
      "JWT_SECRET=your-secret-key-change-in-production\n",
      "key-refused",
      "the secret is a placeholder from documentation, which everybody knows",
    ],
  ])("signs with no bad secret: %j", async (dotenv, code, message) => {
    const result = await prepare(dotenv).issue(...user, "--json", "--debug");
    expect(result.code).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code, message } });
    expect(result.stdout + result.stderr).not.toContain("hunter2");
  });

  it("says where a first secret comes from", async () => {
    const { stderr } = await prepare(null).issue(...user);
    expect(stderr).toContain("hint: keyward --system haip auth generate-key --write");
  });

  it.each([
    ["JWT_EXPIRES_IN=soon", "JWT_EXPIRES_IN in FILE is not a duration"],
    ["JWT_EXPIRES_IN=1.5h", "JWT_EXPIRES_IN in FILE is not a duration"],
  ])("takes %s for no lifetime", async (line, message) => {
    const { cli, issue } = prepare(`JWT_SECRET=${keyA}\n${line}\n`);
    const { code, stderr } = await issue(...user);
    expect(code).toBe(3);
    expect(stderr).toContain(message.replace("FILE", join(cli.home, ".env")));
  });

  it.each([
    [null, "not-found"],
    ["", "malformed"],
    ["[]", "malformed"],
    ['{"a":1,"a":2}', "malformed"],
    ['{"exp":1}', "usage"],
  ])("refuses a claims file that holds %j", async (text, code) => {
    const { issue, file } = prepare();
    if (text !== null) file("claims.json", text);
    const { stdout } = await issue(...user, "--claims", "claims.json", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ error: { code } });
  });

  it.each(["jean2", "jarvis"] as const)("is no word of %s", async (name) => {
    const { cli } = prepare();
    for (const word of ["issue", "verify", "inspect"]) {
      const { code, stderr } = await cli.run(name, "token", word);
      expect(code).toBe(2);
      expect(stderr).toContain(`unknown command '${word}'`);
    }
  });
});
