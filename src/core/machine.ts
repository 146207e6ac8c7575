import type * as ChildProcess from "node:child_process";
import * as nodeFs from "node:fs";
import * as nodeOs from "node:os";

import { systemErrorCode } from "./errors.js";

/** The part of node:fs that keyward uses; tests put one that fails in its place. */
export type FileSystem = Pick<
  typeof nodeFs,
  | "accessSync"
  | "closeSync"
  | "copyFileSync"
  | "existsSync"
  | "fchmodSync"
  | "fchownSync"
  | "fstatSync"
  | "fsyncSync"
  | "ftruncateSync"
  | "linkSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "readdirSync"
  | "readFileSync"
  | "readlinkSync"
  | "readSync"
  | "realpathSync"
  | "renameSync"
  | "rmdirSync"
  | "statSync"
  | "unlinkSync"
  | "writeSync"
>;

/** Where time comes from. */
export interface Clock {
  /** Milliseconds since 1970, UTC: for what is written down. */
  now(): number;
  /** Milliseconds on a clock that never jumps: for measuring. */
  monotonic(): number;
}

/** Who keyward runs as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/**
 * All that the library may know of the machine it runs on. It is handed in, never looked up,
 * so that a test, or a server with several configurations, can have its own.
 */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  readonly hostname: string;
  readonly user: User;
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** node:child_process, loaded at its first use: that takes a tenth of a whole start. */
  childProcess(): typeof ChildProcess;
  /** Whether a process of this number exists, whoever owns it. */
  isRunning(pid: number): boolean;
}

/** What {@link createMachine} takes from node's `process`: pass `process` itself. */
export interface ProcessLike {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  cwd(): string;
  hrtime: { bigint(): bigint };
  kill(pid: number, signal: 0): true;
  getBuiltinModule(id: "node:child_process"): typeof ChildProcess;
}

/**
 * The machine as this process sees it.
 *
 * @example
 * const machine = createMachine({ process, date: Date });
 */
export function createMachine(source: {
  process: ProcessLike;
  date: { now(): number };
  fs?: FileSystem;
}): Machine {
  const { process, date } = source;
  let user: User | undefined;
  return {
    env: process.env,
    get cwd() {
      return process.cwd();
    },
    platform: process.platform,
    pid: process.pid,
    get hostname() {
      return nodeOs.hostname();
    },
    get user() {
      return (user ??= lookUpUser());
    },
    fs: source.fs ?? nodeFs,
    clock: {
      now: () => date.now(),
      monotonic: () => Number(process.hrtime.bigint() / 1000n) / 1000,
    },
    childProcess: () => process.getBuiltinModule("node:child_process"),
    isRunning(pid) {
      try {
        return process.kill(pid, 0);
      } catch (error) {
        return systemErrorCode(error) === "EPERM";
      }
    },
  };
}

/** The same machine with another environment; nothing else of it is looked up. */
export function withEnvironment(machine: Machine, env: Machine["env"]): Machine {
  return new Proxy(machine, {
    get: (target, name) => (name === "env" ? env : (Reflect.get(target, name) as unknown)),
  });
}

function lookUpUser(): User {
  // userInfo fails when the user id has no entry in the password file, as in some containers.
  try {
    const { uid, gid, username } = nodeOs.userInfo();
    return { uid, gid, name: username };
  } catch {
    const { uid, gid } = nodeFs.statSync("/proc/self", { throwIfNoEntry: false }) ?? {
      uid: -1,
      gid: -1,
    };
    return { uid, gid, name: `uid ${uid}` };
  }
}
