// The real program is killed at any time while it rotates the key of a real server, and now and then
// again while it finishes or undoes that. Whatever the time was, the next `--resume` or `--undo` has to
// end with one key that works, in the file and in the server, and with nothing left over.
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";

import { runBuilt } from "../helpers/built.js";
import { createRandom, extent, tellCount } from "../helpers/chaos.js";
import { keyA } from "../helpers/keys.js";
import { buildServer } from "../helpers/restartable-server.js";
import { oldText, prepareRotation, type RotationSetting } from "../helpers/rotation.js";

/** How often the real program is killed; `npm run chaos` says how often it is there. */
const rounds = Number(process.env["KEYWARD_KILLS"] ?? 15);
/** How long a rotation takes here, in ms, as far as is known: a death later than this finds it ended. */
let longest = 2000;

const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-chaos-"));
let script: string;
beforeAll(async () => {
  script = await buildServer(folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

async function runAndKill({ home }: RotationSetting, argv: readonly string[], after: number) {
  const child = spawn(process.execPath, [resolve("bin/jean2.cjs"), "token", ...argv], {
    cwd: "/",
    env: environment(home),
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const start = performance.now();
  const timer = setTimeout(() => child.kill("SIGKILL"), after);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  // Whoever got to the end shows where the next deaths should come before.
  if (code !== null)
    longest = Math.max(50, Math.min(longest, Math.ceil(performance.now() - start)));
  return code;
}

function environment(home: string): Record<string, string> {
  const port = JSON.parse(fs.readFileSync(join(home, "port.json"), "utf8")) as number;
  return {
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    JEAN2_HOST: "127.0.0.1",
    JEAN2_PORT: `${port}`,
  };
}

it(
  `a rotation by the real program, killed ${rounds} times at any time, is finished or undone (${extent})`,
  async () => {
    const random = createRandom("when to kill");
    const setting = await prepareRotation(script);
    const { home, file, server, ask, listLeftovers } = setting;
    fs.writeFileSync(join(home, "port.json"), JSON.stringify(server.port));
    const rotate = ["rotate", "--restart", "--restart-command", "--", ...server.command];
    let killed = 0;
    for (let round = 0; round < rounds; round++) {
      fs.writeFileSync(file, oldText, { mode: 0o600 });
      await server.restart();
      const first = random(longest);
      const second = random(longest);
      const [how, other] = round % 2 === 0 ? ["--resume", "--undo"] : ["--undo", "--resume"];
      const story = `killed after ${first} ms, ${other} killed after ${second} ms, then ${how}`;
      if ((await runAndKill(setting, rotate, first)) === null) killed += 1;
      if (round % 3 === 0) await runAndKill(setting, ["rotate", other], second);

      const { code, stdout } = await runBuilt("jean2", ["token", "rotate", how, "--json"], {
        env: environment(home),
      });
      const key = /^JEAN2_AUTH_TOKEN=([\w-]{43})$/m.exec(fs.readFileSync(file, "utf8"))?.[1] ?? "";
      expect({
        story,
        stdout,
        text: fs.readFileSync(file, "utf8"),
        inForce: await ask(key),
        old: await ask(keyA),
        leftovers: listLeftovers(),
      }).toEqual({
        story,
        stdout,
        text: oldText.replace(keyA, key),
        inForce: "enforced",
        old: key === keyA ? "enforced" : "key-rejected",
        leftovers: [],
      });
      // What was to be finished may have been undone already, and the other way round.
      expect([0, 3, 4]).toContain(code);
    }
    tellCount(`${rounds} rounds, of which ${killed} died before their end`);
    expect(killed).toBeGreaterThan(0);
  },
  60_000 + rounds * 5000,
);
