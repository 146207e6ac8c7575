import * as fs from "node:fs";
import * as os from "node:os";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readHistory } from "../../src/rotate/journal/history.js";
import { journalPath } from "../../src/rotate/journal/journal.js";
import { journalSteps } from "../../src/rotate/journal/journal-shape.js";
import { runBuilt } from "../helpers/built.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder, testMachine } from "../helpers/machine.js";
import { buildServer } from "../helpers/restartable-server.js";
import { oldText, prepareRotation } from "../helpers/rotation.js";

/** What keyward 0.1.0 left on a disk; make.sh there says how it came about. */
const state = resolve("test/fixtures/state-0.1.0");

/** A file of it, as it would be with this home and this server. */
function readState(file: string, home: string, url = ""): string {
  const text = fs.readFileSync(join(state, file), "utf8");
  return text.replaceAll("HOME", home).replaceAll('"URL"', JSON.stringify(url));
}

function putFile(path: string, text: string, mode = 0o600): void {
  fs.mkdirSync(resolve(path, ".."), { recursive: true, mode: 0o700 });
  fs.writeFileSync(path, text, { mode });
}

describe("the settings of 0.1.0", () => {
  function prepareHome(): string {
    const home = temporaryFolder();
    putFile(join(home, ".config/keyward/config.json"), readState("config.json", home));
    return home;
  }

  it("are listed, with all that they say", async () => {
    const home = prepareHome();
    const list = (...more: string[]) =>
      runBuilt("keyward", ["server", "list", ...more], { env: { HOME: home } });
    const { stdout } = await list("--json");
    const { servers } = JSON.parse(readState("config.json", home)) as { servers: object };
    const named = Object.entries(servers).map(([name, fields]) => ({ name, ...fields }));
    expect(JSON.parse(stdout)).toMatchObject({ servers: named });
    expect(named.map(({ name }) => name)).toEqual([
      "agent",
      "haip",
      "jarvis.1",
      "jean_2",
      "lab",
      "other",
    ]);
    expect(await list()).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining(`docker compose up -d 'the agent'\\''s'`),
    });
  });

  it.each([
    ["agent", "agent.env", "AGENT_KEY=K\n"],
    ["haip", "haip.env", "JWT_SECRET=K\n"],
    ["other", "other.env", "OTHER_KEY=K\n"],
    ["lab", ".jean2/.env", "JEAN2_AUTH_TOKEN=K\n"],
  ])("lead %s to its key", async (name, file, text) => {
    const home = prepareHome();
    putFile(join(home, file), text.replace("=K", `=${keyA}`));
    const argv = ["token", "show", "--reveal", "--server", name];
    const shown = await runBuilt("keyward", argv, { env: { HOME: home } });
    expect(shown).toMatchObject({ code: 0, stdout: `${keyA}\n` });
  });

  it("lose nothing when they are changed", async () => {
    const home = prepareHome();
    const env = { HOME: home };
    const add = ["server", "add", "new", "--system", "jean2"];
    expect(await runBuilt("keyward", add, { env })).toMatchObject({ code: 0 });
    expect(await runBuilt("keyward", ["server", "remove", "new"], { env })).toMatchObject({
      code: 0,
    });
    const { stdout } = await runBuilt("keyward", ["server", "list", "--json"], { env });
    const { servers } = JSON.parse(readState("config.json", home)) as { servers: object };
    expect(JSON.parse(stdout)).toMatchObject({
      servers: Object.entries(servers).map(([name, fields]) => ({ name, ...fields })),
    });
  });
});

