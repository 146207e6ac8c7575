import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { nameableDialects } from "../../../../src/formats/env/dialects/names.js";
import { keyA } from "../../../helpers/keys.js";
import { testCli } from "../../../helpers/run-cli.js";

const variable = "OPENJARVIS_API_KEY";

/** A home with one file of OpenJarvis's. */
function prepare(path: string, content: string | Buffer) {
  const cli = testCli();
  const file = join(cli.home, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, content, { mode: 0o600 });
  const run = async (...argv: string[]) => {
    const result = await cli.run("keyward", "--system", "openjarvis", ...argv);
    const text = (result.stdout + result.stderr).replaceAll(cli.home, "~");
    expect(text).not.toContain(keyA);
    return { code: result.code, text };
  };
  const isUnchanged = () => readFileSync(file).equals(Buffer.from(content));
  return { run, isUnchanged };
}

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");
const config = ".openjarvis/config.toml";
const table = `[server.auth]\napi_key = "${keyA}"\n`;
const ofUtf16 = "the file is UTF-16 or binary, and no reader takes that";

describe("a file that no server reads as it is meant", () => {
  it.each(nameableDialects)("is named as UTF-16 for %s, in one sentence", async (dialect) => {
    const { run, isUnchanged } = prepare("oj.env", utf16(`${variable}=${keyA}\n`));
    const named = ["--file", "oj.env", "--dialect", dialect];
    expect((await run(...named, "auth", "status")).text).toContain(`~/oj.env: ${ofUtf16}`);
    const { code, text } = await run(...named, "token", "rotate");
    expect([code, text]).toEqual([3, expect.stringContaining(`~/oj.env: ${ofUtf16}`)]);
    expect(isUnchanged()).toBe(true);
  });

  it.each<[string, string | Buffer, string]>([
    ["UTF-16", utf16(table), ofUtf16],
    ["a byte order mark", `\uFEFF${table}`, "line 1: a byte order mark, which TOML does not have"],
    [
      "a name twice",
      `${table}api_key = "${keyA}"\n`,
      "line 3: the same key or table is defined a second time",
    ],
  ])("is named in TOML: %s", async (_, content, what) => {
    const { run, isUnchanged } = prepare(config, content);
    for (const words of ["auth status", "auth check", "token rotate", "doctor"]) {
      const { code, text } = await run(...words.split(" "));
      expect([words, code, text]).toEqual([
        words,
        3,
        expect.stringContaining(`~/${config}: ${what}`),
      ]);
    }
    expect(isUnchanged()).toBe(true);
  });

  it("is told of where the key stands in another table", async () => {
    const { run } = prepare(config, `[server]\napi_key = "${keyA}"\n`);
    const { code, text } = await run("auth", "status");
    expect(code).toBe(0);
    expect(text).toContain(
      `line 2 of ~/${config} has api_key in [server], and OpenJarvis reads api_key in [server.auth]`,
    );
    expect(text).toContain(`move line 2 of ~/${config} below [server.auth], as: api_key = "…"`);
  });

  it.each([
    ["oj.conf", `[program:oj]\nenvironment=${variable}="${keyA}"\n`, "of supervisord"],
    ["oj.conf", `environment=${variable}="${keyA}"\n`, "of supervisord"],
    ["oj.json", `{"key": "${keyA}"}\n`, "JSON"],
  ])("is refused by name, asked or changed: %s %j", async (name, content, what) => {
    const { run, isUnchanged } = prepare(name, content);
    for (const words of ["auth status", "auth check --host 0.0.0.0", "token rotate"]) {
      const { code, text } = await run("--file", name, ...words.split(" "));
      expect([code, text]).toEqual([3, expect.stringMatching(`it looks like .*${what}`)]);
    }
    expect(isUnchanged()).toBe(true);
  });

  it("is refused as an envdir, the folder and its file", async () => {
    const { run, isUnchanged } = prepare(`env/${variable}`, `${keyA}\n`);
    const folder = await run("--file", "env", "auth", "status");
    expect(folder).toEqual({
      code: 3,
      text: expect.stringContaining("~/env is an envdir, a folder with a file for each") as string,
    });
    const { code, text } = await run("--file", `env/${variable}`, "token", "rotate");
    expect([code, text]).toEqual([3, expect.stringContaining("a file of an envdir")]);
    expect(isUnchanged()).toBe(true);
  });
});
