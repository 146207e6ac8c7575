import { describe, expect, it } from "vitest";

import { refuseOtherKind } from "../../../src/formats/env/other-kind.js";

const key = "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq83";
const pem = "-----BEGIN PRIVATE KEY-----\nMIIB\nVgIB\nADAN\n-----END PRIVATE KEY-----";

const refuse =
  (name: string, text: string | Buffer | null, variable = "TOKEN") =>
  () =>
    refuseOtherKind(text === null ? null : Buffer.from(text), { path: `/srv/${name}`, variable });

describe("refuseOtherKind", () => {
  it.each<[string, string | null, string]>([
    ["agent.env", '{"gateway": {"auth": {"token": "x"}}}', "JSON"],
    ["agent.env", "\uFEFF \n\n  {\n", "JSON"],
    ["agent", "// mine\n/* and\n * more */\n{ gateway: {} }\n", "JSON"],
    ["list", '[\n  "a"\n]', "JSON"],
    ["settings", "# mine\n[server]\nhost = 1\nport = 2\n", "a file with [sections]"],
    ["settings", "<?xml version='1.0'?><a b='c'/>", "XML"],
    ["settings", "---\nA=1\n", "YAML"],
    ["settings", "gateway:\n  auth:\n    token: abc\n", "YAML"],
    ["settings", "gateway:\n  TOKEN: abc\n  port: 3\n", "YAML"],
    ["oj.conf", "[program:oj]\ncommand=jarvis serve\n", "a configuration of supervisord"],
    ["oj.conf", "; mine\n[supervisord]\n", "a configuration of supervisord"],
    ["oj.conf", 'environment=TOKEN="abc",B=1\n', "a configuration of supervisord"],
    ["oj.conf", "A=1\nenvironment = TOKEN=abc\n", "a configuration of supervisord"],
    ["oj.conf", "[Service]\nEnvironment=TOKEN=abc\n", "a systemd unit"],
    ["oj.service", "TOKEN=abc\n", "a systemd unit"],
    ["TOKEN", "abc-def\n", "a file of an envdir"],
    ["server.key", `${pem}\n`, "PEM"],
    ["notes", "the key is kept\nby the owner\nTOKEN=abc\n", "text"],
    ["key", `${key}\n`, "a file that holds a key alone"],
    ["key", `# the key\n${key}`, "a file that holds a key alone"],
    ["key", `${key}=\n`, "a file that holds a key alone"],
    ["openclaw.json", "TOKEN=abc\n", "JSON"],
    ["openclaw.json5", null, "JSON"],
    ["OPENCLAW.JSON", "", "JSON"],
    ["x.jsonc", "", "JSON"],
    ["config.yaml", "token=abc\n", "YAML"],
    ["config.yml", null, "YAML"],
    ["x.toml", "token=abc\n", "TOML"],
    ["x.ini", "token=abc\n", "an INI file"],
    ["x.xml", "", "XML"],
  ])("refuses %s with %j: %s", (name, text, kind) => {
    expect(refuse(name, text)).toThrowError(
      expect.objectContaining({
        code: "malformed",
        message: expect.stringMatching(`^it looks like ${kind.replace("[", "\\[")}`) as string,
        hint: expect.stringContaining("--file") as string,
      }),
    );
  });

  it.each<[string, string | null]>([
    ["agent.env", null],
    ["agent.env", ""],
    ["agent.env", " \n\n"],
    ["agent.env", "# only\n# comments\n; of\n; all kinds\n"],
    ["agent.env", "TOKEN=abc"],
    ["TOKEN", "TOKEN=abc"],
    ["agent.env", "environment=production\nTOKEN=abc\n"],
    ["agent.env", "\uFEFFTOKEN=abc"],
    ["agent.env", "TOKEN: abc\n"],
    ["agent.env", "export TOKEN\n"],
    ["agent.env", "TOKEN\nHOME\n"],
    ["agent.env", "A_VERY_LONG_NAME_OF_A_VARIABLE=\n"],
    ["agent.env", `PRIVATE="${pem}"\nTOKEN=abc\n`],
    ["agent.env", `PRIVATE='${pem}'\n`],
    ["agent.conf", "A = 1\nsomething\n"],
    ["env.sh", "export TOKEN=abc\nset -e\n"],
    [".env", "A='{\"json\": true}'\n"],
    [".env.local", "A=1\n"],
  ])("takes %s with %j", (name, text) => {
    expect(refuse(name, text)).not.toThrow();
  });
});
