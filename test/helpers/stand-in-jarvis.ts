import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { onTestFinished, vi } from "vitest";

import { bundleScript } from "./bundle.js";
import { killProcess } from "./processes.js";

/** A home folder with OpenJarvis's own command, which starts, stops and restarts its server. */
export interface StandInJarvis {
  readonly home: string;
  /** The folder with the program. */
  readonly bin: string;
  readonly configFile: string;
  /** Runs it as a person would, and waits until the server answers on that port. */
  start(port: number, args: readonly string[], from?: Surroundings): Promise<number>;
  /** What the server that started last was given. */
  readRecord(): {
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
  };
}

/** Where a person types a command. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The script of the server, for every test of a file. */
export function buildJarvis(folder: string): Promise<string> {
  return bundleScript(folder, "jarvis-server", source);
}

/**
 * Puts a stand-in for the real `jarvis` into a folder. As the real one it keeps the process id alone in
 * `server.pid`, its `restart` is a stop and a start without options, and its server has the folder and
 * the environment of whoever types that.
 */
export function putJarvis(home: string, script: string): StandInJarvis {
  const bin = path.join(home, "real");
  const program = path.join(bin, "jarvis");
  fs.mkdirSync(bin, { recursive: true });
  fs.mkdirSync(path.join(home, ".openjarvis"), { recursive: true });
  fs.writeFileSync(program, `#!${process.execPath}\nimport(${JSON.stringify(script)});\n`, {
    mode: 0o755,
  });
  const env = { HOME: home, PATH: `${bin}:${process.env["PATH"]}` };
  const read = (name: string) => fs.readFileSync(path.join(home, name), "utf8");
  onTestFinished(() => {
    if (!fs.existsSync(path.join(home, "pids"))) return;
    for (const pid of read("pids").trim().split("\n")) killProcess(Number(pid));
  });
  return {
    home,
    bin,
    configFile: path.join(home, ".openjarvis", "config.toml"),
    async start(port, args, from = {}) {
      const options = { cwd: from.cwd ?? "/", env: { ...env, ...from.env } };
      const { status, stderr } = spawnSync(program, ["start", ...args], options);
      if (status !== 0) throw new Error(stderr.toString());
      await vi.waitFor(async () => {
        await fetch(`http://127.0.0.1:${port}/health`);
      }, 20_000);
      return Number(read(".openjarvis/server.pid"));
    },
    readRecord: () => JSON.parse(read("record.json")) as ReturnType<StandInJarvis["readRecord"]>,
  };
}

const source = `
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { createMachine } from "keyward:core/machine.js";
import { createReferenceServer } from "keyward:reference-server/reference.js";
import { resolveKey, resolveSetting } from "keyward:locations/resolve-key.js";
import { openjarvis } from "keyward:systems/openjarvis/openjarvis.js";

const home = process.env.HOME;
const pidFile = home + "/.openjarvis/server.pid";
const [program, command, ...args] = process.argv.slice(1);
const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

function readPid() {
  const pid = fs.existsSync(pidFile) ? Number(fs.readFileSync(pidFile, "utf8")) : 0;
  return pid > 0 && isAlive(pid) ? pid : null;
}

async function stop() {
  const pid = readPid();
  if (pid === null) return false;
  process.kill(pid, "SIGTERM");
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  fs.rmSync(pidFile, { force: true });
  return true;
}

function start(options) {
  if (readPid() !== null) process.exit(1);
  const child = spawn(process.execPath, [program, "serve", ...options], { detached: true, stdio: "ignore" });
  fs.appendFileSync(home + "/pids", child.pid + "\\n");
  fs.writeFileSync(pidFile, String(child.pid));
  child.unref();
}

async function serve() {
  const { env } = process;
  fs.writeFileSync(home + "/record.json", JSON.stringify({ argv: args, cwd: process.cwd(), env }));
  const machine = createMachine({ process, date: Date });
  const find = async (name) => {
    const at = args.indexOf("--" + name);
    if (at !== -1) return args[at + 1];
    return (await resolveSetting(openjarvis.network[name], machine, "foreground")).value;
  };
  const { key } = await resolveKey(openjarvis, machine, "foreground");
  const server = createReferenceServer({ system: "openjarvis", key, clock: Date });
  await server.listen({ host: await find("host"), port: Number(await find("port")) });
}

if (command === "serve") await serve();
else if (command === "start") start(args);
else if (command === "stop") process.exitCode = (await stop()) ? 0 : 1;
else if (command === "restart") {
  await stop();
  start([]);
} else process.exitCode = 2;
`;
