import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import { createMachine } from "../../src/core/machine.js";
import { probe } from "../../src/probe/probe.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { runBuilt } from "../helpers/built.js";
import { binOf } from "../helpers/installation.js";
import { keyA, keyB } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { openTerminal } from "../helpers/pty.js";
import { listLeftovers } from "../helpers/rotation.js";
import { buildWorkers, startWorkers } from "../helpers/worker-server.js";
import { startJean2, type StandInJean2 } from "../helpers/stand-in-jean2.js";

// Many processes on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

const text = `JEAN2_AUTH_TOKEN=${keyA}\n`;

async function prepare() {
  const home = temporaryFolder();
  mkdirSync(join(home, ".jean2"));
  const file = join(home, ".jean2", ".env");
  writeFileSync(file, text, { mode: 0o600 });
  const server = await startJean2(home);
  const env = { HOME: home, PATH: `${server.bin}:${process.env["PATH"]}` };
  const rotate = (...argv: string[]) =>
    runBuilt("jean2", ["token", "rotate", "--restart", ...argv], { env });
  return { home, file, server, env, rotate };
}

async function ask({ port }: StandInJean2, key: string) {
  const machine = createMachine({ process, date: Date });
  return (await probe({ system: jean2, url: `http://127.0.0.1:${port}`, key, machine })).verdict;
}

function keyIn(file: string): string {
  return readFileSync(file, "utf8").trim().replace("JEAN2_AUTH_TOKEN=", "");
}

const leftovers = (home: string) => listLeftovers(home).filter((name) => name !== "server.pid");

