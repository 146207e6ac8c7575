import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { applyFixes } from "../../../src/doctor/fixes/apply-fixes.js";
import { allChecks } from "../../../src/doctor/all-checks.js";
import { examine } from "../../../src/doctor/examine.js";
import { planFixes } from "../../../src/doctor/fixes/fixes.js";
import type { Subject } from "../../../src/doctor/subject.js";
import { systems } from "../../../src/systems/list.js";
import type { System } from "../../../src/systems/contract/system.js";
import { withFile } from "../../../src/locations/with-file.js";
import { keyA, keyB } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";
import { lookAgain, prepare } from "../subject.js";

const name = "JEAN2_AUTH_TOKEN";

async function fix(subject: Subject) {
  const findings = await examine(subject, allChecks);
  const fixes = await planFixes(findings, subject.machine, subject);
  return { findings, fixes, ...(await applyFixes(fixes)) };
}

describe("the line with the key", () => {
  // The key stays, and every byte that is about something else.
  it.each<[string, string, string]>([
    ["export", `A=1\nexport ${name}=${keyA}\r\nB="x\n`, `A=1\n${name}=${keyA}\r\nB="x\n`],
    ["a colon", `A: 1\n${name}: '${keyA}'\n#z`, `A: 1\n${name}='${keyA}'\n#z`],
    ["a colon and a comment", `${name}: ${keyA} # mine\n`, `# mine\n${name}=${keyA}\n`],
    [
      "a second line with another key",
      `${name}=${keyA}\nA=1\n${name}=${keyB}\n`,
      `${name}=${keyA}\nA=1\n# ${name}=\n`,
    ],
    [
      "a second line that is not read",
      `export ${name}=${keyB}\n${name}=${keyA}\n`,
      `# ${name}=\n${name}=${keyA}\n`,
    ],
    [
      "a first line with a colon",
      `${name}: ${keyB}\n${name}=${keyA}\n`,
      `${name}=${keyA}\n# ${name}=\n`,
    ],
    [
      "bytes that are no text",
      `\xE4\xFF=1\nexport ${name}=${keyA}\n`,
      `\xE4\xFF=1\n${name}=${keyA}\n`,
    ],
  ])("of Jean2, with %s", async (_, before, after) => {
    const { subject, at, machine } = await prepare({
      files: { ".jean2/.env": Buffer.from(before, "latin1") },
      machine: { env: { JEAN2_HOST: "127.0.0.1" } },
    });
    const { fixed, failed } = await fix(subject);
    expect(failed).toEqual([]);
    expect(fixed).toHaveLength(1);
    expect(JSON.stringify(fixed)).not.toMatch(new RegExp(`${keyA}|${keyB}`));
    expect(readFileSync(at(".jean2/.env")).toString("latin1")).toBe(after);

    const again = await lookAgain(systems.jean2, machine);
    expect(again.resolution.key).toBe(keyA);
    expect(await fix(again)).toMatchObject({ findings: [], fixes: [] });
  });

  it.each<[string, string, string]>([
    ["a mark", `\uFEFFJEAN_TOKEN=${keyA}\nA=1\n`, `JEAN_TOKEN=${keyA}\nA=1\n`],
    ["quotes", `JEAN_TOKEN="${keyA}"\nA="1"\n`, `JEAN_TOKEN=${keyA}\nA="1"\n`],
    // systemd takes the last line, and it is systemd that starts the server.
    ["two keys", `JEAN_TOKEN=${keyB}\nJEAN_TOKEN=${keyA}\n`, `# JEAN_TOKEN=\nJEAN_TOKEN=${keyA}\n`],
  ])("of Jean, whose installer reads it too, with %s", async (_, before, after) => {
    const { home } = testMachine();
    const system = withFile(systems.jean, { path: `${home}/jean.env` });
    const { subject, at, machine } = await prepare({
      system,
      launch: "service",
      machine: { home },
      files: { "jean.env": before },
    });
    expect(await fix(subject)).toMatchObject({
      fixed: [{ location: at("jean.env") }],
      failed: [],
    });
    expect(readFileSync(at("jean.env"), "utf8")).toBe(after);
    const again = await lookAgain(system, machine, "service");
    expect(again.resolution.key).toBe(keyA);
    expect(await fix(again)).toMatchObject({ findings: [], fixes: [] });
  });

  it("of Jean2's own folder, which its runtime reads too when it is started there", async () => {
    const { home } = testMachine();
    const given = { home, cwd: `${home}/.jean2`, env: { JEAN2_HOST: "127.0.0.1" } };
    const { subject, at } = await prepare({
      machine: given,
      launch: "foreground",
      files: { ".jean2/.env": `${name}=${keyA} # mine\n` },
    });
    expect(await fix(subject)).toMatchObject({ fixed: [{ id: "readers-disagree" }], failed: [] });
    expect(readFileSync(at(".jean2/.env"), "utf8")).toBe(`# mine\n${name}=${keyA}\n`);
  });

  it.each<[string, string, Record<string, string>]>([
    ["there is none", "A=1\n", {}],
    ["a comment is part of it", `${name}=${keyA} # mine\n`, {}],
    ["it is one of two that are not read", `export ${name}=${keyA}\n${name}: ${keyB}\n`, {}],
    ["it counts as none", `export ${name}=your-secret-token\n`, {}],
    ["an empty line is in force", `${name}=\n${name}=${keyA}\n`, {}],
    ["it is fine", `${name}="${keyA}"\n`, {}],
  ])("stays where %s", async (_, text, env) => {
    const { subject, at } = await prepare({ files: { ".jean2/.env": text }, machine: { env } });
    expect(await fix(subject)).toMatchObject({ fixes: [] });
    expect(readFileSync(at(".jean2/.env"), "utf8")).toBe(text);
  });

  it("stays where another key is in force that it would replace", async () => {
    const { home } = testMachine();
    const env = { JEAN2_AUTH_TOKEN: keyB };
    const { subject } = await prepare({
      machine: { home, env },
      launch: "foreground",
      files: { ".jean2/.env": `export ${name}=${keyA}\n` },
    });
    const { findings, fixes } = await fix(subject);
    expect(findings.map(({ id }) => id)).toContain("export-line");
    expect(fixes).toEqual([]);
  });

  it("stays where authentication is switched off beside it", async () => {
    const { home } = testMachine();
    const system: System = withFile(systems.jean, { path: `${home}/jean.env` });
    const { subject } = await prepare({
      system,
      launch: "service",
      machine: { home },
      files: { "jean.env": `JEAN_NO_TOKEN=1\nexport JEAN_TOKEN=${keyA}\n` },
    });
    expect(await fix(subject)).toMatchObject({ fixes: [] });
  });

  it("stays where the file was changed meanwhile, and says so", async () => {
    const text = `export ${name}=${keyA}\n`;
    const { subject, at } = await prepare({ files: { ".jean2/.env": text } });
    const fixes = await planFixes(await examine(subject, allChecks), subject.machine, subject);
    writeFileSync(at(".jean2/.env"), `${text}A=1\n`);
    const { fixed, failed } = await applyFixes(fixes);
    expect(fixed).toEqual([]);
    expect(failed).toMatchObject([
      {
        location: at(".jean2/.env"),
        reason: expect.stringContaining("changed by another program"),
      },
    ]);
    expect(readFileSync(at(".jean2/.env"), "utf8")).toBe(`${text}A=1\n`);
  });
});

