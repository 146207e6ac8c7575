import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { onTestFinished, vi } from "vitest";

import { binOf } from "./installation.js";
import { killProcess } from "./processes.js";
import { findPort } from "./restartable-server.js";

/**
 * What the stand-in's `restart` does:
 *
 * - `well` what the real one does, with shorter pauses
 * - `survive` the old server does not mind being stopped, so that the new one finds its port taken
 * - `die` the new server ends at once
 * - `wide` it forgets the host that it is given
 * - `hang` it never ends
 */
export type Jean2Mode = "well" | "survive" | "die" | "wide" | "hang";

/** A home folder with a Jean2 that was started as a daemon, and its program on the PATH. */
export interface StandInJean2 {
  readonly home: string;
  readonly port: number;
  /** The folder with the program. */
  readonly bin: string;
  setMode(mode: Jean2Mode): void;
  /** What the last `restart` saw. */
  readRecord(): {
    readonly argv: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
  };
}

/**
 * Puts a stand-in for the real `jean2` into a folder and starts its daemon, which is keyward's
 * reference server. It keeps `server.pid` as the real one does, and its `restart` knows the quirks:
 * status 1 on a stale file, 0 before the server answers and whether or not it ever does.
 */
export async function startJean2(
  home: string,
  bin: string = path.join(home, "real"),
  cwd = "/",
): Promise<StandInJean2> {
  const port = await findPort();
  fs.mkdirSync(bin, { recursive: true });
  fs.writeFileSync(path.join(bin, "jean2"), `#!${process.execPath}\n${program}`, { mode: 0o755 });
  // Not in the program itself: by such a path keyward would take it for one of its own.
  fs.writeFileSync(path.join(home, "server"), binOf("keyward"));
  const setMode = (mode: Jean2Mode): void => fs.writeFileSync(path.join(home, "mode"), mode);
  setMode("well");
  const started: ChildProcess = spawn(
    path.join(bin, "jean2"),
    ["restart", "--host", "127.0.0.1", "--port", String(port)],
    { cwd, env: { HOME: home, PATH: process.env["PATH"] }, stdio: "ignore" },
  );
  onTestFinished(() => {
    started.kill("SIGKILL");
    const pids = path.join(home, "pids");
    if (!fs.existsSync(pids)) return;
    for (const pid of fs.readFileSync(pids, "utf8").trim().split("\n")) killProcess(Number(pid));
  });
  await new Promise((resolve) => started.once("exit", resolve));
  const { createConnection } = await import("node:net");
  await vi.waitFor(
    () =>
      new Promise<void>((resolve, reject) => {
        const socket = createConnection(port, "127.0.0.1");
        socket.once("error", reject).once("connect", () => {
          socket.destroy();
          resolve();
        });
      }),
    10_000,
  );
  return {
    home,
    port,
    bin,
    setMode,
    readRecord: () =>
      JSON.parse(fs.readFileSync(path.join(home, "record.json"), "utf8")) as ReturnType<
        StandInJean2["readRecord"]
      >,
  };
}

const program = String.raw`
const fs = require("node:fs");
const { spawn } = require("node:child_process");
const home = process.env.HOME;
const pidFile = home + "/.jean2/server.pid";
const argv = process.argv.slice(2);
const valueOf = (flag) => argv[argv.indexOf(flag) + 1];
const mode = fs.readFileSync(home + "/mode", "utf8");
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function restart() {
  fs.writeFileSync(home + "/record.json", JSON.stringify({ argv, cwd: process.cwd(), env: process.env }));
  if (mode === "hang") return setInterval(() => {}, 1000);
  if (fs.existsSync(pidFile)) {
    const { pid } = JSON.parse(fs.readFileSync(pidFile, "utf8"));
    if (!isAlive(pid)) {
      fs.unlinkSync(pidFile);
      console.error("Failed to restart daemon: Daemon process not found (stale PID file)");
      process.exit(1);
    }
    if (mode !== "survive") process.kill(pid, "SIGTERM");
    for (let i = 0; mode !== "survive" && isAlive(pid) && i < 250; i++) await wait(20);
    if (mode !== "survive" && isAlive(pid)) process.kill(pid, "SIGKILL");
    console.log("Daemon stopped (PID " + pid + ")");
  }
  const host = mode === "wide" ? "0.0.0.0" : argv.includes("--host") ? valueOf("--host") : "0.0.0.0";
  const port = argv.includes("--port") ? valueOf("--port") : process.env.JEAN2_PORT ?? "8742";
  const { PATH, HOME } = process.env;
  const serve = [fs.readFileSync(home + "/server", "utf8"), "serve", "--system", "jean2"];
  const words = mode === "die" ? ["-e", "0"] : [...serve, "--host", host, "--port", port];
  const child = spawn(process.execPath, words, {
    env: { PATH, HOME },
    detached: true,
    stdio: "ignore",
  });
  fs.appendFileSync(home + "/pids", child.pid + "\n");
  const live = { pid: child.pid, port: Number(port), host, startedAt: new Date().toISOString() };
  fs.writeFileSync(pidFile, JSON.stringify(live, null, 2));
  console.log("Daemon started with PID " + child.pid);
  child.unref();
}

if (argv[0] === "restart") restart();
else process.exit(1);
`;
