import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";

import { beforeAll, describe, expect, it, onTestFinished } from "vitest";

import type { KeywardError } from "../../src/core/errors.js";
import { acquireLock, type Lock } from "../../src/files/lock.js";
import { describeSelf } from "../../src/files/lock-holder.js";
import { chooseStride, extent, tellCount } from "../helpers/chaos.js";
import { bundleScript } from "../helpers/bundle.js";
import { failingFs, refusingFs, watchedFs } from "../helpers/failing-fs.js";
import { temporaryFolder, testMachine, type TestMachine } from "../helpers/machine.js";

const LOCK = "..env.keyward-lock";

function withEnvFile(): { machine: TestMachine; file: string; lockPath: string } {
  const machine = testMachine();
  const file = path.join(machine.home, ".env");
  fs.writeFileSync(file, "A=1\n", { mode: 0o600 });
  return { machine, file, lockPath: path.join(machine.home, LOCK) };
}

function failureOf(action: () => unknown): KeywardError {
  try {
    action();
  } catch (error) {
    return error as KeywardError;
  }
  throw new Error("it did not fail");
}

/** The lock, or the failure to get it. */
function attempt(file: string, machine: TestMachine): Lock | KeywardError {
  try {
    return acquireLock(file, machine);
  } catch (error) {
    return error as KeywardError;
  }
}

function isLock(outcome: Lock | KeywardError): outcome is Lock {
  return !(outcome instanceof Error);
}

describe("a lock", () => {
  it("is one 0600 file that says who holds it, and goes when it is released", () => {
    const { machine, file, lockPath } = withEnvFile();
    const lock = acquireLock(file, machine);
    expect(lock).toMatchObject({ target: file, path: lockPath });
    expect(fs.readdirSync(machine.home).sort()).toEqual([LOCK, ".env"]);
    expect((fs.statSync(lockPath).mode & 0o777).toString(8)).toBe("600");
    expect(JSON.parse(fs.readFileSync(lockPath, "utf8"))).toMatchObject({
      pid: process.pid,
      host: "test-host",
      since: machine.clock.now(),
    });
    lock.release();
    lock.release();
    expect(fs.readdirSync(machine.home)).toEqual([".env"]);
  });

  it.each(["", "h\u00f4te\n", "x".repeat(300)])("is known again on a host named %j", (hostname) => {
    const machine = testMachine({ hostname });
    const file = path.join(machine.home, ".env");
    acquireLock(file, machine).release();
    expect(fs.readdirSync(machine.home)).toEqual([]);
  });

  it("is the same one by every path to a file", () => {
    const { machine, file } = withEnvFile();
    const link = path.join(machine.home, "link");
    fs.symlinkSync(file, link);
    const lock = acquireLock(link, machine);
    expect(failureOf(() => acquireLock(file, machine)).code).toBe("locked");
    lock.release();
  });

  it("creates the folders that it needs, and takes empty ones away again", () => {
    const machine = testMachine();
    const file = path.join(machine.home, "a", "b", ".env");
    acquireLock(file, machine).release();
    expect(fs.readdirSync(machine.home)).toEqual([]);
    const lock = acquireLock(file, machine);
    fs.writeFileSync(file, "");
    lock.release();
    expect(fs.readdirSync(machine.home, { recursive: true })).toEqual(["a", "a/b", "a/b/.env"]);
  });

  it("is not released once it is another's", () => {
    const { machine, file, lockPath } = withEnvFile();
    const lock = acquireLock(file, machine);
    fs.unlinkSync(lockPath);
    const other = acquireLock(file, machine);
    lock.release();
    expect(fs.existsSync(lockPath)).toBe(true);
    other.release();
    expect(fs.existsSync(lockPath)).toBe(false);
  });

  it("clears away what a killed process left beside the file, and nothing else", () => {
    const { machine, file } = withEnvFile();
    const kept = [
      "..env.keyward-12.tmp",
      ".other.keyward-0123456789ab.tmp",
      "..env.keyward-aaaaaaaaaaaa.bak",
    ];
    for (const name of [...kept, "..env.keyward-0123456789ab.tmp"]) {
      fs.writeFileSync(path.join(machine.home, name), "x");
    }
    fs.writeFileSync(path.join(machine.home, "..env.keyward-bbbbbbbbbbbb.bak"), "A=1\n");
    acquireLock(file, machine).release();
    expect(fs.readdirSync(machine.home).sort()).toEqual([...kept, ".env"].sort());
  });

  it("of a file that must not be written is refused", () => {
    const { machine, file } = withEnvFile();
    fs.linkSync(file, path.join(machine.home, "other"));
    expect(failureOf(() => acquireLock(file, machine)).code).toBe("hard-link");
  });

  it("needs a file system with hard links", () => {
    const { machine, file, lockPath } = withEnvFile();
    const plain = { ...machine, fs: refusingFs({ linkSync: "EPERM" }) };
    expect(failureOf(() => acquireLock(file, plain))).toMatchObject({
      code: "write-failed",
      message: `cannot create ${lockPath}: its file system has no hard links`,
    });
    expect(fs.readdirSync(machine.home)).toEqual([".env"]);
  });
});

