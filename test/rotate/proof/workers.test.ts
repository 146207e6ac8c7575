import * as fs from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import { join } from "node:path";

import { isChaos } from "../../helpers/chaos.js";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";

import { createMachine } from "../../../src/core/machine.js";
import { probe } from "../../../src/probe/probe.js";
import { readHistory } from "../../../src/rotate/journal/history.js";
import { rotateKey } from "../../../src/rotate/rotate.js";
import { createGenericSystem } from "../../../src/systems/generic/generic.js";
import { jean2 } from "../../../src/systems/jean2/jean2.js";
import { withFile } from "../../../src/locations/with-file.js";
import { keyA } from "../../helpers/keys.js";
import { temporaryFolder, testMachine } from "../../helpers/machine.js";
import { listLeftovers, oldText } from "../../helpers/rotation.js";
import {
  buildWorkers,
  startWorkers,
  type WorkerMode,
  type WorkerOptions,
} from "../../helpers/worker-server.js";

// Many processes on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-workers-"));
let script: string;
beforeAll(async () => {
  script = await buildWorkers(folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function prepareMachine() {
  const { clock } = createMachine({ process, date: Date });
  return testMachine({ home: temporaryFolder(), clock, hostname: os.hostname(), cwd: "/" });
}

async function prepare(mode: WorkerMode, workers?: WorkerOptions) {
  const machine = prepareMachine();
  const { home } = machine;
  const file = join(home, ".jean2", ".env");
  fs.mkdirSync(join(home, ".jean2"));
  fs.writeFileSync(file, oldText, { mode: 0o600 });
  const { url, command } = await startWorkers(script, home, mode, workers);
  return {
    home,
    file,
    rotation: { system: jean2, machine, restart: { command, url, timeoutMs: 30_000 } },
    ask: async (key: string | null) => (await probe({ system: jean2, url, key, machine })).verdict,
  };
}

describe("a server of several worker processes", () => {
  // Those who share a socket do not take turns: of many, one may be idle for long.
  it.each<[WorkerMode, WorkerOptions]>([
    ["all", { sharing: "handed", workers: 4 }],
    ["all", { sharing: "shared", workers: 3 }],
    ["rolling", { sharing: "handed", workers: 4 }],
  ])("that restarts %s of them, %o, is rotated, and its parent is none", async (mode, options) => {
    const { home, file, rotation, ask } = await prepare(mode, options);
    const { report, newKey } = await rotateKey(rotation);
    const workers = { met: options.workers, seen: options.workers };
    expect(report).toMatchObject({ status: "rotated", reason: { code: "proven" }, workers });
    expect(report.notes).toEqual([]);
    expect(fs.readFileSync(file, "utf8")).toBe(oldText.replace(keyA, newKey ?? ""));
    for (let round = 0; round < 8; round++) expect(await ask(newKey)).toBe("enforced");
    expect(listLeftovers(home)).toEqual([]);
  });

  it("of which one keeps the old key is undone", async () => {
    const { home, file, rotation, ask } = await prepare("all but one", { workers: 4 });
    const { report } = await rotateKey(rotation);
    expect(report).toMatchObject({ status: "undone", reason: { code: "accepted" }, workers: null });
    expect(report.reason.message).toMatch(
      /^the server at http\S+ still takes the old key: one of its workers may not have restarted$/,
    );
    expect(fs.readFileSync(file, "utf8")).toBe(oldText);
    expect(await ask(keyA)).toBe("enforced");
    expect(listLeftovers(home)).toEqual([]);
  });

  it.runIf(isChaos)("of which one keeps a leaked key is stuck with the new one", async () => {
    const { file, rotation } = await prepare("all but one", { workers: 4 });
    const { report, newKey } = await rotateKey({ ...rotation, leaked: true });
    expect(report).toMatchObject({ status: "stuck", reason: { code: "accepted" } });
    expect(fs.readFileSync(file, "utf8")).toBe(oldText.replace(keyA, newKey ?? ""));
  });

  it.each(isChaos ? (["handed", "shared"] as const) : (["handed"] as const))(
    "of which one never answers is unverified, where connections are %s",
    async (sharing) => {
      const { home, file, rotation } = await prepare("one stopped", { sharing, workers: 3 });
      const { report, newKey } = await rotateKey(rotation);
      expect(report).toMatchObject({ status: "unverified", reason: { code: "workers-not-met" } });
      const { met, seen } = report.workers ?? { met: 0, seen: 0 };
      expect([met, seen > met]).toEqual([2, true]);
      expect(report.reason.message).toMatch(
        /^2 of \d workers refused the old key in the time that there was; not tried: process \d+/,
      );
      // The new key stays, and nothing is left to be finished.
      expect(fs.readFileSync(file, "utf8")).toBe(oldText.replace(keyA, newKey ?? ""));
      expect(readHistory(rotation.machine)).toMatchObject([{ outcome: "unverified" }]);
      expect(listLeftovers(home)).toEqual([]);
    },
  );
});

/** A request by what it carries, and how many of that kind came since the restart, this one included. */
interface Asked {
  readonly hand: "new" | "old" | "garbage" | "none";
  readonly nth: number;
  /** Wrong keys since the last right one, this one included; nothing is not counted. */
  readonly wrongInRow: number;
}

/** A server whose workers are told apart by the number of the request alone. */
async function prepareOdd(answer: (asked: Asked) => number | undefined) {
  const machine = prepareMachine();
  const file = join(machine.home, "agent.env");
  const flag = join(machine.home, "restarted");
  fs.writeFileSync(file, `AGENT_KEY=${keyA}\n`, { mode: 0o600 });
  const readKey = () => fs.readFileSync(file, "utf8").trim().replace("AGENT_KEY=", "");
  let current = keyA;
  let isRestarted = false;
  let wrongInRow = 0;
  let counts = { new: 0, old: 0, garbage: 0, none: 0 };
  const nameHand = (given: string | undefined): Asked["hand"] => {
    if (given === undefined) return "none";
    if (given === `Bearer ${current}`) return "new";
    return given === `Bearer ${keyA}` ? "old" : "garbage";
  };
  const server = createServer(({ headers }: IncomingMessage, response) => {
    if (fs.existsSync(flag)) {
      fs.rmSync(flag);
      [current, isRestarted, wrongInRow] = [readKey(), true, 0];
      counts = { new: 0, old: 0, garbage: 0, none: 0 };
    }
    const hand = nameHand(headers.authorization);
    counts[hand]++;
    if (hand === "new") wrongInRow = 0;
    if (hand === "old" || hand === "garbage") wrongInRow++;
    const isOdd = isRestarted && current !== keyA;
    const status = isOdd ? answer({ hand, nth: counts[hand], wrongInRow }) : undefined;
    response.writeHead(status ?? (hand === "new" ? 200 : 401)).end("{}");
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const generic = createGenericSystem({ path: "/validate", transport: "bearer" });
  const system = withFile(generic, { path: file, variable: "AGENT_KEY", dialect: undefined });
  const command = ["/bin/sh", "-c", `echo > ${flag}`] as const;
  return { file, options: { system, machine, restart: { command, url, timeoutMs: 25_000 } } };
}

describe("a server that is not the same on every connection", () => {
  it.each<[string, (asked: Asked) => boolean, string, string]>([
    ["takes the old key once", (a) => a.hand === "old" && a.nth === 40, "accepted", "old"],
    [
      "takes a made-up key once",
      (a) => a.hand === "garbage" && a.nth === 12,
      "lets-in-anybody",
      "takes a made-up key on some connections",
    ],
    [
      "asks for no key once",
      (a) => a.hand === "none" && a.nth === 15,
      "lets-in-anybody",
      "answers without a key on some connections",
    ],
  ])("and %s is undone", async (_, takes, code, words) => {
    const { file, options } = await prepareOdd((asked) => (takes(asked) ? 200 : undefined));
    const { report } = await rotateKey(options);
    expect(report).toMatchObject({ status: "undone", reason: { code } });
    expect(report.reason.message).toContain(words);
    expect(fs.readFileSync(file, "utf8")).toBe(`AGENT_KEY=${keyA}\n`);
  });

  it.runIf(isChaos)("and refuses the new key now and then is undone", async () => {
    const { options } = await prepareOdd(({ hand, nth }) =>
      hand === "new" && nth > 20 && nth % 8 === 0 ? 401 : undefined,
    );
    const { report } = await rotateKey(options);
    expect(report).toMatchObject({ status: "undone", reason: { code: "new-key-refused" } });
    expect(report.reason.message).toContain("does not take the new key on every connection");
  });

  it("and is busy now and then is asked again until it is not", async () => {
    const { options } = await prepareOdd(({ nth }) => (nth >= 20 && nth < 26 ? 503 : undefined));
    expect((await rotateKey(options)).report).toMatchObject({ status: "rotated", notes: [] });
  });

  it.runIf(isChaos)(
    "and is always busy for the old key is unverified when the time is up",
    async () => {
      const { options } = await prepareOdd(({ hand, nth }) =>
        hand === "old" && nth > 10 ? 503 : undefined,
      );
      const restart = { ...options.restart, timeoutMs: 3000 };
      const { report } = await rotateKey({ ...options, restart });
      expect(report).toMatchObject({ status: "unverified", reason: { code: "unclear" } });
      expect(report.reason.message).toContain("503, a failure of the server");
    },
  );

  it("and is always busy for the new key is undone when the time is up", async () => {
    const { options } = await prepareOdd(({ hand, nth }) =>
      hand === "new" && nth > 60 ? 503 : undefined,
    );
    const restart = { ...options.restart, timeoutMs: 3000 };
    const { report } = await rotateKey({ ...options, restart });
    expect(report).toMatchObject({ status: "undone", reason: { code: "unclear" } });
    expect(report.reason.message).toContain("503, a failure of the server");
  });

  it("and counts wrong tries until a right one is never driven to its limit", async () => {
    let most = 0;
    const { options } = await prepareOdd(({ wrongInRow }) => {
      most = Math.max(most, wrongInRow);
      return undefined;
    });
    expect((await rotateKey(options)).report.status).toBe("rotated");
    // A wave is on its way at the same time, and the next may overtake its last one.
    expect(most).toBeLessThanOrEqual(32);
  });

  it("and limits wrong tries is asked no more from there on", async () => {
    let after = 0;
    const { options } = await prepareOdd(({ hand, nth }) => {
      if (hand !== "old" || nth <= 20) return undefined;
      after++;
      return 429;
    });
    const { report } = await rotateKey(options);
    expect(report.status).toBe("rotated");
    expect(report.notes).toEqual([
      "only 20 tries of the old key were made before the server began to limit wrong tries",
    ]);
    expect(after).toBeLessThanOrEqual(16);
  });
});
