import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";

import { onTestFinished } from "vitest";

import { bundleScript } from "./bundle.js";

/**
 * What the server does when it is told to restart:
 *
 * - `well` it comes back with the key that its file has by then
 * - `ignore` it goes on as it was
 * - `die` it ends
 * - `wide` it comes back on every address, `open` without asking for a key
 * - `slow` it comes back after 400 ms
 *
 * With `once` in front only the first time, and `well` from then on.
 */
export type RestartMode =
  "well" | "slow" | "ignore" | "die" | "wide" | "open" | `once ${"ignore" | "wide" | "open"}`;

/** A Jean2 reference server of its own process, that a command restarts as a real one would be. */
export interface RestartableServer {
  readonly url: string;
  readonly port: number;
  /** The program that restarts it, and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** What a restart is to lead to, and the status that the command is to end with. */
  setMode(mode: RestartMode, status?: number): void;
  /** Restarts it now, as somebody else might. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The script of the server, for every test of a file. */
export function buildServer(folder: string): Promise<string> {
  return bundleScript(folder, "server", source);
}

/** Starts the server on a free port of 127.0.0.1, with the key in HOME's `.jean2/.env`. */
export async function startServer(
  script: string,
  home: string,
  onPort?: number,
): Promise<RestartableServer> {
  const port = onPort ?? (await findPort());
  const mode = path.join(home, "mode");
  const restart = path.join(home, "restart.sh");
  const child = spawn(process.execPath, [script, home, String(port), mode], {
    cwd: "/",
    env: { HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const setMode = (name: RestartMode, status = 0): void => {
    fs.writeFileSync(mode, name);
    fs.writeFileSync(restart, `kill -HUP ${child.pid} 2>/dev/null\nexit ${status}\n`);
  };
  setMode("well");
  await once(child.stdout, "data");
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    command: ["/bin/sh", restart],
    setMode,
    async restart() {
      child.kill("SIGHUP");
      // Others may have told it to restart just before: it is done when it has nothing left to do.
      child.kill("SIGUSR2");
      for (;;) {
        const [said] = (await once(child.stdout, "data")) as [Buffer];
        if (said.includes("idle")) return;
      }
    },
    async stop() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function findPort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const source = `
import * as fs from "node:fs";
import { createMachine } from "keyward:core/machine.js";
import { createReferenceServer } from "keyward:reference-server/reference.js";
import { resolveKey } from "keyward:locations/resolve-key.js";
import { jean2 } from "keyward:systems/jean2/jean2.js";

const [home, port, modeFile] = process.argv.slice(2);
const machine = createMachine({ process, date: Date });
let server;

async function start(host, open) {
  const { key } = await resolveKey(jean2, machine, "daemon");
  server = createReferenceServer({ system: "jean2", key: open ? null : key, clock: Date });
  await server.listen({ host, port: Number(port) });
  fs.writeSync(1, "up\\n");
}

let queue = start("127.0.0.1", false);
process.on("SIGHUP", () => {
  queue = queue.then(restart);
});

process.on("SIGUSR2", () => {
  queue = queue.then(() => fs.writeSync(1, "idle\\n"));
});

async function restart() {
  const [, once, mode] = /^(once )?(.*)$/.exec(fs.readFileSync(modeFile, "utf8"));
  if (once) fs.writeFileSync(modeFile, "well");
  if (mode === "ignore") return;
  if (mode === "die") process.exit();
  await server.close();
  if (mode === "slow") await new Promise((resolve) => setTimeout(resolve, 400));
  await start(mode === "wide" ? "0.0.0.0" : "127.0.0.1", mode === "open");
}
`;
