import { describe, expect, it } from "vitest";

import { findLoggedKeys } from "../../../src/doctor/checks/logged-keys.js";
import { scanLog } from "../../../src/doctor/scan-log.js";
import { makeGarbage } from "../../../src/keys/garbage.js";
import { systems } from "../../../src/systems/list.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { prepare, spelled } from "../subject.js";

const hit = `<-- GET /api/auth/verify?token=${keyA} 200\n`;
const other = `<-- GET /api/auth/verify?a=1&token=${keyB} 401\n`;
const plain = "<-- GET /api/info 200\n";

describe("scanLog", () => {
  async function scan(text: string | Buffer, key: string | null = keyA, limit?: number) {
    const { machine, at } = await prepare({ files: { log: text } });
    const found = scanLog(at("log"), key, machine, limit);
    expect(JSON.stringify(found)).not.toContain(keyA);
    return found;
  }

  it.each<[string, string, number[], number, number]>([
    ["nothing", "", [], 0, 0],
    ["no token", plain.repeat(3), [], 0, 0],
    ["the key", plain + hit + plain + hit, [2, 4], 2, 0],
    ["the key on a line without an end", plain + hit.trimEnd(), [2], 1, 0],
    ["the key twice on a line", `?token=${keyA} ?token=${keyA}\n`, [1], 1, 0],
    ["other tokens", plain + other + other, [], 0, 2],
    ["both", other + hit, [2], 1, 1],
    ["what a probe has made up", `?token=${makeGarbage("base64url")}\n${other}`, [], 0, 1],
    ["a name that only ends so", `/?mytoken=${keyA} /?token_=${keyA}\n`, [], 0, 0],
    ["an empty token", "/?token= /?token=&a=1\n", [], 0, 0],
    ["a longer token", `/?token=${keyA}x\n`, [], 0, 1],
    ["bytes that are no text", `\0\xff\xfe${hit}`, [1], 1, 0],
    ["many", hit.repeat(9), [1, 2, 3, 4, 5], 9, 0],
  ])("%s", async (_, text, lines, count, others) => {
    expect(await scan(Buffer.from(text, "latin1"))).toMatchObject({ lines, count, others });
  });

  it.each([
    ["a+b/c=d-and-thirty-two-more-characters", "a%2Bb%2Fc%3Dd-and-thirty-two-more-characters"],
    ["100%-of-thirty-two-characters-or-more", "100%-of-thirty-two-characters-or-more"],
  ])("knows %s as %s", async (key, spelling) => {
    expect(await scan(`/?token=${spelling}\n`, key)).toMatchObject({ count: 1, others: 0 });
  });

  it("counts every token as another's where there is no key", async () => {
    expect(await scan(hit, null)).toMatchObject({ count: 0, others: 1 });
  });

  it("finds a key that lies across the pieces it reads", async () => {
    const piece = 1 << 20;
    const before = `${"x".repeat(99)}\n`.repeat(piece / 100);
    const text = before + plain.repeat(2) + hit;
    const pad = piece - before.length;
    expect(pad).toBeGreaterThan(0);
    for (const shift of [0, 20, 40, 60]) {
      const shifted = `${"y".repeat(shift)}\n${text}`;
      const line = shifted.slice(0, shifted.indexOf("?token=")).split("\n").length;
      expect(await scan(shifted)).toMatchObject({ count: 1, lines: [line] });
    }
  });

  it("reads a long log without a line break", async () => {
    const text = `${"x".repeat(9 << 20)}${hit}${hit}`;
    expect(await scan(text)).toMatchObject({ count: 2, lines: [1, 2] });
  });

  it("stops at its limit, and says so", async () => {
    expect(await scan(plain + hit + hit, keyA, plain.length + hit.length)).toMatchObject({
      count: 1,
      cutOff: true,
    });
    expect(await scan(hit, keyA)).toMatchObject({ cutOff: false });
  });

  it("says nothing of a log that is not there, or is no file", async () => {
    const machine = testMachine();
    expect(scanLog(`${machine.home}/log`, keyA, machine)).toBeNull();
    expect(scanLog(machine.home, keyA, machine)).toBeNull();
  });
});

describe("findLoggedKeys", () => {
  const files = { ".jean2/.env": `JEAN2_AUTH_TOKEN=${keyA}\n` };

  it.each<[string, number, [string, string][]]>([
    [plain, 0o644, []],
    [hit, 0o644, [["key-in-log", "warning"]]],
    [hit, 0o600, [["key-in-log", "info"]]],
    [other, 0o644, [["token-in-log", "info"]]],
    [
      other + hit,
      0o600,
      [
        ["key-in-log", "info"],
        ["token-in-log", "info"],
      ],
    ],
  ])("%j, mode %o", async (log, mode, expected) => {
    const { subject } = await prepare({ files: { ...files, ".jean2/server.log": log }, mode });
    const found = spelled(findLoggedKeys(subject));
    expect(found.map(({ id, severity }) => [id, severity])).toEqual(expected);
    expect(JSON.stringify(found)).not.toMatch(new RegExp(`${keyA}|${keyB}`));
  });

  it("says on which lines, with which mode, and what to do", async () => {
    const log = plain + hit.repeat(7);
    const { subject, at } = await prepare({
      files: { ...files, ".jean2/server.log": log },
      mode: 0o644,
    });
    const path = at(".jean2/server.log");
    expect(spelled(findLoggedKeys(subject))).toEqual([
      {
        id: "key-in-log",
        severity: "warning",
        message: `the key in force stands in ${path} on lines 2, 3, 4, 5, 6 and 2 more (mode 0644, which others can read)`,
        fix: `chmod 0600 ${path} && keyward token rotate`,
        location: path,
      },
    ]);
  });

  it("looks beside OpenJarvis's config.toml", async () => {
    const { subject } = await prepare({
      system: systems.openjarvis,
      files: {
        ".openjarvis/config.toml": `[server.auth]\napi_key = "${keyA}"\n`,
        ".openjarvis/server.log": hit,
      },
    });
    expect(spelled(findLoggedKeys(subject))).toMatchObject([{ id: "key-in-log" }]);
  });
});
