import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { keyA } from "../../../helpers/keys.js";
import { temporaryFolder } from "../../../helpers/machine.js";
import { rootedMachine } from "../../../helpers/rooted-fs.js";
import { testCli } from "../../../helpers/run-cli.js";

interface Told {
  readonly authentication: string;
  readonly effective: { readonly location: string } | null;
  readonly findings: readonly { readonly id: string; readonly message: string; fix: string }[];
}

const root = { uid: 0, gid: 0, name: "root" };
const unitFile = "/etc/systemd/system/openjarvis.service";
const envFile = "/etc/openjarvis/env";

/** OpenJarvis's service, whose key is where its guide puts it. */
function install(...lines: readonly string[]) {
  const machine = rootedMachine({ user: root });
  machine.put("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  const start = "ExecStart=/usr/local/bin/jarvis serve --host 0.0.0.0";
  machine.put(unitFile, ["[Service]", start, ...lines, ""].join("\n"));
  machine.put(envFile, `OPENJARVIS_API_KEY=${keyA}\n`);
  const cli = testCli(machine);
  const run = async (...argv: string[]) => {
    const result = await cli.run("keyward", "--system", "openjarvis", ...argv);
    expect(result.stdout + result.stderr).not.toContain(keyA);
    return result;
  };
  const ask = async () => JSON.parse((await run("auth", "status", "--json")).stdout) as Told;
  return { machine, run, ask };
}

describe("a unit that does not name the file with the only key", () => {
  const dropIn =
    "mkdir -p /etc/systemd/system/openjarvis.service.d && printf '%s\\n' '[Service]' EnvironmentFile=/etc/openjarvis/env | tee /etc/systemd/system/openjarvis.service.d/keyward.conf && systemctl daemon-reload && systemctl restart openjarvis.service";
  const line3 = (text: string) => `write on line 3 of ${unitFile}: ${text}`;

  it.each([
    [[], dropIn],
    [['EnvironmentFile="/etc/openjarvis/env"'], line3("EnvironmentFile=/etc/openjarvis/env")],
    [["EnvironmentFile=/etc/openjarvis/env # the key"], line3(`EnvironmentFile=${envFile}`)],
    [["EnvironmentFile=~/openjarvis.env"], dropIn],
  ])("is told how to name it, and never to remove it: %j", async (lines, remedy) => {
    const { ask, run } = install(...lines);
    const { authentication, findings } = await ask();
    expect(authentication).toBe("off");
    const fixes = findings.filter(({ id }) => id === "no-key" || id === "not-read");
    expect(fixes.map(({ fix }) => fix)).toEqual([remedy, remedy]);
    const { code, stderr } = await run("auth", "check");
    expect(code).toBe(1);
    expect(stderr).toContain(`hint: ${remedy}`);
  });

  it("is told to remove a second key where another one is in force", async () => {
    const { ask, machine } = install("EnvironmentFile=/etc/other");
    machine.put("/etc/other", "OPENJARVIS_API_KEY=z7Yx5Wv3Ut1Sr9Qp7On5Ml3Kj1Ih9Gf7Ed5Cb3Aa1Zy\n");
    const { findings } = await ask();
    expect(findings.find(({ id }) => id === "not-read")?.fix).toBe(`remove line 1 of ${envFile}`);
  });

  it("makes no file that is called after a comment", async () => {
    const { machine, run } = install(`EnvironmentFile=${envFile} # the key`);
    await run("token", "rotate");
    expect(machine.fs.readdirSync("/etc/openjarvis")).toEqual(["env"]);
  });

  it("is fixed by the command as it is printed, for a user's unit too", async () => {
    const machine = rootedMachine({ user: { uid: 7777, gid: 7777, name: "me" } });
    const folder = join(machine.home, ".config");
    mkdirSync(join(folder, "systemd/user"), { recursive: true });
    mkdirSync(join(folder, "jean-server"));
    const unit = "[Service]\nExecStart=/usr/local/bin/jean-server\n";
    writeFileSync(join(folder, "systemd/user/jean-server.service"), unit);
    writeFileSync(join(folder, "jean-server/jean-server.env"), `JEAN_TOKEN=${keyA}\n`);
    const cli = testCli(machine);
    const ask = async () =>
      JSON.parse((await cli.run("keyward", "auth", "status", "--json")).stdout) as Told;

    const { findings, effective } = await ask();
    expect(effective).toBeNull();
    const fix = findings.find(({ id }) => id === "not-read")?.fix ?? "";
    const stand = temporaryFolder();
    const log = join(stand, "log");
    writeFileSync(join(stand, "systemctl"), `#!/bin/sh\necho "$@" >> ${log}\n`, { mode: 0o755 });
    const shown = execFileSync("sh", ["-c", fix], {
      env: { PATH: `${stand}:/usr/bin:/bin` },
      encoding: "utf8",
    });
    expect(shown).toBe(`[Service]\nEnvironmentFile=${folder}/jean-server/jean-server.env\n`);
    expect(readFileSync(log, "utf8")).toBe(
      "--user daemon-reload\n--user restart jean-server.service\n",
    );
    expect(existsSync(join(folder, "systemd/user/jean-server.service.d/keyward.conf"))).toBe(true);
    expect((await ask()).effective?.location).toBe(`${folder}/jean-server/jean-server.env`);
  });
});

describe("an env file with a comment that ends in a backslash above the key", () => {
  const why =
    "the comment on line 1 ends in a backslash, so systemd before 254 takes line 2 as part of it";
  const hint = `remove the backslash at the end of line 1 of ${envFile}`;

  it("has no key that is certain, and says what to change", async () => {
    const { machine, run, ask } = install(`EnvironmentFile=${envFile}`);
    const text = `# kept in C:\\keys\\\nOPENJARVIS_API_KEY=${keyA}\n`;
    machine.put(envFile, text);
    const { authentication, effective, findings } = await ask();
    expect([authentication, effective]).toEqual(["unknown", null]);
    expect(findings.map(({ id, fix }) => [id, fix])).toEqual([["cannot-tell", hint]]);
    const check = await run("auth", "check", "--json");
    expect([check.code, JSON.parse(check.stdout)]).toEqual([
      3,
      expect.objectContaining({ safe: null, place: `${envFile}:1` }),
    ]);
    const rotation = await run("token", "rotate");
    expect(rotation.code).toBe(3);
    expect(rotation.stderr).toContain(why);
    expect(rotation.stderr).toContain(`hint: ${hint}`);
    expect(machine.read(envFile)).toBe(text);
  });
});
