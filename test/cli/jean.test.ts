import { describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { keyA, keyB } from "../helpers/keys.js";
import { rootedMachine } from "../helpers/rooted-fs.js";
import { testCli } from "../helpers/run-cli.js";

const unitFile = "/etc/systemd/system/jean-server.service";
const envFile = "/etc/jean-server.env";
const root = { uid: 0, gid: 0, name: "root" };

/** A machine on which Jean's installer has run. */
function install(text: string, ...lines: string[]) {
  const machine = rootedMachine({ user: root });
  const own = [`EnvironmentFile=-${envFile}`, "ExecStart=/usr/local/bin/jean-server --headless"];
  machine.put(unitFile, ["[Service]", ...own, ...lines, ""].join("\n"));
  machine.put(envFile, text);
  const cli = testCli(machine);
  const ask = async (...argv: string[]) => {
    const { code, stdout } = await cli.run("keyward", ...argv, "--json");
    expect(stdout).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    return { code, json: JSON.parse(stdout) as Record<string, unknown> };
  };
  return { machine, cli, ask };
}

describe("keyward beside Jean", () => {
  it("finds Jean by its files, and its key where the unit reads it", async () => {
    const { ask } = install(`JEAN_TOKEN=${keyA}\n`, `Environment=JEAN_TOKEN=${keyB}`);
    const { code, json } = await ask("auth", "status");
    expect(code).toBe(0);
    expect(json).toMatchObject({
      system: "jean",
      launch: "service",
      authentication: "on",
      effective: { location: envFile, fingerprint: fingerprintKey(keyA) },
      locations: [
        { location: envFile, kind: "env-file", effective: true },
        { location: unitFile, kind: "unit", set: true, shadowedBy: envFile },
        { location: "env:JEAN_TOKEN", ignored: "an exported variable does not reach the service" },
      ],
    });
  });

  it.each<[string, string[], number, object]>([
    [`JEAN_TOKEN=${keyA}\n`, [], 0, { safe: true, serverWouldStart: true }],
    [
      `JEAN_NO_TOKEN=1\n`,
      [],
      1,
      {
        serverWouldStart: false,
        reason: {
          code: "exposed-without-key",
          // In a container there is more to it.
          message: expect.stringContaining(
            `0.0.0.0 is every network interface of this machine, and authentication is off, by JEAN_NO_TOKEN in ${envFile}`,
          ) as string,
        },
      },
    ],
    [
      `JEAN_NO_TOKEN=1\n`,
      ["Environment=JEAN_ALLOW_UNSAFE_NO_TOKEN=1"],
      1,
      { safe: false, serverWouldStart: true },
    ],
    ["", [], 1, { safe: false, keyConfigured: false, serverWouldStart: true }],
  ])("judges 0.0.0.0 with %j and %j: exit %d", async (text, lines, code, expected) => {
    const { ask } = install(text, ...lines);
    const found = await ask("--system", "jean", "auth", "check", "--host", "0.0.0.0");
    expect(found).toMatchObject({ code, json: expected });
  });

  it("checks the host that the unit names", async () => {
    const { ask } = install(`JEAN_HOST=::1\n`);
    const { code, json } = await ask("--system", "jean", "auth", "check");
    expect({ code, json }).toMatchObject({ code: 0, json: { host: "::1", safe: true } });
  });
});
