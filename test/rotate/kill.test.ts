// What a rotation that dies leaves behind can always be finished or undone. A process of its own
// rotates the key of a real server, with a file system that kills it before a chosen effect: a change
// of the disk, or the start of the restart command. Then another process finishes or undoes it (and
// may be killed too), and the end is held to all that is promised: one key that works, the same in
// the file and in the server; the other one refused; nothing left over; one line in the history.
import * as fs from "node:fs";
import * as os from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { readHistory } from "../../src/rotate/journal/history.js";
import { recoverRotation } from "../../src/rotate/recover.js";
import { chooseCases, extent, tellCount } from "../helpers/chaos.js";
import { keyA } from "../helpers/keys.js";
import { buildMortal, runMortal } from "../helpers/mortal-rotation.js";
import { buildServer } from "../helpers/restartable-server.js";
import { oldText, prepareRotation, type RotationSetting } from "../helpers/rotation.js";

const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-kill-"));
let server: string;
let mortal: string;
beforeAll(async () => {
  server = await buildServer(folder);
  mortal = await buildMortal(folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

type How = "resume" | "undo";

/** The file as it was, with whatever key; null when it is anything else. */
function readKeyOf({ file }: RotationSetting): string | null {
  const text = fs.readFileSync(file, "utf8");
  const key = /^JEAN2_AUTH_TOKEN=([\w-]{43})$/m.exec(text)?.[1] ?? null;
  return key !== null && text === oldText.replace(keyA, key) ? key : null;
}

/** Finishes or undoes it, and holds the end to all that is promised of it. */
async function recoverWell(setting: RotationSetting, how: How, story: string): Promise<string> {
  const { options, machine, ask, listLeftovers } = setting;
  const recovery = { system: options.system, machine, how, restart: { timeoutMs: 10_000 } };
  const { status } = (await recoverRotation(recovery)).report;
  const key = readKeyOf(setting);
  const outcomes = readHistory(machine).map(({ began, outcome }) => `${outcome} ${began}`);
  const isOld = key === keyA;
  expect({
    story,
    status,
    isOld,
    old: await ask(keyA),
    inForce: await ask(key),
    leftovers: listLeftovers(),
    outcomes: new Set(outcomes).size,
    again: (await recoverRotation(recovery)).report.status,
  }).toEqual({
    story,
    status: expect.stringMatching(isOld ? /^(?:undone|unchanged)$/ : /^(?:rotated|unchanged)$/),
    isOld,
    old: isOld ? "enforced" : "key-rejected",
    inForce: "enforced",
    leftovers: [],
    outcomes: outcomes.length,
    again: "unchanged",
  });
  return status;
}

/** Back to the beginning: the old key, in the file and in the server. */
async function beginAgain({ file, home, server }: RotationSetting): Promise<void> {
  fs.writeFileSync(file, oldText, { mode: 0o600 });
  fs.rmSync(join(home, ".local"), { recursive: true, force: true });
  await server.restart();
}

interface Way {
  readonly how: How;
  /** What is killed as well, on the way to that. */
  readonly second?: How;
  readonly inPlace?: true;
}

const ways: readonly (readonly [string, Way])[] = [
  ["then finished", { how: "resume" }],
  ["then undone", { how: "undo" }],
  ["killed again while it is finished, then undone", { how: "undo", second: "resume" }],
  ["killed again while it is undone, then finished", { how: "resume", second: "undo" }],
  ["in a file that is written in place, then finished", { how: "resume", inPlace: true }],
  ["in a file that is written in place, then undone", { how: "undo", inPlace: true }],
];

it.each(ways)(
  `a rotation killed before one of its effects: %s (${extent})`,
  async (way, { inPlace = false, second, how }) => {
    const setting = await prepareRotation(server);
    const { home, options } = setting;
    const { url, command } = options.restart;
    const run = { home, url, command, inPlace };
    const effects = (await runMortal(mortal, { ...run, how: "rotate", last: 0 })) ?? 0;
    expect(effects).toBeGreaterThan(80);
    // How many there are on the way back, or on, of one that was killed half-way.
    await beginAgain(setting);
    await runMortal(mortal, { ...run, how: "rotate", last: Math.round(effects / 2) });
    const further = (await runMortal(mortal, { ...run, how: second ?? how, last: 0 })) ?? 0;
    expect(further).toBeGreaterThan(5);
    const ends = new Set<string>();
    for (const last of chooseCases(way, effects, 8)) {
      await beginAgain(setting);
      const killed = (await runMortal(mortal, { ...run, how: "rotate", last })) === null;
      const story = `killed before effect ${last} of ${effects}`;
      // Only what is written in place is for a moment neither.
      expect({ story, killed, whole: inPlace || readKeyOf(setting) !== null }).toEqual({
        story,
        killed: true,
        whole: true,
      });
      // A prime, so that the two deaths meet in ever new pairs.
      if (second !== undefined) {
        await runMortal(mortal, { ...run, how: second, last: ((last * 37) % further) + 1 });
      }
      ends.add(await recoverWell(setting, how, story));
    }
    tellCount(`${way}: ${effects} kills`);
    // Before its journal there is nothing to finish, and after it nothing either.
    expect(ends).toContain("unchanged");
    expect(ends).toContain(how === "undo" ? "undone" : "rotated");
  },
  600_000,
);
