// Two threads take the lock that a dead process has left, and the test holds the reins of both: each
// stops before every call that looks at a name or changes one, says in shared memory where it is, and
// goes on by as many calls as it is told. So every order of their calls can be tried, and none by luck.
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { Worker } from "node:worker_threads";

import { expect, it, onTestFinished } from "vitest";

import { describeSelf } from "../../src/files/lock-holder.js";
import { chooseStride, extent, tellCount } from "../helpers/chaos.js";
import { bundleScript } from "../helpers/bundle.js";
import { temporaryFolder, testMachine } from "../helpers/machine.js";

const DEAD = 2 ** 30;
const FOREVER = 1_000_000;

/** What a taker is doing, as it says in the memory that it shares with the test. */
const STATES = ["idle", "running", "paused", "held", "locked", "failed"] as const;
type State = (typeof STATES)[number];

// Each taker is a thread that waits for its turn before every call that looks at a name or changes one.
const TAKER = `
import * as fs from "node:fs";
import { workerData } from "node:worker_threads";
import { createMachine } from "keyward:core/machine.js";
import { acquireLock } from "keyward:files/lock.js";

const { pid, base, shared } = workerData;
const [BUDGET, STATE, ROUND] = [0, 1, 2];
const memory = new Int32Array(shared);

function say(state) {
  Atomics.store(memory, STATE, state);
  Atomics.notify(memory, STATE);
  Atomics.wait(memory, BUDGET, 0);
}

const watched = new Proxy(fs, {
  get(target, name) {
    if (name === "fsyncSync") return () => {};
    if (!/^(?:lstat|open|link|rename|unlink|readdir)Sync$/.test(name)) return target[name];
    return (...args) => {
      if (Atomics.load(memory, BUDGET) === 0) say(2);
      Atomics.sub(memory, BUDGET, 1);
      return target[name](...args);
    };
  },
});
const machine = {
  ...createMachine({ process, date: Date, fs: watched }),
  pid,
  hostname: "test-host",
  user: createMachine({ process, date: Date }).user,
  isRunning: (other) => other !== ${DEAD},
};

for (;;) {
  Atomics.store(memory, BUDGET, 0);
  say(0);
  let lock, state;
  try {
    lock = acquireLock(base + "/" + Atomics.load(memory, ROUND) + "/.env", machine);
    state = 3;
  } catch (error) {
    state = error.code === "locked" ? 4 : 5;
  }
  Atomics.store(memory, BUDGET, 0);
  say(state);
  lock?.release();
}
`;

class Taker {
  readonly #memory: Int32Array;
  readonly online: Promise<unknown>;

  constructor(script: string, base: string, pid: number) {
    const shared = new SharedArrayBuffer(12);
    this.#memory = new Int32Array(shared);
    Atomics.store(this.#memory, 1, STATES.indexOf("running"));
    const worker = new Worker(script, { workerData: { pid, base, shared } });
    this.online = once(worker, "online");
    onTestFinished(() => void worker.terminate());
  }

  /** Waits until it has nothing to do but wait. */
  state(): State {
    Atomics.wait(this.#memory, 1, STATES.indexOf("running"), 20_000);
    return STATES[Atomics.load(this.#memory, 1)]!;
  }

  /** Lets it make so many calls in the folder of a round, and says where that brought it. */
  go(calls: number, round: number): State {
    if (calls === 0) return this.state();
    Atomics.store(this.#memory, 2, round);
    Atomics.store(this.#memory, 1, STATES.indexOf("running"));
    Atomics.store(this.#memory, 0, calls);
    Atomics.notify(this.#memory, 0);
    return this.state();
  }
}

// One goes so far, the other so far, then the first to its end, then the other: every such order,
// which a test on one thread cannot have.
it(`two takers of a dead holder's lock never both hold it (${extent})`, async () => {
  const base = temporaryFolder();
  const script = await bundleScript(base, "taker", TAKER);
  const dead = JSON.stringify({ ...describeSelf(testMachine()), pid: DEAD });
  const first = new Taker(script, base, DEAD + 1);
  const second = new Taker(script, base, DEAD + 2);
  await Promise.all([first.online, second.online]);
  expect([first.state(), second.state()]).toEqual(["idle", "idle"]);

  const seen = new Map<string, number>();
  const others = chooseStride("others", 3);
  let round = 0;
  for (let one = 1, oneEnded = false; !oneEnded; one++) {
    let step = others.first();
    for (let other = 0, otherEnded = false; !otherEnded; other += step, step = others.step) {
      const folder = path.join(base, String(++round));
      fs.mkdirSync(folder);
      fs.writeFileSync(path.join(folder, ".env"), "");
      fs.writeFileSync(path.join(folder, "..env.keyward-lock"), dead);

      const afterOne = first.go(one, round);
      const afterOther = second.go(other, round);
      const outcomes = [
        afterOne === "paused" ? first.go(FOREVER, round) : afterOne,
        afterOther === "paused" || other === 0 ? second.go(FOREVER, round) : afterOther,
      ];
      oneEnded = afterOne !== "paused";
      otherEnded = other > 0 && afterOther !== "paused";
      const said = outcomes.join(", ");
      seen.set(said, (seen.get(said) ?? 0) + 1);

      expect([first.go(FOREVER, round), second.go(FOREVER, round)]).toEqual(["idle", "idle"]);
      expect(fs.readdirSync(folder), `after ${one} and ${other}`).toEqual([".env"]);
    }
  }
  expect([...seen.keys()].sort()).toEqual(["held, locked", "locked, held"]);
  tellCount(`two takers: ${round} orders`);
  expect(round * others.step).toBeGreaterThan(500);
}, 120_000);