describe("jean2 token rotate --restart", () => {
  it("does all of it, with a line per step", async () => {
    const { home, file, server, rotate } = await prepare();
    const { code, stdout, stderr } = await rotate();
    expect(code).toBe(0);
    const key = keyIn(file);
    expect(stdout).toMatch(/\.env {2}sha256:\w{12} -> sha256:\w{12}\n$/);
    // Said when it happens: not before the key is written.
    expect(stderr).toMatch(
      new RegExp(
        `write done in .*\\njean2: restarting Jean2 with: ${server.bin}/jean2 restart --host 127.0.0.1`,
      ),
    );
    expect(stderr).toMatch(
      /jean2: proven: the new key works, the old one and made-up ones are refused, nobody gets in without one \(\d+ checks, 1 of 1 workers met\)\n$/,
    );
    const steps = "lock read check copy make write restart wait prove commit".split(" ");
    const shown = [...stderr.matchAll(/^jean2: (\w+) done in [\d.]+ m?s$/gm)].map(([, at]) => at);
    expect(shown).toEqual(steps);
    expect(stdout + stderr).not.toMatch(new RegExp(`${keyA}|${key}`));
    expect(await ask(server, key)).toBe("enforced");
    expect(await ask(server, keyA)).toBe("key-rejected");
    expect(leftovers(home)).toEqual([]);
  });

  it("restarts in the root folder, with the live host and port, and without any key", async () => {
    const { home, server, env } = await prepare();
    const project = join(home, "project");
    mkdirSync(project);
    writeFileSync(join(project, ".env"), `JEAN2_AUTH_TOKEN=${keyB}\n`);
    const { code } = await runBuilt("jean2", ["token", "rotate", "--restart"], {
      env: { ...env, JEAN2_AUTH_TOKEN: keyB, MY_COPY: keyA, KEYWARD_HOPS: "1", OTHER: "kept" },
      cwd: project,
    });
    expect(code).toBe(0);
    const { argv, cwd, env: seen } = server.readRecord();
    expect(argv).toEqual(["restart", "--host", "127.0.0.1", "--port", String(server.port)]);
    expect(cwd).toBe("/");
    expect(Object.keys(seen).sort()).toEqual(["HOME", "OTHER", "PATH"]);
  });

  it.each([
    ["survive", "does not take the key in the file"],
    ["wide", "listens on 0.0.0.0, and did not before"],
  ] as const)("is undone when the restart is of the kind %s", async (mode, words) => {
    const { home, file, server, rotate } = await prepare();
    server.setMode(mode);
    const timeout = mode === "survive" ? "2s" : "20s";
    const { code, stdout, stderr } = await rotate("--json", "--timeout", timeout);
    const report = JSON.parse(stdout) as { notes: string[]; reason: { message: string } };
    expect(report).toMatchObject({ status: "undone", newFingerprint: null, next: [] });
    expect(report.reason.message).toContain(words);
    // One that listens on more with the old key too is not quite as it was.
    const note = "listens on 0.0.0.0, and did not before: restart it as it was started before";
    expect(report.notes.join()).toContain(mode === "wide" ? note : "");
    expect([code, stderr]).toEqual([4, ""]);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(await ask(server, keyA)).toBe("enforced");
    expect(leftovers(home)).toEqual([]);
  });

  it("is stuck when no server comes back, and resumed when one can", async () => {
    const { home, file, server, rotate, env } = await prepare();
    server.setMode("die");
    const { code, stderr } = await rotate("--timeout", "1s");
    expect(code).toBe(5);
    expect(stderr).toContain(`the old bytes are in ${join(home, ".jean2", "..env.keyward-old")}`);
    expect(stderr).toMatch(/token rotate --resume; or go back: .*token rotate --undo/);
    const later = await runBuilt("jean2", ["token", "rotate"], { env });
    expect(later.code).toBe(3);
    expect(later.stderr).toContain("was cut off while it was undone");
    server.setMode("well");
    const undone = await runBuilt("jean2", ["token", "rotate", "--undo"], { env });
    expect(undone.code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(await ask(server, keyA)).toBe("enforced");
    expect(leftovers(home)).toEqual([]);
    const again = await runBuilt("jean2", ["token", "rotate", "--undo"], { env });
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("no rotation was cut")]);
  });

  it("ends a restart command that never ends", async () => {
    const { file, server, rotate } = await prepare();
    server.setMode("hang");
    const { code, stderr } = await rotate("--timeout", "1s");
    expect(code).toBe(4);
    expect(stderr).toContain("did not end in 1 s");
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("refuses a server that its program does not know of", async () => {
    const { home, file, rotate } = await prepare();
    writeFileSync(join(home, ".jean2", "server.pid"), "");
    const { code, stderr } = await rotate("--server", "none");
    expect(code).toBe(3);
    expect(stderr).toContain("no server is named none");
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("shows the current step on a terminal, and is undone by Ctrl-C", async () => {
    const { home, file, server, env } = await prepare();
    server.setMode("hang");
    const terminal = openTerminal(
      process.execPath,
      [binOf("jean2"), "token", "rotate", "--restart"],
      { env, cwd: home, name: "xterm" },
    );
    await terminal.waitFor(/restart: restarting the server … \d+ ms/);
    terminal.type("\x03");
    await terminal.waitFor(/stopping; press Ctrl-C again to leave it as it is/);
    server.setMode("well");
    await terminal.waitFor(/the old key is back/);
    expect(await terminal.ended).toEqual({ exitCode: 4, signal: 0 });
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(await ask(server, keyA)).toBe("enforced");
    expect(leftovers(home)).toEqual([]);
  });

  it("tells clients what they need, on a terminal", async () => {
    const { home, file, env } = await prepare();
    const argv = [binOf("jean2"), "token", "rotate", "--restart"];
    const terminal = openTerminal(process.execPath, argv, { env, cwd: home });
    expect((await terminal.ended).exitCode).toBe(0);
    expect(terminal.output).toContain("clients need the new key");
    expect(terminal.output).toContain('curl -H "Authorization: Bearer $JEAN2_AUTH_TOKEN" http://');
    expect(terminal.output).not.toContain(keyIn(file));
  });
});

describe("jean2 token rotate --restart that does not restart", () => {
  it("when no new key is due", async () => {
    const { file, rotate } = await prepare();
    await rotate();
    const key = keyIn(file);
    const { code, stdout, stderr } = await rotate("--if-older-than", "30d");
    expect([code, stdout]).toEqual([0, `unchanged: ${file}\n`]);
    expect(stderr).not.toContain("restarting");
    expect(keyIn(file)).toBe(key);
  });

  it("when it only shows what it would do", async () => {
    const { file, rotate } = await prepare();
    const { code, stderr } = await rotate("--dry-run");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^jean2: read done in .*\njean2: then it would restart Jean2 with: /);
    expect(stderr).not.toContain("restarting");
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

describe("a server of eight workers", () => {
  it.each([
    ["all", 0, "proven: the new key works, the old one and made-up ones are refused"],
    ["all but one", 4, "still takes the old key: one of its workers may not have restarted"],
  ] as const)("that restarts %s: status %i", async (mode, status, words) => {
    const home = temporaryFolder();
    mkdirSync(join(home, ".jean2"));
    const file = join(home, ".jean2", ".env");
    writeFileSync(file, text, { mode: 0o600 });
    const { port, command } = await startWorkers(await buildWorkers(home), home, mode);
    const env = { HOME: home, JEAN2_PORT: `${port}`, PATH: process.env["PATH"] ?? "" };
    const argv = ["token", "rotate", "--restart-command", "--", ...command];
    const { code, stderr } = await runBuilt("jean2", argv, { env });
    expect([code, stderr]).toEqual([status, expect.stringContaining(words)]);
    expect(readFileSync(file, "utf8") === text).toBe(status === 4);
  });
});

describe("a server one of whose workers never answers", () => {
  it.each([
    [[], 3],
    [["--accept-unverified"], 0],
  ] as const)("is unverified, with %j: status %i", async (options, status) => {
    const home = temporaryFolder();
    mkdirSync(join(home, ".jean2"));
    const file = join(home, ".jean2", ".env");
    writeFileSync(file, text, { mode: 0o600 });
    const workers = { sharing: "shared", workers: 2 } as const;
    const script = await buildWorkers(home);
    const { port, command } = await startWorkers(script, home, "one stopped", workers);
    const env = { HOME: home, JEAN2_PORT: `${port}`, PATH: process.env["PATH"] ?? "" };
    const argv = ["token", "rotate", "--json", ...options, "--restart-command", "--", ...command];
    const { code, stdout, stderr } = await runBuilt("jean2", argv, { env });
    expect([code, stderr]).toEqual([status, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "unverified",
      reason: { code: "workers-not-met", message: expect.stringContaining("not tried: process") },
      workers: { met: 1, seen: 2 },
    });
    expect(stdout).not.toContain(keyA);
    expect(readFileSync(file, "utf8")).not.toBe(text);
    expect(listLeftovers(home)).toEqual([]);
  });
});

/** A Jean2 whose verify route goes on taking keyA in its URL, whatever its key is. */
async function startForgetful(home: string) {
  const flag = join(home, "restarted");
  let current = keyA;
  const server = createServer((request, response) => {
    if (existsSync(flag)) {
      rmSync(flag);
      current = keyIn(join(home, ".jean2", ".env"));
    }
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    if (pathname === "/api/info") return answer(200, { name: "AI Agent Server", version: "1.0.0" });
    if (pathname !== "/api/auth/verify") {
      const message = "The requested endpoint does not exist";
      return answer(404, { error: "Not Found", message });
    }
    const query = searchParams.get("token");
    const given = request.headers.authorization?.replace("Bearer ", "") ?? query;
    if (given === current || (given === keyA && given === query))
      return answer(200, { valid: true });
    return answer(401, { error: "Unauthorized", message: "Invalid or missing API token" });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { flag, port: (server.address() as AddressInfo).port };
}

describe("a server that takes the old key in a URL that it logs", () => {
  it("ends with status 5 and the new key, and the printed command runs", async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, ".jean2"));
    const file = join(home, ".jean2", ".env");
    writeFileSync(file, text, { mode: 0o600 });
    const { flag, port } = await startForgetful(home);
    const env = { HOME: home, JEAN2_PORT: `${port}`, PATH: process.env["PATH"] ?? "" };
    const restart = ["sh", "-c", `echo > ${flag}`];
    const argv = ["token", "rotate", "--restart-command", "--", ...restart];
    const { code, stderr } = await runBuilt("keyward", ["--system", "jean2", ...argv], { env });
    expect(code).toBe(5);
    expect(stderr).toContain("still takes the old key in the URL of /api/auth/verify");
    expect(stderr).not.toContain(keyA);
    const key = keyIn(file);
    expect(key).not.toBe(keyA);
    expect(leftovers(home)).toEqual([]);
    const printed = /rotate again: keyward (.*)\n/.exec(stderr)?.[1] ?? "";
    expect(printed).toMatch(/^--system jean2 token rotate --restart-command -- \/\S*sh -c '/);
    const words = printed.replace(/ -c '.*'$/, "").split(" ");
    const again = await runBuilt("keyward", [...words, "-c", `echo > ${flag}`], { env });
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("1 of 1 workers met")]);
    expect(keyIn(file)).not.toBe(key);
  });
});

describe("jean2 token rotate with a restart command", () => {
  it("runs it word by word, and shows what it printed with --debug", async () => {
    const { home, server, env } = await prepare();
    const script = join(home, "my restart.sh");
    const pidFile = join(home, ".jean2", "server.pid");
    writeFileSync(
      script,
      [
        "#!/bin/sh",
        'echo "saw $# $1"',
        `cat ${join(home, ".jean2", ".env")}`,
        `exec ${server.bin}/jean2 restart --host 127.0.0.1 --port ${server.port}`,
      ].join("\n"),
      { mode: 0o755 },
    );
    const argv = ["token", "rotate", "--debug", "--restart-command", "--", script, "a $(b) c"];
    const { code, stderr } = await runBuilt("jean2", argv, { env });
    expect(code).toBe(0);
    expect(stderr).toContain("jean2: debug: restart: saw 1 a $(b) c\n");
    expect(stderr).toContain("jean2: debug: restart: (a line with a key)\n");
    expect(stderr).not.toContain("JEAN2_AUTH_TOKEN=");
    expect(readFileSync(pidFile, "utf8")).toContain(String(server.port));
    expect(readdirSync(join(home, ".local", "state", "keyward"))).toEqual(["history.jsonl"]);
  });

  it("is unchanged where nothing is due, whether or not it could be restarted", async () => {
    const { home, file } = await prepare();
    const argv = ["token", "rotate", "--restart", "--if-missing"];
    const { code, stdout } = await runBuilt("jean2", argv, {
      env: { HOME: home, PATH: "/nonexistent" },
    });
    expect([code, stdout]).toEqual([0, `unchanged: ${file}\n`]);
  });

  it.each([
    [["--restart-command"], 2, "names no program"],
    [["--restart-command", "--", "no-such-program"], 3, "there is no no-such-program here"],
    [["--restart-command", "--", "sh", "-c", `KEY=${keyB} x`], 2, "holds what looks like a key"],
    [["--", "sh"], 2, "too many arguments"],
    [["--timeout", "5s"], 2, "--timeout is for --restart"],
    [["--accept-unverified"], 2, "--accept-unverified is for --restart"],
    [["--restart", "--timeout", "x"], 2, "--timeout takes a time"],
    [["--resume", "--undo"], 2, "cannot be used together"],
    [["--undo", "--restart"], 2, "continue a rotation that was started before"],
    [["--if-older-than", "soon"], 2, "--if-older-than takes a duration, got soon"],
  ])("%j ends with status %i", async (argv, status, words) => {
    const home = temporaryFolder();
    mkdirSync(join(home, ".jean2"));
    writeFileSync(join(home, ".jean2", ".env"), text, { mode: 0o600 });
    const env = { HOME: home, PATH: process.env["PATH"] ?? "" };
    const { code, stderr } = await runBuilt("jean2", ["token", "rotate", ...argv], { env });
    expect([code, stderr]).toEqual([status, expect.stringContaining(words)]);
    expect(readFileSync(join(home, ".jean2", ".env"), "utf8")).toBe(text);
  });
});
