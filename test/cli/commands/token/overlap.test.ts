import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { findEndedOverlap } from "../../../../src/doctor/checks/overlap.js";
import { fingerprintKey } from "../../../../src/keys/fingerprint.js";
import { systems } from "../../../../src/systems/list.js";
import { prepare as prepareSubject } from "../../../doctor/subject.js";
import { failingFs } from "../../../helpers/failing-fs.js";
import { keyA, keyB } from "../../../helpers/keys.js";
import { testCli } from "../../../helpers/run-cli.js";
import { goodClaims, sign } from "../../../tokens/sign.js";

const end = "2026-01-02T04:04:05Z";
const past = "2026-01-02T03:04:05Z";
const one = `# mine\nPORT=8080\nJWT_SECRET=${keyA}\n`;
const note = `keyward: JWT_SECRET_PREVIOUS has the old secret, which verifies until ${end}\n`;

function prepare(text: string | null, overrides: Parameters<typeof testCli>[0] = {}) {
  const cli = testCli(overrides);
  const file = join(cli.home, ".env");
  if (text !== null) writeFileSync(file, text, { mode: 0o600 });
  const rotate = (...argv: string[]) =>
    cli.run("keyward", "--system", "haip", "token", "rotate", "--overlap", ...argv);
  return { cli, file, rotate, read: () => readFileSync(file, "utf8") };
}

/** The file after a rotation that kept the old secret. */
const three = (before: string) =>
  new RegExp(
    `^${before}JWT_SECRET=[\\w-]{43}\nJWT_SECRET_PREVIOUS=${keyA}\nJWT_SECRET_PREVIOUS_UNTIL=${end}\n$`,
  );