describe("a lock that is there", () => {
  const stays = "try again when that process has ended";

  it.each([
    ["alive", {}, stays],
    [
      "on another host",
      { host: "elsewhere", pid: 1 },
      `${stays}; if it is known to be dead: rm LOCK`,
    ],
    [
      "on another machine of the same name",
      { machine: "0123456789ab", boot: "other", pid: 2 ** 30 },
      stays,
    ],
    [
      "in another container",
      { namespace: "pid:[1]", pid: 2 ** 30 },
      `${stays}; if it is known to be dead: rm LOCK`,
    ],
    ["of an unknown start", { started: null }, stays],
    ["of an unknown boot, alive", { boot: null }, stays],
  ])("holds: %s", (_, changes, hint) => {
    const { machine, file, lockPath } = withEnvFile();
    const holder = { ...describeSelf(machine), ...changes };
    fs.writeFileSync(lockPath, JSON.stringify(holder));
    expect(failureOf(() => acquireLock(file, machine))).toMatchObject({
      code: "locked",
      message: `${file} is being changed by process ${holder.pid} on ${holder.host} since 2026-01-02T03:04:05.678Z`,
      hint: hint.replace("LOCK", lockPath),
    });
    expect(fs.readdirSync(machine.home).sort()).toEqual([LOCK, ".env"]);
    expect(JSON.parse(fs.readFileSync(lockPath, "utf8"))).toEqual(holder);
  });

  it.each([
    ["its process is gone", { pid: 2 ** 30 }],
    ["its process number is another's now", { started: "1" }],
    ["the machine was started again", { boot: "00000000-0000-0000-0000-000000000000" }],
  ])("is taken over: %s", (_, changes) => {
    const { machine, file, lockPath } = withEnvFile();
    fs.writeFileSync(lockPath, JSON.stringify({ ...describeSelf(machine), ...changes }));
    const lock = acquireLock(file, machine);
    expect(JSON.parse(fs.readFileSync(lockPath, "utf8"))).toMatchObject({ pid: process.pid });
    expect(fs.readdirSync(machine.home).sort()).toEqual([LOCK, ".env"]);
    lock.release();
    expect(fs.readdirSync(machine.home)).toEqual([".env"]);
  });

  it("is taken over where ps tells about processes", () => {
    const { machine, file, lockPath } = withEnvFile();
    const mac = { ...machine, platform: "darwin" } as const;
    const self = describeSelf(mac);
    fs.writeFileSync(lockPath, JSON.stringify(self));
    expect(failureOf(() => acquireLock(file, mac)).code).toBe("locked");
    fs.writeFileSync(lockPath, JSON.stringify({ ...self, started: "Thu Jan 1 00:00:00 1970" }));
    acquireLock(file, mac).release();
    expect(self.started).toMatch(/^\w{3} \w{3} \d+ \d\d:\d\d:\d\d \d{4}$/u);
  });

  it.each([
    ["empty", ""],
    ["half", '{"pid":'],
    ["a number", "1"],
    ["an id that is a path", JSON.stringify({ id: "../../x", pid: 1, host: "h", since: 1 })],
    ["a host with a line break", '{"host":"a\\nb"}'],
  ])("and is not one of keyward's holds: %s", (_, text) => {
    const { machine, file, lockPath } = withEnvFile();
    fs.writeFileSync(lockPath, text);
    expect(failureOf(() => acquireLock(file, machine))).toMatchObject({
      code: "locked",
      message: `${file} is locked by ${lockPath}, and it is not a lock file of keyward`,
      hint: `if no keyward is running anywhere: rm ${lockPath}`,
    });
    expect(fs.readFileSync(lockPath, "utf8")).toBe(text);
  });

  it("and cannot be read holds", () => {
    const { machine, file, lockPath } = withEnvFile();
    fs.mkdirSync(lockPath);
    expect(failureOf(() => acquireLock(file, machine))).toMatchObject({
      code: "locked",
      message: `${file} is locked by ${lockPath}, and it cannot be read (${lockPath} is a folder, not a file)`,
    });
  });
});

