import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, it } from "vitest";

import { resolveSwitch } from "../../src/locations/resolve-key.js";
import { jean } from "../../src/systems/jean/jean.js";
import { testMachine } from "../helpers/machine.js";

const generator = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";
const folder = ".config/environment.d";

/** What systemd's own program makes of these files for a variable; null where it does not set it. */
function askSystemd(home: string, variable: string): string | null {
  const env = { HOME: home, PATH: "/usr/bin:/bin" };
  const lines = execFileSync(generator, [], { env, encoding: "utf8", stdio: "pipe" }).split("\n");
  const line = lines.findLast((each) => each.startsWith(`${variable}=`));
  return line?.slice(variable.length + 1) ?? null;
}

describe("systemd's reader of environment.d", () => {
  it.each<[string, Readonly<Record<string, string>>, string | null, boolean | null]>([
    ["a plain line", { "1.conf": "JEAN_NO_TOKEN=1\n" }, "1", true],
    ["blanks", { "1.conf": "  JEAN_NO_TOKEN = 1  \n" }, "1", true],
    ["a later line", { "1.conf": "JEAN_NO_TOKEN=1\nJEAN_NO_TOKEN=0\n" }, "0", false],
    ["a later file", { "2.conf": "JEAN_NO_TOKEN=0\n", "1.conf": "JEAN_NO_TOKEN=1\n" }, "0", false],
    ["another suffix", { "1.env": "JEAN_NO_TOKEN=1\n" }, null, false],
    ["a comment", { "1.conf": "#JEAN_NO_TOKEN=1\n;JEAN_NO_TOKEN=1\n" }, null, false],
    ["export", { "1.conf": "export JEAN_NO_TOKEN=1\n" }, null, false],
    ["a default", { "1.conf": "JEAN_NO_TOKEN=${NOT_SET_ANYWHERE:-1}\n" }, "1", null],
    ["another variable", { "1.conf": "A=1\n", "2.conf": "JEAN_NO_TOKEN=$A\n" }, "1", null],
    ["single quotes", { "1.conf": "A=1\nJEAN_NO_TOKEN='$A'\n" }, "1", null],
    ["quotes", { "1.conf": 'JEAN_NO_TOKEN="1"\n' }, "1", true],
  ])("is read alike, or not at all: %s", async (_, files, value, on) => {
    const machine = testMachine({ user: { uid: 7777, gid: 7777, name: "me" } });
    const put = (path: string, text: string) => {
      mkdirSync(dirname(join(machine.home, path)), { recursive: true });
      writeFileSync(join(machine.home, path), text);
    };
    put(".config/systemd/user/jean-server.service", "[Service]\nExecStart=/bin/jean\n");
    for (const [name, text] of Object.entries(files)) put(join(folder, name), text);
    expect(askSystemd(machine.home, "JEAN_NO_TOKEN")).toBe(value);
    const { noKeySwitch } = jean;
    const found = noKeySwitch && (await resolveSwitch(noKeySwitch, machine, "service"));
    expect(found?.on).toBe(on);
  });
});
