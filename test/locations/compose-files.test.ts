import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { resolveKey } from "../../src/locations/resolve-key.js";
import { withFile } from "../../src/locations/with-file.js";
import { systems } from "../../src/systems/list.js";
import { keyA, keyB } from "../helpers/keys.js";
import { testMachine } from "../helpers/machine.js";
import { testCli } from "../helpers/run-cli.js";

const variable = "OPENJARVIS_API_KEY";

/** A compose file with a server, whose key is looked for in `file`. */
function prepare(file: string, yaml: string, others: Readonly<Record<string, string>> = {}) {
  const machine = testMachine();
  const files = { [file]: `${variable}=${keyA}\n`, "compose.yaml": yaml, ...others };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(machine.home, name), text, { mode: 0o600 });
  }
  return machine;
}

async function resolve(file: string, yaml: string, others: Readonly<Record<string, string>> = {}) {
  const machine = prepare(file, yaml, others);
  const path = join(machine.home, file);
  const { authentication, unseen, effective } = await resolveKey(
    withFile(systems.openjarvis, { path }),
    machine,
    "foreground",
  );
  const name = (text: string) => text.replaceAll(machine.home, "~");
  return {
    authentication,
    unseen: unseen && { place: name(unseen.place), why: name(unseen.why), named: unseen.named },
    effective: effective && name(effective.name),
  };
}

const service = (...lines: readonly string[]) =>
  ["services:", "  oj:", "    image: oj", ...lines.map((line) => `    ${line}`), ""].join("\n");

const fromOutside = (line: number) => ({
  place: `~/compose.yaml:${line}`,
  why: `environment: wins over env_file:, and takes ${variable} from the shell or from ~/.env`,
  named: false,
});
const ofItsOwn = (line: number) => ({
  place: `~/compose.yaml:${line}`,
  why: `environment: wins over env_file:, and sets ${variable} to a value of its own`,
  named: true,
});

describe("an env file beside a compose file", () => {
  it.each<[readonly string[], object | null]>([
    [["env_file: oj.env", "environment:", `  ${variable}: \${${variable}:-}`], fromOutside(6)],
    [["env_file: oj.env", "environment:", `  - ${variable}=\${${variable}}`], fromOutside(6)],
    [["env_file: oj.env", "environment:", `  - "${variable}=\${${variable}:-}"`], fromOutside(6)],
    [["env_file: oj.env", "environment:", `  - ${variable}`], fromOutside(6)],
    [["env_file: oj.env", "environment:", `  ${variable}:`], fromOutside(6)],
    [["environment:", `  ${variable}: $${variable} # the key`], fromOutside(5)],
    [[`environment: {A: 1, ${variable}: "\${${variable}:?no key}"}`], fromOutside(4)],
    [[`environment: ["${variable}=\${${variable}:-}"]`], fromOutside(4)],
    [["env_file: oj.env", "environment:", `  ${variable}: other`], ofItsOwn(6)],
    [["environment:", `  "${variable}": \${OTHER}`], ofItsOwn(5)],
    [["environment:", `  - ${variable}=`], ofItsOwn(5)],
    [["environment:", `  ${variable}: ""`], ofItsOwn(5)],
    [["environment:", `  ${variable}: null`], fromOutside(5)],
    [["env_file: oj.env", "environment:", "  A: 1"], null],
    [["env_file: oj.env", "environment:", `  # ${variable}: x`], null],
    [["env_file: oj.env", `command: serve --key \${${variable}}`], null],
    [["environment:", `  MY_${variable}: x`, `  ${variable}_FILE: x`], null],
  ])("cannot be told where environment: sets the variable: %j", async (lines, unseen) => {
    expect(await resolve("oj.env", service(...lines))).toEqual({
      authentication: unseen === null ? "on" : "unknown",
      unseen,
      effective: "~/oj.env",
    });
  });

  it("counts where environment: takes the variable from it", async () => {
    const yaml = service("environment:", `  - ${variable}=\${${variable}:-}`);
    expect(await resolve(".env", yaml)).toMatchObject({ authentication: "on", unseen: null });
    const literal = service("environment:", `  - ${variable}=other`);
    expect(await resolve(".env", literal)).toMatchObject({ authentication: "unknown" });
  });

  it("is told apart from another service's", async () => {
    const other = ["  web:", "    environment:", `      ${variable}: x`, ""].join("\n");
    const yaml = service("env_file: oj.env") + other;
    expect(await resolve("oj.env", yaml)).toMatchObject({ unseen: null });
    const shared = `x-env: &env\n  ${variable}: x\n${yaml}`;
    expect((await resolve("oj.env", shared)).unseen).toEqual({ ...ofItsOwn(2) });
  });

  it.each([
    ["env_file:", "  - oj.env", "  - later.env"],
    ["env_file:", "- oj.env", "- path: later.env", "  required: false"],
    ["env_file: [oj.env, ./later.env]"],
  ])("loses to a later one: %s %s %s", async (...lines) => {
    const later = { "later.env": `${variable}=${keyB}\n` };
    const found = await resolve("oj.env", service(...lines), later);
    expect(found).toMatchObject({ authentication: "on", effective: "~/later.env" });
    const first = await resolve("oj.env", service("env_file: [later.env, oj.env]"), later);
    expect(first).toMatchObject({ effective: "~/oj.env" });
  });

  it("is never called safe, and is changed only with a word about it", async () => {
    const yaml = service("env_file: oj.env", "environment:", `  ${variable}: \${${variable}:-}`);
    const cli = testCli(prepare("oj.env", yaml));
    const run = (...argv: string[]) =>
      cli.run("keyward", "--system", "openjarvis", "--file", "oj.env", ...argv);
    const check = await run("auth", "check", "--host", "0.0.0.0", "--json");
    expect([check.code, JSON.parse(check.stdout)]).toEqual([
      3,
      expect.objectContaining({ safe: null, place: join(cli.home, "compose.yaml:6") }),
    ]);
    const rotation = await run("token", "rotate");
    expect(rotation.code).toBe(0);
    expect(rotation.stderr).toContain("environment: wins over env_file:");
  });
});