describe("token rotate --overlap", () => {
  it("puts a new secret in force and keeps the old one until its end", async () => {
    const { cli, rotate, read } = prepare(one);
    const { code, stdout, stderr } = await rotate("1h");
    expect(code).toBe(0);
    expect(read()).toMatch(three("# mine\nPORT=8080\n"));
    const now = /^JWT_SECRET=(.*)$/m.exec(read())?.[1] ?? "";
    expect(stdout).toContain(`${fingerprintKey(keyA)} -> ${fingerprintKey(now)}\n`);
    expect(stderr).toContain(note);
    expect(stdout + stderr).not.toContain(keyA);

    const old = sign({ ...goodClaims, exp: goodClaims.exp + 3600 });
    const verify = async (seconds: number) => {
      const clock = { now: () => Date.parse(end) + seconds * 1000, monotonic: () => 0 };
      const later = testCli({ home: cli.home, stdin: old, clock });
      return (await later.run("keyward", "token", "verify")).code;
    };
    expect([await verify(-1), await verify(0)]).toEqual([0, 1]);
  });

  it("signs with the new secret, and names it in the token", async () => {
    const { cli, rotate, read } = prepare(one);
    await rotate("1h");
    const issued = await cli.run("keyward", "token", "issue", "--user", "u", "--json");
    const now = /^JWT_SECRET=(.*)$/m.exec(read())?.[1] ?? "";
    expect(JSON.parse(issued.stdout)).toMatchObject({ kid: fingerprintKey(now) });
  });

  it("takes the place of an overlap that has ended", async () => {
    const before = `JWT_SECRET=${keyA}\nJWT_SECRET_PREVIOUS=${keyB}\nJWT_SECRET_PREVIOUS_UNTIL=${past}\n`;
    const { rotate, read } = prepare(before);
    expect((await rotate("1h")).code).toBe(0);
    expect(read()).toMatch(three(""));
  });

  it("has nothing to keep where there was no secret", async () => {
    const { rotate, read } = prepare("PORT=1\n");
    expect((await rotate("1h")).code).toBe(0);
    expect(read()).toMatch(/^PORT=1\nJWT_SECRET=[\w-]{43}\n$/);
  });

  it("shows a dry run and changes nothing", async () => {
    const { rotate, read } = prepare(one);
    const { stdout, stderr } = await rotate("1h", "--dry-run");
    expect(stdout).toContain("would change");
    expect(stderr).toContain(note);
    expect(read()).toBe(one);
  });

  it("writes all three lines or none, whatever call of the file system fails", async () => {
    const { cli, file, read } = prepare(one);
    const after = three("# mine\nPORT=8080\n");
    const outcomes = new Set<string>();
    for (let failing = 1; ; failing += 1) {
      rmSync(file, { force: true });
      writeFileSync(file, one, { mode: 0o600 });
      const { fs, failed } = failingFs(failing, "EIO");
      const broken = testCli({ home: cli.home, fs });
      await broken.run("keyward", "--system", "haip", "token", "rotate", "--overlap", "1h");
      const text = read();
      outcomes.add(text === one ? "none" : after.test(text) ? "all" : text);
      if (failed.length === 0) break;
    }
    expect(outcomes).toEqual(new Set(["none", "all"]));
  });

  const running = `${one}JWT_SECRET_PREVIOUS=${keyB}\nJWT_SECRET_PREVIOUS_UNTIL=${end}\n`;
  const usage = ["usage", 2] as const;
  it.each([
    ["another overlap runs", running, ["1h"], "key-already-set", 3, `until ${end}`],
    [
      "the old secret is worth nothing",
      "JWT_SECRET=hunter2\n",
      ["1h"],
      "key-refused",
      3,
      "the old secret cannot be kept",
    ],
    ["it is not a duration", one, ["60"], ...usage, "--overlap takes a duration, got 60"],
    ["it is no time at all", one, ["0s"], ...usage, "an overlap takes a second at least"],
    [
      "the old secret is known to others",
      one,
      ["1h", "--leaked"],
      ...usage,
      "--overlap would keep a leaked secret in force",
    ],
    [
      "it is to be proven",
      one,
      ["1h", "--restart"],
      ...usage,
      "--restart proves that the old secret is dead, and --overlap keeps it",
    ],
    [
      "one is to be finished",
      one,
      ["1h", "--resume"],
      ...usage,
      "--resume and --undo continue a rotation that was started before",
    ],
    [
      "it is another system",
      one,
      ["1h", "--system", "jean2"],
      ...usage,
      "Jean2 takes one key at a time: overlaps are HAIP's",
    ],
  ] as const)("refuses when %s", async (_, text, argv, code, status, words) => {
    const { cli, rotate, read } = prepare(text);
    const result = await rotate(...argv, "--json");
    expect(result.code).toBe(status);
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(read()).toBe(text);
    expect(existsSync(join(cli.home, ".jean2"))).toBe(false);
  });

  it("refuses where the environment has an overlap of its own", async () => {
    const { rotate, read } = prepare(one, { env: { JWT_SECRET_PREVIOUS: keyB } });
    const { code, stderr } = await rotate("1h");
    expect(code).toBe(3);
    expect(stderr).toContain("JWT_SECRET_PREVIOUS is set in the environment");
    expect(read()).toBe(one);
  });
});

describe("an overlap that has ended and is still in the file", () => {
  const text = (until: string) =>
    `${one}JWT_SECRET_PREVIOUS=${keyB}\nJWT_SECRET_PREVIOUS_UNTIL=${until}\n`;

  it.each([
    [text(past), [["overlap-ended", "warning"]]],
    [text("soon"), [["overlap-ended", "warning"]]],
    [text(end), []],
    [one, []],
  ])("is found, and no other: %j", async (dotenv, expected) => {
    const { subject, at } = await prepareSubject({
      system: systems.haip,
      files: { ".env": dotenv },
    });
    const found = await findEndedOverlap(subject);
    expect(found.map(({ id, severity }) => [id, severity])).toEqual(expected);
    expect(found.every(({ location }) => location === at(".env"))).toBe(true);
  });

  it("makes doctor exit with 1", async () => {
    const { cli } = prepare(text(past));
    const { code, stdout } = await cli.run("keyward", "--system", "haip", "doctor");
    expect(code).toBe(1);
    expect(stdout).toContain(`JWT_SECRET_PREVIOUS ended at ${past}`);
    expect(stdout).not.toContain(keyB);
  });
});