describe("modes", () => {
  const files = { ".jean2/.env": `${name}=${keyA}\n` };
  const mode = (path: string) => statSync(path).mode & 0o7777;

  it("of files and of the folder they are in", async () => {
    const { subject, at } = await prepare({
      files: { ...files, ".jean2/server.log": `/?token=${keyA}\n` },
      mode: 0o664,
    });
    chmodSync(at(".jean2"), 0o777);
    const { fixes, failed } = await fix(subject);
    expect(failed).toEqual([]);
    expect(fixes.map(({ what }) => what)).toEqual([
      `chmod 0600 ${at(".jean2/.env")} (it is 0664)`,
      `chmod 0755 ${at(".jean2")} (it is 0777)`,
      `chmod 0600 ${at(".jean2/server.log")} (it is 0664)`,
    ]);
    expect([".jean2", ".jean2/.env", ".jean2/server.log"].map((path) => mode(at(path)))).toEqual([
      0o755, 0o600, 0o600,
    ]);
    expect(readFileSync(at(".jean2/.env"), "utf8")).toBe(files[".jean2/.env"]);
  });

  it("a group that may be meant keeps its right to replace files", async () => {
    const real = testMachine();
    const user = { ...real.user, gid: real.user.gid + 1 };
    const { subject, at } = await prepare({ files, machine: { user } });
    chmodSync(at(".jean2"), 0o770);
    const { findings, fixes } = await fix(subject);
    expect(findings.map(({ id }) => id)).toContain("folder-open");
    expect(fixes).toEqual([]);
  });

  it("another user's file is left to that user", async () => {
    const real = testMachine();
    const user = { ...real.user, uid: real.user.uid + 1 };
    const { subject } = await prepare({ files, mode: 0o644, machine: { user } });
    const { findings, fixes } = await fix(subject);
    expect(findings.find(({ id }) => id === "mode")?.fix).toMatch(/^sudo chmod /);
    expect(fixes).toEqual([]);
  });
});