describe("the history of 0.1.0", () => {
  it("is printed whole, and goes on", async () => {
    const home = temporaryFolder();
    const env = { HOME: home };
    const old = readState("history.jsonl", home).trimEnd().split("\n").reverse();
    putFile(join(home, ".local/state/keyward/history.jsonl"), `${old.toReversed().join("\n")}\n`);
    const { code, stdout } = await runBuilt("jean2", ["token", "history", "--json"], { env });
    const { entries } = JSON.parse(stdout) as { entries: { outcome: string }[] };
    expect(code).toBe(0);
    expect(entries).toEqual(old.map((line) => JSON.parse(line)));
    expect(entries.map(({ outcome }) => outcome)).toEqual([
      "stuck",
      "undone",
      "rotated",
      "unverified",
    ]);
    const plain = await runBuilt("jean2", ["token", "history"], { env });
    expect(plain.stdout.trimEnd().split("\n").length).toBeGreaterThanOrEqual(old.length);

    putFile(join(home, ".jean2/.env"), `JEAN2_AUTH_TOKEN=${keyA}\n`);
    expect(await runBuilt("jean2", ["token", "rotate"], { env })).toMatchObject({ code: 0 });
    const now = readHistory(testMachine({ home }));
    expect(now.length).toBe(old.length + 1);
    expect(now.slice(1)).toEqual(entries);
  });
});

describe("a rotation that 0.1.0 began and was killed in", () => {
  const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-old-"));
  let script: string;
  beforeAll(async () => {
    script = await buildServer(folder);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** The steps that begin when the server has been restarted with the new key. */
  const restarted: ReadonlySet<string> = new Set(["wait", "prove", "commit"]);

  async function prepare(step: string) {
    const at = (name: string) => join(state, "journals", step, name);
    const text = fs.readFileSync(at("env"), "utf8");
    const setting = await prepareRotation(script, restarted.has(step) ? text : oldText);
    const { home, file, copy, server } = setting;
    putFile(file, text);
    if (fs.existsSync(at("env-old"))) putFile(copy, fs.readFileSync(at("env-old"), "utf8"));
    const [program, ...args] = server.command;
    putFile(join(home, "restart"), `#!/bin/sh\nexec ${program} ${args.join(" ")}\n`, 0o700);
    const journal = readState(`journals/${step}/journal.json`, home, server.url);
    putFile(journalPath(file, testMachine({ home })), journal);
    const keyOf = (content: string) => /^JEAN2_AUTH_TOKEN=(.*)$/m.exec(content)?.[1] ?? "";
    const run = (...argv: string[]) =>
      runBuilt("jean2", ["token", ...argv], {
        env: {
          HOME: home,
          PATH: process.env["PATH"] ?? "",
          JEAN2_HOST: "127.0.0.1",
          JEAN2_PORT: `${server.port}`,
        },
      });
    return {
      ...setting,
      run,
      begun: keyOf(text),
      readKey: () => keyOf(fs.readFileSync(file, "utf8")),
    };
  }

  it("is there for every step", () => {
    expect(fs.readdirSync(join(state, "journals")).sort()).toEqual([...journalSteps].sort());
  });

  it.each(journalSteps)("in %s, is noticed, and finished with --resume", async (step) => {
    const { run, begun, readKey, ask, listLeftovers, machine } = await prepare(step);
    const refused = await run("rotate");
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("was cut off") });
    expect(refused.stderr).toContain("old-user began on old-host");

    const { code, stdout, stderr } = await run("rotate", "--resume", "--json");
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ status: "rotated" });
    // Where the new key was not written yet, another was made.
    expect(readKey() === begun).toBe(begun !== keyA);
    expect(await ask(readKey())).toBe("enforced");
    expect(await ask(keyA)).toBe("key-rejected");
    expect(listLeftovers()).toEqual([]);
    expect(readHistory(machine).map(({ outcome }) => outcome)).toEqual(["rotated"]);
  });

  it.each(journalSteps)("in %s, is undone with --undo", async (step) => {
    const { run, begun, readKey, ask, listLeftovers, file } = await prepare(step);
    const { code, stdout, stderr } = await run("rotate", "--undo", "--json");
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ status: "undone" });
    expect(fs.readFileSync(file, "utf8")).toBe(oldText);
    expect(await ask(readKey())).toBe("enforced");
    expect(await ask(begun)).toBe(begun === keyA ? "enforced" : "key-rejected");
    expect(listLeftovers()).toEqual([]);
  });
});
