import * as fs from "node:fs";

import { KeywardError, systemErrorCode } from "../core/errors.js";
import { createMachine, type Machine } from "../core/machine.js";
import { describeFailure } from "../files/file-errors.js";
import type { Requester } from "../net/requester.js";

/** Somewhere to write to. */
export interface Output {
  /** Writes all of it before it returns. False when the reader has gone away, as `head` does. */
  write(chunk: string | Uint8Array): boolean;
  /** Whether a person is looking at it. Asked late: the answer costs time at start. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** Where answers and secrets come from. */
export interface Input {
  readonly isTerminal: boolean;
  /** Everything up to the end, capped at 1 MiB. */
  readAll(): Buffer;
}

/** What passing a command on, or serving, needs of this process. */
export interface ProcessControl {
  readonly pid: number;
  readonly execPath: string;
  on(signal: NodeJS.Signals, listener: () => void): void;
  off(signal: NodeJS.Signals, listener: () => void): void;
  kill(pid: number, signal: NodeJS.Signals | 0): void;
}

/**
 * Everything that a command may touch outside itself. A test makes its own and runs the whole
 * program in process; the real one is made by {@link createContext}, and by it alone.
 */
export interface Context extends Machine {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The streams of a conversation with a person; opened at the first question. */
  readonly terminal: {
    readonly input: NodeJS.ReadableStream;
    readonly output: NodeJS.WritableStream;
  };
  readonly process: ProcessControl;
  /** Sends one HTTP request; loads node:http at its first use. */
  readonly request: Requester;
}

/** The real world. Nothing but this function touches node's globals. */
export function createContext(): Context {
  const machine = createMachine({ process, date: Date });
  const own: Omit<Context, keyof Machine> = {
    stdin: {
      get isTerminal() {
        return isTerminal(0);
      },
      readAll: () => readAll(0),
    },
    stdout: createOutput(1),
    stderr: createOutput(2),
    get terminal() {
      return { input: process.stdin, output: process.stderr };
    },
    process,
    request: async (request) => {
      const { createRequester } = await import("../net/requester.js");
      return createRequester()(request);
    },
  };
  // Spreading would ask for all of it at once: system calls, one of which fails in a folder that is gone.
  const context: Context = Object.create(Object.prototype, {
    ...Object.getOwnPropertyDescriptors(machine),
    ...Object.getOwnPropertyDescriptors(own),
  });
  return context;
}

function createOutput(fd: number): Output {
  return {
    write: (chunk) => writeFully(fd, typeof chunk === "string" ? Buffer.from(chunk) : chunk),
    get isTerminal() {
      return isTerminal(fd);
    },
    get columns() {
      return (fd === 1 ? process.stdout : process.stderr).columns ?? 80;
    },
  };
}

/**
 * Writes with plain system calls: touching process.stdout costs a seventh of node's start, and its
 * writes to a pipe are lost when the process ends before they are through.
 */
function writeFully(fd: number, chunk: Uint8Array): boolean {
  let at = 0;
  while (at < chunk.length) {
    try {
      at += fs.writeSync(fd, chunk, at);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "EPIPE") return false;
      // The other end is a non-blocking pipe that is full, as a shell or a parent may make one.
      if (code !== "EAGAIN") throw failedWrite(fd, error);
      pause(2);
    }
  }
  return true;
}

function failedWrite(fd: number, cause: unknown): KeywardError {
  const stream = fd === 1 ? "standard output" : "standard error";
  const message = `cannot write to ${stream}: ${describeFailure(cause)}`;
  return new KeywardError("write-failed", message, { cause });
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

const inputLimit = 1 << 20;

function readAll(fd: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  const chunk = Buffer.alloc(1 << 16);
  for (;;) {
    let length: number;
    try {
      length = fs.readSync(fd, chunk, 0, chunk.length, null);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "EOF") break;
      if (code !== "EAGAIN") throw error;
      pause(5);
      continue;
    }
    if (length === 0) break;
    total += length;
    if (total > inputLimit) throw new RangeError("standard input is over 1 MiB");
    chunks.push(Buffer.from(chunk.subarray(0, length)));
  }
  return Buffer.concat(chunks);
}

/** A file or a pipe is told by a cheap system call; node:tty is loaded only for what may be one. */
function isTerminal(fd: number): boolean {
  try {
    if (!fs.fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  return fd === 0 ? process.stdin.isTTY : (fd === 1 ? process.stdout : process.stderr).isTTY;
}