it("a failure at any call leaves no lock behind", () => {
  for (const stale of [false, true]) {
    let failed: readonly string[] = ["first"];
    for (let call = 1; failed.length > 0; call++) {
      const { machine, file, lockPath } = withEnvFile();
      if (stale)
        fs.writeFileSync(lockPath, JSON.stringify({ ...describeSelf(machine), pid: 2 ** 30 }));
      const injected = failingFs(call, "EIO");
      const outcome = attempt(file, { ...machine, fs: injected.fs });
      if (isLock(outcome)) outcome.release();
      failed = injected.failed;
      // Whatever happened: the next one gets the lock, and then nothing is left.
      acquireLock(file, machine).release();
      expect(fs.readdirSync(machine.home), `call ${call}, ${failed.join()}`).toEqual([".env"]);
    }
  }
});

/**
 * Several processes inside this one: each with a number of its own, dead or alive as the test says,
 * and run at a chosen call of another, so that every order of two is tried. A dead one's lock is
 * there already.
 */
function manyProcesses(): {
  file: string;
  home: string;
  /** @param before called with the number of each call that looks at a name or changes one */
  start: (pid: number, before?: (call: number) => void) => Lock | KeywardError;
  kill: (pid: number) => void;
} {
  const { machine, file, lockPath } = withEnvFile();
  const alive = new Set<number>();
  const isRunning = (pid: number): boolean => alive.has(pid);
  const dead = describeSelf({ ...machine, pid: 2 ** 30 });
  fs.writeFileSync(lockPath, JSON.stringify(dead));
  return {
    file,
    home: machine.home,
    start(number, before) {
      const pid = 2 ** 30 + number;
      alive.add(pid);
      let calls = 0;
      const watched = watchedFs((_, name) => {
        if (/^(?:lstat|open|link|rename|unlink|readdir)Sync$/u.test(name)) before?.(++calls);
      });
      return attempt(file, { ...machine, pid, isRunning, fs: watched });
    },
    kill: (number) => alive.delete(2 ** 30 + number),
  };
}

/** What each outcome was: `held`, or the code and the process that is said to hold it. */
function describeOutcome(outcome: Lock | KeywardError | undefined): string {
  if (outcome === undefined) return "never ran";
  if (isLock(outcome)) return "held";
  const pid = / by process (\d+) /u.exec(outcome.message)?.[1];
  return `${outcome.code} by ${Number(pid) - 2 ** 30}`;
}

describe("two takers of a dead holder's lock, the second at each call of the first", () => {
  it("one holds it, the other names it", () => {
    const seen = new Set<string>();
    let second: Lock | KeywardError | undefined;
    for (let call = 1; call === 1 || second; call++) {
      const { start, home } = manyProcesses();
      second = undefined;
      const first = start(1, (now) => {
        if (now === call) second = start(2);
      });
      if (!second) break;
      seen.add(`${describeOutcome(first)}, ${describeOutcome(second)}`);
      for (const outcome of [first, second]) if (isLock(outcome)) outcome.release();
      expect(fs.readdirSync(home)).toEqual([".env"]);
    }
    expect([...seen].sort()).toEqual(["held, locked by 1", "locked by 2, held"]);
  });

  it("the first gets it, or is told why not, when the second has come and gone", () => {
    const seen = new Set<string>();
    let second: Lock | KeywardError | undefined;
    for (let call = 1; call === 1 || second; call++) {
      const { start, home } = manyProcesses();
      second = undefined;
      const first = start(1, (now) => {
        if (now !== call) return;
        second = start(2);
        if (isLock(second)) second.release();
      });
      if (!second) break;
      seen.add(`${describeOutcome(first)}, ${describeOutcome(second)}`);
      if (isLock(first)) first.release();
      expect(fs.readdirSync(home)).toEqual([".env"]);
    }
    expect([...seen].sort()).toEqual(["held, held", "held, locked by 1"]);
  });

  it(`one of two holds it when a third is killed at one of its own calls (${extent})`, () => {
    const seen = new Set<string>();
    let orders = 0;
    const deaths = chooseStride("deaths", 4);
    for (let call = 1, ran = true; ran; call++) {
      ran = false;
      for (let death = deaths.first(), died = true; died; death += deaths.step) {
        const { start, kill, home } = manyProcesses();
        died = false;
        let third: Lock | KeywardError | undefined;
        const first = start(1, (now) => {
          if (now !== call) return;
          ran = true;
          start(2, (own) => {
            died ||= own >= death;
            if (own >= death) throw new Error("killed");
          });
          kill(2);
          third = start(3);
        });
        if (!third) break;
        orders++;
        seen.add(`${describeOutcome(first)}, ${describeOutcome(third)}`);
        for (const outcome of [first, third]) if (isLock(outcome)) outcome.release();
        const last = start(4);
        if (isLock(last)) last.release();
        expect(fs.readdirSync(home), `call ${call}, death ${death}`).toEqual([".env"]);
      }
    }
    expect([...seen].sort()).toEqual(["held, locked by 1", "locked by 3, held"]);
    tellCount(`a third killed: ${orders} orders`);
    expect(orders * deaths.step).toBeGreaterThan(500);
  }, 120_000);
});

