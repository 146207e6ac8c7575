import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { onTestFinished } from "vitest";

import { bundleScript } from "./bundle.js";
import { killProcess } from "./processes.js";
import { findPort } from "./restartable-server.js";

/**
 * What a restart does to the workers:
 *
 * - `all` each is replaced by one with the key that the file has by then
 * - `rolling` the same, one after the other
 * - `all but one` one of them is left as it is
 * - `one stopped` each is replaced, and one of the new ones is stopped: it never answers
 */
export type WorkerMode = "all" | "rolling" | "all but one" | "one stopped";

/**
 * How the workers get their connections.
 *
 * - `handed` their parent, which listens, hands them out in turn
 * - `shared` they share the socket that listens; their parent holds it too, and never takes one
 */
export type WorkerSharing = "handed" | "shared";

/** Which workers there are. */
export interface WorkerOptions {
  /** @default handed */
  readonly sharing?: WorkerSharing;
  /** @default 8 */
  readonly workers?: number;
}

/** A Jean2 of several worker processes that take turns, which a command restarts. */
export interface WorkerServer {
  readonly url: string;
  readonly port: number;
  readonly command: readonly [string, ...string[]];
}

/** The script of the server, for every test of a file. */
export function buildWorkers(folder: string): Promise<string> {
  return bundleScript(folder, "workers", source);
}

/** Starts the server on a free port of 127.0.0.1, with the key in HOME's `.jean2/.env`. */
export async function startWorkers(
  script: string,
  home: string,
  mode: WorkerMode,
  { sharing = "handed", workers = 8 }: WorkerOptions = {},
): Promise<WorkerServer> {
  const port = await findPort();
  const restart = path.join(home, "restart.sh");
  const stopped = path.join(home, "stopped");
  const policy = sharing === "handed" ? "rr" : "none";
  const child = spawn(process.execPath, [script, String(port), mode, stopped, String(workers)], {
    cwd: "/",
    env: { HOME: home, NODE_CLUSTER_SCHED_POLICY: policy },
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Its workers end by themselves when it is gone, but for one that is stopped.
  onTestFinished(() => {
    child.kill("SIGKILL");
    if (fs.existsSync(stopped)) killProcess(Number(fs.readFileSync(stopped, "utf8")));
  });
  fs.writeFileSync(restart, `kill -HUP ${child.pid}\n`);
  await once(child.stdout, "data");
  return { url: `http://127.0.0.1:${port}`, port, command: ["/bin/sh", restart] };
}

const source = `
import cluster from "node:cluster";
import * as fs from "node:fs";
import { createMachine } from "keyward:core/machine.js";
import { createReferenceServer } from "keyward:reference-server/reference.js";
import { resolveKey } from "keyward:locations/resolve-key.js";
import { jean2 } from "keyward:systems/jean2/jean2.js";

const [port, mode, stopped, count] = process.argv.slice(2);
const machine = createMachine({ process, date: Date });

async function serve() {
  const { key } = await resolveKey(jean2, machine, "daemon");
  const server = createReferenceServer({ system: "jean2", key, clock: Date });
  await server.listen({ host: "127.0.0.1", port: Number(port) });
  process.on("disconnect", () => process.exit());
}

function fork() {
  const worker = cluster.fork();
  return new Promise((resolve) => worker.once("listening", () => resolve(worker)));
}

async function replace(worker) {
  worker.process.kill("SIGKILL");
  await new Promise((resolve) => worker.once("exit", resolve));
  return fork();
}

async function lead() {
  let workers = await Promise.all(Array.from({ length: Number(count) }, fork));
  fs.writeSync(1, "up\\n");
  let queue = Promise.resolve();
  process.on("SIGHUP", () => {
    queue = queue.then(async () => {
      const [first, ...others] = workers;
      if (mode === "rolling") {
        for (const [index, worker] of workers.entries()) {
          workers[index] = await replace(worker);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return;
      }
      const kept = mode === "all but one" ? first : await replace(first);
      if (mode === "one stopped") {
        fs.writeFileSync(stopped, String(kept.process.pid));
        kept.process.kill("SIGSTOP");
      }
      workers = [kept, ...(await Promise.all(others.map(replace)))];
    });
  });
}

// A worker that is about to listen when the primary is killed.
cluster.worker?.on("error", () => process.exit());
await (cluster.isPrimary ? lead() : serve());
`;
