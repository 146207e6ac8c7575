import * as fs from "node:fs";
import { createServer } from "node:http";
import * as os from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { fingerprintKey } from "../../src/keys/fingerprint.js";
import { readHistory } from "../../src/rotate/journal/history.js";
import { rotateKey, setKey } from "../../src/rotate/rotate.js";
import { keyA, keyB } from "../helpers/keys.js";
import { buildServer } from "../helpers/restartable-server.js";
import { namesOf, oldText, prepareRotation } from "../helpers/rotation.js";

const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-restart-"));
let script: string;
beforeAll(async () => {
  script = await buildServer(folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const prepare = (text?: string | null) => prepareRotation(script, text);
const containing = (words: string) => expect.stringContaining(words) as string;

describe("a rotation with a restart", () => {
  it("is proven on the running server, and leaves nothing but a line in the history", async () => {
    const { options, file, ask, listLeftovers, machine } = await prepare();
    const { report, newKey } = await rotateKey(options);
    expect(namesOf(report)).toBe("lock read check copy make write restart wait prove commit");
    expect(report).toMatchObject({
      status: "rotated",
      location: file,
      oldFingerprint: fingerprintKey(keyA),
      newFingerprint: fingerprintKey(newKey ?? ""),
      next: [],
      notes: [],
      proof: { checks: expect.any(Number) },
    });
    // The key on 32 connections, and then beside 96 that are wrong, to begin with.
    expect(report.proof?.checks).toBeGreaterThan(32 + 2 * 96);
    expect(fs.readFileSync(file, "utf8")).toBe(oldText.replace(keyA, newKey ?? ""));
    expect(await ask(newKey)).toBe("enforced");
    expect(await ask(keyA)).toBe("key-rejected");
    expect(listLeftovers()).toEqual([]);
    expect(readHistory(machine)).toMatchObject([{ outcome: "rotated", location: file }]);
  });

  it("waits for a server that takes its time", async () => {
    const { options, server, ask } = await prepare();
    server.setMode("slow");
    const { report, newKey } = await rotateKey(options);
    expect(report.status).toBe("rotated");
    expect(await ask(newKey)).toBe("enforced");
  });

  it("does not believe the status of the restart command", async () => {
    const { options, server } = await prepare();
    server.setMode("well", 1);
    expect((await rotateKey(options)).report.status).toBe("rotated");
  });

  it("sets a key that the caller brings", async () => {
    const { options, ask, file } = await prepare();
    const { report } = await setKey({ ...options, key: keyB });
    expect(report.status).toBe("rotated");
    expect(await ask(keyB)).toBe("enforced");
    expect(fs.readFileSync(file, "utf8")).toContain(keyB);
  });

  it("leaves a key alone that the file has already", async () => {
    const { options, file, ask, listLeftovers } = await prepare();
    const started: string[] = [];
    const onStepStart = (name: string) => void started.push(name);
    const { report } = await setKey({ ...options, key: keyA, onStepStart });
    expect(report).toMatchObject({
      status: "unchanged",
      newFingerprint: null,
      notes: [`that key is in ${file} already`],
    });
    expect(started).not.toContain("restart");
    expect(fs.readFileSync(file, "utf8")).toBe(oldText);
    expect(await ask(keyA)).toBe("enforced");
    expect(listLeftovers()).toEqual([]);
  });

  it.each([
    ["the old server survives", "ignore", 0, "new-key-refused", "does not take the key in the"],
    ["the restart fails", "ignore", 1, "new-key-refused", "/bin/sh ended with status 1, and "],
    ["it listens on more", "once wide", 0, "listens-wider", "listens on 0.0.0.0, and did not"],
    [
      "it lets everybody in",
      "once open",
      0,
      "lets-in-anybody",
      "says that its authentication is off",
    ],
  ] as const)("is undone when %s", async (_, mode, status, code, words) => {
    const { options, server, file, ask, listLeftovers, machine } = await prepare();
    server.setMode(mode, status);
    const timeoutMs = mode === "ignore" ? 300 : 5000;
    const { report } = await rotateKey({ ...options, restart: { ...options.restart, timeoutMs } });
    expect(report).toMatchObject({ status: "undone", newFingerprint: null, reason: { code } });
    expect(report.reason.message).toContain(words);
    expect(namesOf(report)).toMatch(/(?:wait|prove)! undo$/);
    expect(fs.readFileSync(file, "utf8")).toBe(oldText);
    expect(await ask(keyA)).toBe("enforced");
    expect(listLeftovers()).toEqual([]);
    expect(readHistory(machine)).toMatchObject([{ outcome: "undone" }]);
  });

  it("is stuck when undoing it fails too, and keeps what undoing it needs", async () => {
    const { options, server, file, copy, machine } = await prepare();
    server.setMode("die");
    const restart = { ...options.restart, timeoutMs: 300 };
    const { report, newKey } = await rotateKey({ ...options, restart });
    expect(namesOf(report)).toMatch(/wait! undo!$/);
    expect(report).toMatchObject({
      status: "stuck",
      newFingerprint: fingerprintKey(newKey ?? ""),
      reason: { code: "not-answering" },
      copy,
    });
    expect(report.notes).toEqual([
      `${file} has its old bytes`,
      containing("undoing it failed: the server at"),
    ]);
    const { journal = "" } = report;
    expect(fs.readFileSync(copy, "utf8")).toBe(oldText);
    for (const path of [copy, journal]) expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(journal, "utf8")).not.toMatch(new RegExp(`${keyA}|${newKey}`));
    expect(readHistory(machine)).toMatchObject([{ outcome: "stuck" }]);
    await expect(rotateKey(options)).rejects.toMatchObject({
      code: "interrupted",
      message: expect.stringMatching(/^the rotation of .* was cut off while it was undone$/),
      hint: containing("--resume"),
    });
  });

  it("never goes back to no key", async () => {
    const { options, server, file } = await prepare("A=1\n");
    server.setMode("ignore");
    const restart = { ...options.restart, timeoutMs: 300 };
    const { report, newKey } = await rotateKey({ ...options, restart });
    expect(report).toMatchObject({ status: "stuck", copy: null, oldFingerprint: null });
    expect(report.notes).toContainEqual(containing("the new key stays: there was no key before"));
    expect(fs.readFileSync(file, "utf8")).toBe(`A=1\nJEAN2_AUTH_TOKEN=${newKey}\n`);
  });

  it("gives a server its first key", async () => {
    const { options, ask, file } = await prepare(null);
    const { report, newKey } = await rotateKey(options);
    expect(report).toMatchObject({ status: "rotated", oldFingerprint: null });
    // It did let everybody in; that is past, and proven to be.
    expect(report.notes).toEqual([]);
    expect(fs.readFileSync(file, "utf8")).toBe(`JEAN2_AUTH_TOKEN=${newKey}\n`);
    expect(await ask(newKey)).toBe("enforced");
  });

  it("never goes back to a leaked key", async () => {
    const { options, server, file } = await prepare();
    server.setMode("ignore");
    const restart = { ...options.restart, timeoutMs: 300 };
    const { report, newKey } = await rotateKey({ ...options, restart, leaked: true });
    expect(report).toMatchObject({ status: "stuck", copy: null });
    expect(report.notes).toContainEqual(containing("the leaked key is never put back"));
    expect(fs.readFileSync(file, "utf8")).toBe(oldText.replace(keyA, newKey ?? ""));
  });

  it("leaves a stopped server stopped", async () => {
    const { options, server, file, ask, listLeftovers } = await prepare();
    await server.stop();
    const { report, newKey } = await rotateKey(options);
    expect(report.status).toBe("unverified");
    expect(namesOf(report)).toBe("lock read check make write commit");
    expect(report.notes).toEqual(["Jean2 does not run, and is not started"]);
    expect(fs.readFileSync(file, "utf8")).toBe(oldText.replace(keyA, newKey ?? ""));
    expect(await ask(newKey)).toBe("unreachable");
    expect(listLeftovers()).toEqual([]);
  });

  it("goes on where the file was changed since the server started", async () => {
    const { options, file, ask } = await prepare();
    fs.writeFileSync(file, oldText.replace(keyA, keyB));
    const { report, newKey } = await rotateKey(options);
    expect(report.status).toBe("rotated");
    expect(report.notes).toEqual([]);
    expect(await ask(newKey)).toBe("enforced");
    expect(await ask(keyA)).toBe("key-rejected");
  });

  it("goes back to the file's key, where that was changed since the server started", async () => {
    const { options, file, server, ask } = await prepare();
    fs.writeFileSync(file, oldText.replace(keyA, keyB));
    server.setMode("once wide");
    const { report } = await rotateKey(options);
    expect(report).toMatchObject({ status: "undone", reason: { code: "listens-wider" } });
    expect(report.notes[0]).toContain("before this, Jean2 had another key than the file");
    expect(fs.readFileSync(file, "utf8")).toBe(oldText.replace(keyA, keyB));
    expect(await ask(keyB)).toBe("enforced");
  });

  it("keeps what another program changes meanwhile, and undoes the key alone", async () => {
    const { options, server, file, ask } = await prepare();
    server.setMode("once wide");
    const { report } = await rotateKey({
      ...options,
      onStep: ({ name }) => {
        if (name === "restart") fs.appendFileSync(file, "\nPROVIDER=x\n");
      },
    });
    expect(report.status).toBe("undone");
    expect(report.notes).toEqual([containing("only the key was put back")]);
    expect(fs.readFileSync(file, "utf8")).toBe(`${oldText}\nPROVIDER=x\n`);
    expect(await ask(keyA)).toBe("enforced");
  });

  it("is stuck when another program puts in a third key", async () => {
    const { options, server, file } = await prepare();
    server.setMode("once wide");
    const { report } = await rotateKey({
      ...options,
      onStep: ({ name }) => {
        if (name === "prove") fs.writeFileSync(file, `JEAN2_AUTH_TOKEN=${keyB}\n`);
      },
    });
    expect(report.status).toBe("stuck");
    expect(report.notes[1]).toContain("another program put a third key into");
    expect(fs.readFileSync(file, "utf8")).toBe(`JEAN2_AUTH_TOKEN=${keyB}\n`);
  });
});

describe("a rotation refuses, and changes nothing, where", () => {
  it.each([
    ["something else answers", "<html>", "could not be proven"],
    ["what restarts the server does not know of it", null, "does not know of it"],
  ])("%s", async (_, page, words) => {
    const { options, file, listLeftovers } = await prepare();
    const other = createServer((_request, response) => void response.end(page));
    await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    const knowledge = { pidFile: "/no/such/file" };
    const url = `http://127.0.0.1:${port}`;
    const restart = { ...options.restart, ...(page === null ? { knowledge } : { url }) };
    await expect(rotateKey({ ...options, restart })).rejects.toMatchObject({
      code: "unprovable",
      message: containing(words),
    });
    other.close();
    expect(fs.readFileSync(file, "utf8")).toBe(oldText);
    expect(listLeftovers()).toEqual([]);
  });

  it("a copy has no journal", async () => {
    const { options, copy } = await prepare();
    fs.writeFileSync(copy, "JEAN2_AUTH_TOKEN=other\n");
    await expect(rotateKey(options)).rejects.toMatchObject({
      code: "interrupted",
      message: containing("whose journal is not here"),
    });
    // One that holds what the file holds is of no use to anybody.
    fs.writeFileSync(copy, oldText);
    expect((await rotateKey(options)).report.status).toBe("rotated");
    expect(fs.existsSync(copy)).toBe(false);
  });
});

describe("a rotation", () => {
  it("keeps a second one away, which fails at once and names the holder", async () => {
    const { options, ask } = await prepare();
    const started = new Set<string>();
    const first = rotateKey({ ...options, onStepStart: (name) => void started.add(name) });
    while (!started.has("check")) await new Promise((resolve) => setImmediate(resolve));
    await expect(rotateKey(options)).rejects.toMatchObject({
      code: "locked",
      message: containing(`is being changed by process ${process.pid} on `),
    });
    const { report, newKey } = await first;
    expect(report.status).toBe("rotated");
    expect(await ask(newKey)).toBe("enforced");
  });

  it("goes on although nobody can be told of the steps", async () => {
    const { options } = await prepare();
    const tell = () => {
      throw new Error("the terminal is gone");
    };
    const { report } = await rotateKey({ ...options, onStep: tell, onStepStart: tell });
    expect(report.status).toBe("rotated");
  });
});

describe("somebody who wants to stop", () => {
  function interrupts() {
    const first = new AbortController();
    const second = new AbortController();
    return { first, second, interrupt: { first: first.signal, second: second.signal } };
  }

  it.each(["check", "copy", "make"] as const)("at %s: nothing was changed", async (step) => {
    const { options, file, ask, listLeftovers } = await prepare();
    const { first, interrupt } = interrupts();
    const onStepStart = (name: string) => {
      if (name === step) first.abort();
    };
    await expect(rotateKey({ ...options, interrupt, onStepStart })).rejects.toMatchObject({
      code: "cancelled",
      message: "cancelled: nothing was changed",
    });
    expect(fs.readFileSync(file, "utf8")).toBe(oldText);
    expect(await ask(keyA)).toBe("enforced");
    expect(listLeftovers()).toEqual([]);
  });

  it.each(["write", "restart", "wait", "prove"] as const)("at %s: undone", async (step) => {
    const { options, file, ask, listLeftovers } = await prepare();
    const { first, interrupt } = interrupts();
    const onStepStart = (name: string) => {
      if (name === step) first.abort();
    };
    const { report } = await rotateKey({ ...options, interrupt, onStepStart });
    expect(report).toMatchObject({ status: "undone", reason: { code: "interrupted" } });
    expect(fs.readFileSync(file, "utf8")).toBe(oldText);
    expect(await ask(keyA)).toBe("enforced");
    expect(listLeftovers()).toEqual([]);
  });

  it("twice: all is left as it is", async () => {
    const { options, server } = await prepare();
    const { first, second, interrupt } = interrupts();
    server.setMode("slow");
    const { report } = await rotateKey({
      ...options,
      interrupt,
      onStepStart(name) {
        if (name === "wait") first.abort();
        if (name === "undo") second.abort();
      },
    });
    expect(report).toMatchObject({ status: "stuck", reason: { code: "interrupted" } });
    expect(fs.existsSync(report.journal ?? "")).toBe(true);
    expect(fs.readFileSync(report.copy ?? "", "utf8")).toBe(oldText);
  });
});
