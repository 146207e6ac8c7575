/* What is not a key alone is named for what it is; nothing of it is sent, written or repeated. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { decodeText, refuseNonKey } from "../../../src/cli/input/given-key.js";
import { runBuilt } from "../../helpers/built.js";
import { keyA as key } from "../../helpers/keys.js";
import { temporaryFolder } from "../../helpers/machine.js";
import { testCli } from "../../helpers/run-cli.js";
import { startHttp } from "../../probe/servers.js";

const notKeys: [string, string, string][] = [
  ["one line of an env file", `JEAN2_AUTH_TOKEN=${key}`, "is an env file, not a key"],
  ["an exported one", `export agent_key = ${key}`, "is an env file, not a key"],
  ["an env file", `# mine\nA=1\n\nKEY=${key}\n`, "is an env file, not a key"],
  ["a byte order mark", `\uFEFF${key}`, "begins with a byte order mark (BOM)"],
  ["two lines", `${key}\n${key}`, "has more than one line"],
  ["an empty line behind it", `${key}\n`, "has more than one line"],
  ["Bearer", `Bearer ${key}`, "has a header, not a key alone"],
  ["a whole header", `Authorization: bearer ${key}`, "has a header, not a key alone"],
  ["JSON", `{"token":"${key}"}`, "is JSON, not a key"],
  ["PEM", `-----BEGIN PRIVATE KEY-----\n${key}\n`, "is a PEM file, not a key"],
];

describe("refuseNonKey", () => {
  it.each(notKeys)("names %s", (_, text, words) => {
    const refuse = () => refuseNonKey(text, "the key file");
    expect(refuse).toThrow(
      expect.objectContaining({
        code: "key-refused",
        message: expect.stringContaining(`the key file ${words}`),
        hint: expect.not.stringContaining(key),
      }),
    );
    expect(refuse).not.toThrow(key);
  });

  it.each([
    key,
    `${key}=`,
    `oj_sk_${key}`,
    "Correct=horse battery staple",
    "[brackets] are no JSON",
    "",
  ])("lets %j be a key", (text) => {
    expect(refuseNonKey(text, "it")).toBe(text);
  });

  it.each([
    ["UTF-16", Buffer.from(`\uFEFF${key}`, "utf16le"), " but in UTF-16"],
    ["other bytes", Buffer.from([0x61, 0xff, 0x62]), ""],
  ])("refuses %s", (_, bytes, more) => {
    expect(() => decodeText(bytes, "F")).toThrow(`F is not text in UTF-8${more}`);
  });
});

describe("--key-file", () => {
  it.each(notKeys)("with %s sends and writes nothing", async (_, text, words) => {
    const server = await startHttp((_request, response) => void response.writeHead(401).end());
    const cli = testCli();
    writeFileSync(join(cli.cwd, "given"), `${text}\n`);
    const probe = ["--system", "generic", "auth", "probe", server.url, "--path", "/v"];
    for (const argv of [probe, ["--system", "jean2", "token", "set"]]) {
      const { code, stdout, stderr } = await cli.run("keyward", ...argv, "--key-file", "given");
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toContain(words);
      expect(stderr).not.toContain(key);
    }
    expect(server.received).toEqual([]);
    expect(existsSync(join(cli.home, ".jean2"))).toBe(false);
  });

  const asked = ["--system", "jean2", "token", "set", "--key-file"];
  it.each([
    ["a folder", (path: string) => mkdirSync(path), "it is a folder"],
    ["nothing", () => {}, "there is no such file"],
    ["a named pipe that nobody writes to", makePipe, "it is a pipe, and nobody wrote to it"],
  ])("that is %s is refused", async (_, make, words) => {
    const home = temporaryFolder();
    make(join(home, "given"));
    const { code, stderr } = await runBuilt("keyward", [...asked, join(home, "given")], {
      env: { HOME: home },
    });
    expect(code).toBe(3);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("unexpected error");
  });

  it.runIf(existsSync("/dev/full")).each(["/dev/full", "/dev/zero"])(
    "that has no end is refused: %s",
    async (path) => {
      const { code, stderr } = await runBuilt("keyward", [...asked, path], {
        env: { HOME: temporaryFolder() },
      });
      expect(code).toBe(3);
      expect(stderr).toContain(`cannot read the key file ${path}: it is over 1 MiB`);
    },
  );

  it("may be a pipe, whose writer takes its time", () => {
    const home = temporaryFolder();
    makePipe(join(home, "given"));
    const program = join(import.meta.dirname, "../../../bin/keyward.cjs");
    const line = `(sleep 0.2; echo "$GIVEN" > given) & "$0" "$1" ${asked.join(" ")} given --json`;
    const env = { PATH: process.env["PATH"], HOME: home, GIVEN: key };
    const argv = ["-c", line, process.execPath, program];
    const stdout = execFileSync("/bin/sh", argv, { cwd: home, env, encoding: "utf8" });
    expect(JSON.parse(stdout)).toMatchObject({ status: "unverified" });
  });
});

function makePipe(path: string): void {
  execFileSync("mkfifo", [path]);
}
