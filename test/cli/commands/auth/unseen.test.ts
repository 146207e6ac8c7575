import { describe, expect, it } from "vitest";

import { keyA, keyB } from "../../../helpers/keys.js";
import { rootedMachine } from "../../../helpers/rooted-fs.js";
import { testCli } from "../../../helpers/run-cli.js";

const units = { openjarvis: "openjarvis.service", jean: "jean-server.service" } as const;
const envFiles = { openjarvis: "/etc/openjarvis/env", jean: "/etc/jean-server.env" } as const;
const variables = { openjarvis: "OPENJARVIS_API_KEY", jean: "JEAN_TOKEN" } as const;
type Id = keyof typeof units;
const root = { uid: 0, gid: 0, name: "root" };

/** A machine with the unit of a system, whose command is on line 3. */
function install(id: Id, command: string, text = "", ...lines: string[]) {
  const machine = rootedMachine({ user: root });
  machine.put("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  const unitFile = `/etc/systemd/system/${units[id]}`;
  const own = [`EnvironmentFile=-${envFiles[id]}`, `ExecStart=${command}`];
  machine.put(unitFile, ["[Service]", ...own, ...lines, ""].join("\n"));
  if (text !== "") machine.put(envFiles[id], text);
  const cli = testCli(machine);
  const run = async (...argv: string[]) => {
    const result = await cli.run("keyward", "--system", id, ...argv);
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    return result;
  };
  const ask = async (...argv: string[]) => {
    const { code, stdout } = await run(...argv, "--json");
    return { code, json: JSON.parse(stdout) as Record<string, unknown> };
  };
  return { machine, run, ask, unitFile, place: `${unitFile}:3` };
}

const inShell =
  "/bin/sh -c 'exec /usr/local/bin/jarvis serve --host 0.0.0.0 --port 8000 >> /var/log/oj.log 2>&1'";

/** OpenJarvis takes no key from its command, so that only a wrapper can hide one. */
const hidesKey = ([id, command]: [Id, string, string]) =>
  id === "jean" || !command.startsWith("/usr/local/bin/jarvis ");

const hidden: [Id, string, string][] = [
  ["openjarvis", inShell, "sh puts the command together"],
  ["openjarvis", "/bin/bash -lc 'jarvis serve'", "bash puts the command together"],
  ["openjarvis", "/usr/local/bin/jarvis serve $OPTS", "a word of the command is $OPTS"],
  ["openjarvis", "/usr/local/bin/jarvis serve --host ${LISTEN}", "is ${LISTEN}"],
  ["openjarvis", "/opt/openjarvis/start.sh", "/opt/openjarvis/start.sh is a script"],
  ["openjarvis", "/usr/bin/docker run --rm -p 8000:8000 openjarvis", "docker starts the server"],
  ["openjarvis", "/usr/bin/sudo -u oj jarvis serve", "sudo starts the server"],
  ["openjarvis", "/usr/bin/python3 -m other", "python3 starts something else"],
  ["jean", "/bin/sh -c 'exec jean-server --no-token'", "sh puts the command together"],
  [
    "jean",
    "/bin/sh -c 'jean-server --token \"$(cat /etc/token)\"'",
    "sh puts the command together",
  ],
  ["jean", "/usr/local/bin/jean-server $FLAGS", "a word of the command is $FLAGS"],
];

describe("a unit whose command cannot be seen", () => {
  it.each(hidden)("%s: %s: check does not say safe", async (id, command, why) => {
    const { run, ask, place } = install(id, command);
    const { code, stdout, stderr } = await run("auth", "check");
    expect(code).toBe(3);
    expect(stdout).toContain(`cannot be told: the host cannot be told from ${place}: `);
    expect(stdout).toContain(why);
    expect(stdout + stderr).not.toMatch(/\bsafe\b|by its own default/);
    const { json } = await ask("auth", "check");
    expect(json).toMatchObject({
      host: null,
      safe: null,
      scope: null,
      keyConfigured: hidesKey([id, command, why]) ? null : false,
      reason: { code: "cannot-be-told" },
      place,
      addresses: [],
      serverWouldStart: null,
    });
  });

  it.each(hidden.filter(hidesKey))("%s: %s: its file is not certain", async (id, command) => {
    const { run, ask, place } = install(id, command, `${variables[id]}=${keyA}\n`);
    expect((await run("auth", "check")).code).toBe(3);
    const exposed = await ask("auth", "check", "--host", "0.0.0.0");
    expect(exposed.code).toBe(3);
    expect(exposed.json).toMatchObject({
      host: "0.0.0.0",
      safe: null,
      scope: "all-interfaces",
      keyConfigured: null,
      place,
    });
    const loopback = await ask("auth", "check", "--host", "127.0.0.1");
    expect(loopback).toMatchObject({ code: 0, json: { safe: true, place: null } });
    const invalid = await ask("auth", "check", "--host", "224.0.0.1");
    expect(invalid).toMatchObject({ code: 1, json: { safe: false, scope: "invalid" } });
  });

  it.each(hidden.filter(hidesKey))("%s: %s: status, doctor", async (id, command, why) => {
    const { run, ask, unitFile, place } = install(id, command, `${variables[id]}=${keyA}\n`);
    const { code, json } = await ask("auth", "status");
    expect(code).toBe(0);
    expect(json["authentication"]).toBe("unknown");
    expect((json["locations"] as unknown[]).slice(0, 2)).toMatchObject([
      { location: unitFile, kind: "unseen", set: false, unseen: expect.any(String) as string },
      { location: envFiles[id], set: true },
    ]);
    expect(JSON.stringify(json["findings"])).toContain(`"id":"cannot-tell"`);
    const shown = await run("auth", "status");
    expect(shown.stdout).toContain("authentication unknown");
    expect(shown.stdout).toContain(`cannot be told from ${place}: `);
    expect(shown.stdout).toContain(why);
    const doctor = await run("doctor");
    expect(doctor.stdout).toContain(`cannot be told from ${place}: `);
    expect(doctor.code).toBe(3);
  });

  it.each(hidden.filter((each) => !hidesKey(each)))(
    "%s: %s: its key counts",
    async (id, command) => {
      const { ask, place } = install(id, command, `${variables[id]}=${keyA}\n`);
      const { code, json } = await ask("auth", "check");
      expect(code).toBe(0);
      expect(json).toMatchObject({ host: null, safe: true, keyConfigured: true, place });
      expect(json["reason"]).toMatchObject({ code: "key-configured" });
    },
  );

  it("is nothing bad of its own, and keeps nothing bad from being told", async () => {
    const { run } = install("openjarvis", inShell, "OPENJARVIS_API_KEY=changeme\n");
    const { code, stdout } = await run("doctor");
    expect(code).toBe(1);
    expect(stdout).toContain("counts as none");
    expect(stdout).toContain("cannot be told from");
  });

  it("lets its file be written, and says that it may not be read", async () => {
    const { run, machine, place } = install("openjarvis", inShell);
    const { code, stderr } = await run("auth", "generate-key", "--write");
    expect(code).toBe(0);
    expect(stderr).toContain(
      `whether the server reads ${envFiles.openjarvis} cannot be told from ${place}: `,
    );
    expect(machine.read(envFiles.openjarvis)).toMatch(/^OPENJARVIS_API_KEY=oj_sk_/);
  });

  it.each<[Id, string]>([
    ["jean", "/bin/sh -c 'jean-server --token \"$(cat /etc/token)\"'"],
    ["jean", `/bin/sh -c 'JEAN_TOKEN=${keyB} exec jean-server'`],
    ["jean", "/usr/local/bin/jean-server --token ${OTHER}"],
    ["openjarvis", `/bin/sh -c 'OPENJARVIS_API_KEY=${keyB} jarvis serve'`],
  ])("%s: %s names the key itself: a rotation is refused", async (id, command) => {
    const text = `${variables[id]}=${keyA}\n`;
    const { run, machine, place } = install(id, command, text);
    for (const argv of [
      ["token", "rotate"],
      ["token", "rotate", "--dry-run"],
    ]) {
      const { code, stderr } = await run(...argv);
      expect(code).toBe(3);
      expect(stderr).toContain(`where ${variables[id]} comes from cannot be told from ${place}: `);
      expect(machine.read(envFiles[id])).toBe(text);
    }
    expect(await run("auth", "status")).toMatchObject({ code: 0 });
  });

  it("is not asked at an address of ours", async () => {
    const { run, place } = install("openjarvis", inShell, `OPENJARVIS_API_KEY=${keyA}\n`);
    const { code, stderr } = await run("auth", "probe");
    expect(code).toBe(3);
    expect(stderr).toContain(`where the server listens cannot be told from ${place}: `);
    expect(stderr).toContain("auth probe URL");
  });

  it("counts in a drop-in, where the last command wins", async () => {
    const seen = install("openjarvis", "/usr/local/bin/jarvis serve");
    const dropIn = `${seen.unitFile}.d/10.conf`;
    seen.machine.put(dropIn, `[Service]\nExecStart=\nExecStart=${inShell}\n`);
    expect(await seen.ask("auth", "check")).toMatchObject({
      code: 3,
      json: { place: `${dropIn}:3` },
    });
    const hiddenOne = install("openjarvis", inShell);
    hiddenOne.machine.put(
      `${hiddenOne.unitFile}.d/10.conf`,
      "[Service]\nExecStart=\nExecStart=/usr/local/bin/jarvis serve\n",
    );
    expect(await hiddenOne.ask("auth", "check")).toMatchObject({
      code: 0,
      json: { host: "127.0.0.1", safe: true },
    });
  });
});

describe("a unit whose command can be read in the end", () => {
  it.each<[Id, string, string, string[], string]>([
    ["openjarvis", "/usr/local/bin/jarvis serve $OPTS", "OPTS=--host 0.0.0.0\n", [], "0.0.0.0"],
    [
      "openjarvis",
      "/bin/jarvis serve $OPTS",
      "",
      ["Environment='OPTS=--host 10.0.0.1'"],
      "10.0.0.1",
    ],
    ["openjarvis", "/bin/jarvis serve --host ${H}", "H=10.0.0.2\n", [], "10.0.0.2"],
    ["openjarvis", "/usr/bin/env A=1 jarvis serve --host 10.0.0.3", "", [], "10.0.0.3"],
    ["openjarvis", "/usr/bin/nohup jarvis serve --host=10.0.0.4", "", [], "10.0.0.4"],
    ["jean", "/usr/bin/env JEAN_HOST=10.0.0.5 jean-server", "", [], "10.0.0.5"],
    ["jean", "/bin/jean-server --host ${JEAN_HOST}", "JEAN_HOST=10.0.0.6\n", [], "10.0.0.6"],
    ["jean", "/bin/jean-server --port ${P} --host 10.0.0.7", "", [], "10.0.0.7"],
  ])("%s: %s with %j %j listens on %s", async (id, command, text, lines, host) => {
    const { ask } = install(id, command, text, ...lines);
    expect(await ask("auth", "check")).toMatchObject({ code: 1, json: { host, safe: false } });
  });

  it("is safe wherever it listens, with a key that is certain", async () => {
    const command = "/usr/local/bin/jean-server --host ${LISTEN} --token ${JEAN_TOKEN}";
    const { ask, place } = install("jean", command, `JEAN_TOKEN=${keyA}\n`);
    expect(await ask("auth", "check")).toMatchObject({
      code: 0,
      json: {
        host: null,
        safe: true,
        keyConfigured: true,
        reason: { code: "key-configured" },
        place,
      },
    });
    expect(await ask("auth", "status")).toMatchObject({ json: { authentication: "on" } });
  });
});

describe("keyward run with a wrapper", () => {
  it.each<[string[], string]>([
    [["sh", "-c", "exec jean --host 0.0.0.0"], "sh puts the command together"],
    [["sudo", "jean"], "sudo starts the server"],
    [["env", "-i", "jean"], "env gets options"],
    [["./start.sh"], "./start.sh is a script"],
    [["env", "JEAN_HOST=0.0.0.0", "jean"], "0.0.0.0 is every network interface"],
    [["nohup", "jean", "--host", "0.0.0.0", "--", "--host", "127.0.0.1"], "0.0.0.0 is every"],
  ])("%j is not started without a key", async (command, words) => {
    const cli = testCli();
    const { code, stderr } = await cli.run("keyward", "run", "--system", "jean", "--", ...command);
    expect(code).toBe(125);
    expect(stderr).toContain(words);
  });

  it("a command that takes the key away again is not started either", async () => {
    const cli = testCli({ env: { JEAN2_AUTH_TOKEN: keyA } });
    const command = ["env", "JEAN2_AUTH_TOKEN=", "jean2"];
    const { code, stderr } = await cli.run("keyward", "run", "--system", "jean2", "--", ...command);
    expect(code).toBe(125);
    expect(stderr).toContain("no key is configured");
  });
});
