import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { temporaryFolder } from "./machine.js";

/** A process in the place of a server: it listens on a free port, and says nothing. */
export interface LiveChild {
  readonly pid: number;
  readonly port: number;
  /** Ends it, and waits until it is gone. */
  readonly stop: () => Promise<void>;
}

/** How the process is started. */
export interface LiveOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly host?: string;
  readonly port?: number;
  /** What its command line says behind the script. */
  readonly args?: readonly string[];
  /** The name of its script, as a process list has it; a line for node itself where absent. */
  readonly name?: string;
  readonly uid?: number;
}

/** It is told by the environment, so that its words may be anything. */
const listeningScript = `
const [host, port] = process.env.TEST_LISTEN.split(" ");
delete process.env.TEST_LISTEN;
const server = require("node:net").createServer((socket) => socket.destroy());
server.listen(Number(port), host, () => console.log(server.address().port));
`;

/** Starts it, and waits until it listens; it is ended with the test. */
export async function startLive(options: LiveOptions = {}): Promise<LiveChild> {
  const { cwd = "/", env = {}, host = "127.0.0.1", port = 0, args = [], name, uid } = options;
  const argv = name === undefined ? ["-e", listeningScript, "--"] : [writeScript(name)];
  const child = spawn(process.execPath, [...argv, ...args], {
    cwd,
    env: { ...env, TEST_LISTEN: `${host} ${port}` },
    stdio: ["ignore", "pipe", "inherit"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(stop);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { pid: child.pid ?? 0, port: Number(line.toString()), stop };
}

function writeScript(name: string): string {
  const folder = temporaryFolder();
  // For a process of another user.
  chmodSync(folder, 0o755);
  const path = join(folder, name);
  writeFileSync(path, listeningScript);
  return path;
}
