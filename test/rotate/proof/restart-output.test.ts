import * as fs from "node:fs";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { cleanEnvironment, runRestart } from "../../../src/rotate/proof/restart.js";
import { keyA } from "../../helpers/keys.js";
import { testMachine } from "../../helpers/machine.js";

const hex = Buffer.from(keyA).toString("hex");
const spellings: readonly (readonly [string, string])[] = [
  ["as it is", keyA],
  ["in hexadecimal", hex],
  ["in hexadecimal of upper case", hex.toUpperCase()],
  ["in base64", Buffer.from(keyA).toString("base64")],
  ["in base64 without padding", Buffer.from(keyA).toString("base64").replace(/=+$/, "")],
  ["in base64url", Buffer.from(keyA).toString("base64url")],
  ["in Basic", Buffer.from(`agent:${keyA}`).toString("base64")],
  ["percent-encoded", hex.replaceAll(/../g, "%$&")],
  ["percent-encoded in upper case", hex.toUpperCase().replaceAll(/../g, "%$&")],
  ["in JSON within JSON", JSON.stringify(JSON.stringify({ key: keyA }))],
  ["escaped for a shell", keyA.replaceAll("-", "\\-")],
];

function prepare(script: string, env: Record<string, string> = {}) {
  const machine = testMachine({ env: { PATH: process.env["PATH"] ?? "", ...env } });
  const lines: string[] = [];
  const run = () =>
    runRestart({
      command: ["/bin/sh", "-c", script],
      machine,
      variable: "JEAN2_AUTH_TOKEN",
      secrets: [keyA],
      timeoutMs: 20_000,
      signal: new AbortController().signal,
      onOutput: (line) => lines.push(line),
    });
  const folder = join(machine.home, ".local", "state", "keyward");
  return { machine, lines, run, folder };
}

describe.each(spellings)("a key %s", (_, spelling) => {
  it("does not get into the environment of a restart command", () => {
    const { machine } = prepare("", { PLAIN: "1", LEAK: `x ${spelling} y` });
    const env = cleanEnvironment({ machine, variable: "K", secrets: [keyA] });
    expect(Object.keys(env)).toEqual(["HOME", "PATH", "PLAIN"]);
  });

  it("is not shown where the command prints it", async () => {
    const { run, lines, machine, folder } = prepare("cat ~/said");
    fs.writeFileSync(join(machine.home, "said"), `before\nkey: ${spelling}\nafter\n`);
    expect((await run()).ok).toBe(true);
    expect(lines).toEqual(["before", "(a line with a key)", "after"]);
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

it("shows nothing of a key that is printed over several lines", async () => {
  const { run, lines, machine } = prepare("cat ~/said");
  fs.writeFileSync(join(machine.home, "said"), `a\n${keyA.replaceAll(/.{10}/g, "$&\n")}\n`);
  await run();
  expect(lines).toEqual(["(lines with a key)"]);
});

it.runIf(process.platform === "linux")(
  "keeps the file that a server left behind goes on writing to, names it, and removes it in the end",
  async () => {
    const script = `
      echo "token ${keyA}"
      ${process.execPath} -e 'setInterval(() => console.log("tick"), 10)' &
      echo $! > ~/pid
      echo started`;
    const { run, lines, machine, folder } = prepare(script);
    const end = await run();
    const pid = Number(fs.readFileSync(join(machine.home, "pid"), "utf8"));
    onTestFinished(() => stop(pid));
    expect(end).toMatchObject({ ok: true });
    const [name = "", ...others] = fs.readdirSync(folder);
    const path = join(folder, name);
    expect(others).toEqual([]);
    expect(lines[0]).toBe("(a line with a key)");
    expect(lines).toContain("started");
    expect(lines.at(-1)).toMatch(/^\(what the command left running goes on writing, .* to \//);
    expect(lines.at(-1)).toContain(path);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    // It was emptied, and what writes to it was not hurt by that.
    await until(() => fs.statSync(path).size > 50);
    expect(fs.readFileSync(path, "utf8")).toMatch(/^(?:tick\n)+$/);
    expect(() => process.kill(pid, 0)).not.toThrow();

    stop(pid);
    await until(() => !isRunning(pid));
    const next = prepareIn(machine, "echo again");
    await next.run();
    expect(next.lines).toEqual(["again"]);
    expect(fs.readdirSync(folder)).toEqual([]);
  },
);

it("does not open a file where nobody wants to see the output", async () => {
  const { machine, folder } = prepare("");
  const end = await runRestart({
    command: ["/bin/sh", "-c", "echo x"],
    machine,
    variable: "K",
    secrets: [],
    timeoutMs: 20_000,
    signal: new AbortController().signal,
  });
  expect([end.ok, fs.existsSync(folder)]).toEqual([true, false]);
});

function prepareIn(machine: ReturnType<typeof testMachine>, script: string) {
  const lines: string[] = [];
  const run = () =>
    runRestart({
      command: ["/bin/sh", "-c", script],
      machine,
      variable: "K",
      secrets: [],
      timeoutMs: 20_000,
      signal: new AbortController().signal,
      onOutput: (line) => lines.push(line),
    });
  return { lines, run };
}

function stop(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** A zombie, whose parent has not looked, runs no more. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}
