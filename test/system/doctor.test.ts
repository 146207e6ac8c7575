import * as fs from "node:fs";
import * as path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { keyA } from "../helpers/keys.js";
import { testCli } from "../helpers/run-cli.js";

// To the kernel users are only numbers: nobody has to create these.
const ALICE = { uid: 41001, gid: 41001, name: "alice" };
const BOB = { uid: 41002, gid: 41002, name: "bob" };
const ROOT = { uid: 0, gid: 0, name: "root" };

interface Report {
  findings: { id: string; message: string; fix: string | null }[];
  fixed: object[];
  failed: { reason: string; hint: string }[];
}

beforeAll(() => {
  // Without root no file can be given away, and a test that is not set up must not pass.
  if (process.getuid?.() !== 0) throw new Error("these tests need root");
});

/** A key file of one user, and the doctor of another. */
function prepare(user: typeof ALICE, owner: typeof ALICE, mode: number) {
  const env = { JEAN2_HOST: "127.0.0.1", JEAN2_PORT: "1" };
  const cli = testCli({ user, env });
  const folder = path.join(cli.home, ".jean2");
  const file = path.join(folder, ".env");
  fs.mkdirSync(folder, { mode: 0o700 });
  fs.writeFileSync(file, `JEAN2_AUTH_TOKEN=${keyA}\n`);
  fs.chmodSync(file, mode);
  for (const each of [cli.home, folder, file]) fs.chownSync(each, owner.uid, owner.gid);
  const look = async (...options: string[]) => {
    const { code, stdout } = await cli.run("keyward", "doctor", "--json", ...options);
    return { code, ...(JSON.parse(stdout) as Report) };
  };
  return { file, folder, look };
}

describe("the doctor, on files of other users", () => {
  it.each([
    ["alice", ALICE, ALICE, []],
    ["root's file is nothing to worry about", ALICE, ROOT, []],
    ["root looks after everybody's", ROOT, ALICE, []],
    ["bob's is", ALICE, BOB, ["owner"]],
  ])("%s", async (_, user, owner, ids) => {
    const { file, look } = prepare(user, owner, 0o600);
    const { findings } = await look();
    expect(findings.map(({ id }) => id)).toEqual(ids);
    expect(findings.map(({ fix }) => fix)).toEqual(ids.map(() => `sudo chown alice ${file}`));
  });

  it("alice leaves the mode of bob's file to bob", async () => {
    const { file, look } = prepare(ALICE, BOB, 0o644);
    const { code, fixed, failed, findings } = await look("--fix");
    expect([code, fixed, failed]).toEqual([1, [], []]);
    expect(findings.find(({ id }) => id === "mode")?.fix).toBe(`sudo chmod 0600 ${file}`);
    expect(fs.statSync(file).mode & 0o777).toBe(0o644);
  });

  it("root changes nothing below a folder of alice's", async () => {
    const { file, look } = prepare(ROOT, ALICE, 0o644);
    const { code, fixed, failed } = await look("--fix");
    expect([code, fixed]).toEqual([1, []]);
    expect(failed).toMatchObject([
      { reason: expect.stringMatching(/ belongs to 41001, and this is root$/) },
    ]);
    expect(failed[0]?.hint).toContain("sudo -u '#41001'");
    expect(fs.statSync(file).mode & 0o777).toBe(0o644);
  });

  it("root fixes its own", async () => {
    const { file, look } = prepare(ROOT, ROOT, 0o644);
    expect(await look("--fix")).toMatchObject({ code: 0, findings: [], failed: [] });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });
});