describe("real processes", () => {
  let folder: string;
  let script: string;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "keyward-test-"));
    script = await bundleScript(
      folder,
      "take-lock",
      `import * as fs from "node:fs";
       import { createMachine } from "keyward:core/machine.js";
       import { acquireLock } from "keyward:files/lock.js";
       const machine = createMachine({ process, date: Date });
       const [file] = process.argv.slice(2);
       console.log("ready");
       fs.readSync(0, Buffer.alloc(1));
       let lock;
       try {
         lock = acquireLock(file, machine);
         console.log("held " + process.pid);
       } catch (error) {
         console.log(error.code + " " + error.message);
       }
       process.stdin.resume().on("end", () => { lock?.release(); process.exit(); });`,
    );
    return () => fs.rmSync(folder, { recursive: true, force: true });
  });

  interface Taker {
    readonly child: ChildProcess;
    /** Lets it try; what it says then. If it gets the lock, it holds it until its input ends. */
    readonly go: () => Promise<string>;
  }

  /** Starts a taker, up to where it tries at a word. */
  async function startTaker(file: string): Promise<Taker> {
    const child = spawn(process.execPath, [script, file], { stdio: ["pipe", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe("ready");
    return {
      child,
      async go() {
        child.stdin.write(".");
        const { value, done } = await lines.next();
        if (done === true) throw new Error("it said nothing");
        return value;
      },
    };
  }

  async function end(child: ChildProcess, how: "release" | "SIGKILL"): Promise<void> {
    const ended = once(child, "exit");
    if (how === "release") child.stdin!.end();
    else child.kill(how);
    await ended;
  }

  function realMachine(): { file: string; home: string; machine: TestMachine } {
    const home = temporaryFolder();
    // The host's real name: the processes do not know that this is a test.
    const machine = testMachine({
      home,
      hostname: os.hostname(),
    });
    return { home, file: path.join(home, ".jean2", ".env"), machine };
  }

  it("a live one is named, a released lock is free", async () => {
    const { file, home, machine } = realMachine();
    const { child, go } = await startTaker(file);
    expect(await go()).toBe(`held ${child.pid}`);
    const error = failureOf(() => acquireLock(file, machine));
    expect(error.code).toBe("locked");
    expect(error.message).toContain(
      `is being changed by process ${child.pid} on ${machine.hostname} since `,
    );
    await end(child, "release");
    expect(fs.readdirSync(home)).toEqual([]);
  });

  it("a killed one's lock is taken over", async () => {
    const { file, home, machine } = realMachine();
    const { child, go } = await startTaker(file);
    await go();
    await end(child, "SIGKILL");
    expect(fs.readdirSync(home, { recursive: true })).toEqual([".jean2", `.jean2/${LOCK}`]);
    acquireLock(file, machine).release();
    expect(fs.readdirSync(home, { recursive: true })).toEqual([".jean2"]);
  });

  it("of eight at once, over a dead one's lock, one holds it", async () => {
    const { file } = realMachine();
    for (let round = 0; round < 3; round++) {
      const started = await Promise.all(Array.from({ length: 8 }, () => startTaker(file)));
      const said = await Promise.all(started.map(({ go }) => go()));
      const takers = started.map(({ child }, index) => ({ child, said: said[index] ?? "" }));
      const held = takers.filter(({ said }) => said.startsWith("held "));
      expect(held.length).toBe(1);
      const others = takers.filter(({ said }) => said.startsWith("locked "));
      expect(others.length).toBe(7);
      for (const { said } of others)
        expect(said).toContain(` by process ${held[0]!.child.pid} on `);
      await Promise.all(takers.map(({ child }) => end(child, "SIGKILL")));
    }
  }, 60_000);
});
