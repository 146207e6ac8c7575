import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createMachine } from "../../src/core/machine.js";
import { probe } from "../../src/probe/probe.js";
import { openjarvis } from "../../src/systems/openjarvis/openjarvis.js";
import { runBuilt } from "../helpers/built.js";
import { linkBins } from "../helpers/installation.js";
import { keyA } from "../helpers/keys.js";
import { temporaryFolder } from "../helpers/machine.js";
import { findPort } from "../helpers/restartable-server.js";
import { startJean2 } from "../helpers/stand-in-jean2.js";
import { buildJarvis, putJarvis, type Surroundings } from "../helpers/stand-in-jarvis.js";

const folder = fs.mkdtempSync(join(os.tmpdir(), "keyward-foresee-"));
let script: string;
beforeAll(async () => {
  script = await buildJarvis(folder);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A running OpenJarvis, whose settings say `port`, or what the test writes. */
async function prepare(
  args: (port: number, other: number) => readonly string[],
  from: Surroundings = {},
) {
  const home = temporaryFolder();
  const [port, other] = [await findPort(), await findPort()];
  const jarvis = putJarvis(home, script);
  const config = (host = "127.0.0.1") =>
    `[server]\nhost = "${host}"\nport = ${port}\n[server.auth]\napi_key = "${keyA}"\n`;
  fs.writeFileSync(jarvis.configFile, config(), { mode: 0o600 });
  const given = args(port, other);
  const live = given.includes(String(other)) ? other : port;
  const pid = await jarvis.start(live, given, from);
  const path = [
    linkBins(join(home, "ours")),
    jarvis.bin,
    dirname(process.execPath),
    "/usr/bin:/bin",
  ];
  const env = { HOME: home, PATH: path.join(":") };
  return {
    jarvis,
    pid,
    live,
    config,
    env,
    rotate: (...argv: string[]) =>
      runBuilt("jarvis", ["token", "rotate", "--restart", ...argv], { env }),
    read: () => fs.readFileSync(jarvis.configFile, "utf8"),
    ask: async (key: string) => {
      const machine = createMachine({ process, date: Date });
      const url = `http://127.0.0.1:${live}`;
      return (await probe({ system: openjarvis, url, key, machine })).verdict;
    },
  };
}

const keyIn = (config: string) => /api_key = "(.*)"/.exec(config)?.[1] ?? "";

describe("jarvis token rotate --restart", () => {
  it("restarts a server that its settings would bring back as it is, in its folder", async () => {
    const cwd = fs.realpathSync(temporaryFolder());
    const { rotate, jarvis, read, ask } = await prepare(() => [], { cwd });
    const { code, stderr } = await rotate();
    expect([code, stderr]).toEqual([0, expect.stringContaining("proven: the new key works")]);
    expect(stderr).toContain(`restarting OpenJarvis with: /bin/sh -c 'cd ${cwd} && exec `);
    expect(await ask(keyIn(read()))).toBe("enforced");
    expect(jarvis.readRecord()).toMatchObject({ cwd, argv: [] });
  });

  it.each<[string, (port: number, other: number) => string[], RegExp]>([
    [
      "--port",
      (_, other) => ["--port", `${other}`],
      /would bring OpenJarvis back on 127\.0\.0\.1:\d+, by .*config\.toml, and it listens on 127\.0\.0\.1:\d+ now/,
    ],
    [
      "--host and --model",
      () => ["--host", "0.0.0.0", "--model", "llama 3"],
      /would bring OpenJarvis back on 127\.0\.0\.1:\d+, by .*config\.toml, and it listens on 0\.0\.0\.0:\d+ now/,
    ],
  ])("refuses one that forgets %s, and what it advises does", async (_, args, words) => {
    const { rotate, env, read, config, ask, jarvis, live, pid } = await prepare(args);
    const dry = await rotate("--dry-run");
    const { code, stderr } = await rotate();
    for (const refused of [dry, { code, stderr }]) {
      expect(refused.code).toBe(3);
      expect(refused.stderr).toMatch(words);
    }
    expect(read()).toBe(config());
    expect(await ask(keyA)).toBe("enforced");
    expect(fs.readFileSync(join(env.HOME, ".openjarvis/server.pid"), "utf8")).toBe(String(pid));

    const command = /restart it as it runs now: (.*?)(?:; or if it is to be .*)?\n$/.exec(
      stderr,
    )?.[1];
    const { status } = spawnSync("/bin/sh", ["-c", command ?? "exit 99"], { env, cwd: "/" });
    expect(status).toBe(0);
    expect(keyIn(read())).not.toBe(keyA);
    expect(await ask(keyIn(read()))).toBe("enforced");
    const { argv } = jarvis.readRecord();
    expect(argv.slice(0, 4)).toEqual([
      "--host",
      expect.stringMatching(/^(?:127\.0\.0\.1|0\.0\.0\.0)$/),
      "--port",
      String(live),
    ]);
    expect(argv.slice(4)).toEqual(args(0, 0).includes("--model") ? ["--model", "llama 3"] : []);
  });

  it("asks nothing of a server where the key is not due", async () => {
    const { rotate, jarvis, config } = await prepare((_, other) => ["--port", `${other}`]);
    const { code, stdout } = await rotate("--if-missing");
    expect([code, stdout]).toEqual([0, `unchanged: ${jarvis.configFile}\n`]);
    expect(fs.readFileSync(jarvis.configFile, "utf8")).toBe(config());
  });
});

describe("jean2 token rotate --restart", () => {
  it("restarts the daemon in the folder that it was started in, whose .env files it reads", async () => {
    const home = temporaryFolder();
    fs.mkdirSync(join(home, ".jean2"));
    fs.writeFileSync(join(home, ".jean2/.env"), `JEAN2_AUTH_TOKEN=${keyA}\n`, { mode: 0o600 });
    const project = join(home, "it's mine");
    fs.mkdirSync(project);
    fs.writeFileSync(join(project, ".env"), "MODEL_KEY=x\n");
    const server = await startJean2(home, undefined, project);
    const env = { HOME: home, PATH: `${server.bin}:${process.env["PATH"]}` };
    const argv = ["token", "rotate", "--restart"];
    const { code } = await runBuilt("jean2", argv, { env, cwd: "/" });
    expect(code).toBe(0);
    const { argv: words, cwd } = server.readRecord();
    expect(words).toEqual(["restart", "--host", "127.0.0.1", "--port", String(server.port)]);
    expect(cwd).toBe(project);
  });
});
