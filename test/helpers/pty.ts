import { spawn } from "@lydell/node-pty";
import { onTestFinished } from "vitest";

import { killProcess, killSession } from "./processes.js";

/** How long something may take to come before the test fails and shows what came instead, in ms. */
const PATIENCE = 10_000;

/** A program on a terminal of its own, as a person would use it. */
export interface Terminal {
  /** Presses keys: text is typed as it is, `\r` is Enter, `\x03` Ctrl-C, `\x1a` Ctrl-Z. */
  type(keys: string): void;
  /** Waits until something that matches has come since the last match, and returns that match. */
  waitFor(pattern: RegExp): Promise<readonly string[]>;
  /** All that came so far. */
  readonly output: string;
  /** Ends with the program: its exit status, and the number of the signal that ended it or 0. */
  readonly ended: Promise<{ exitCode: number; signal: number }>;
}

/** Starts a program on a pseudo-terminal; it and all of its session are killed when the test ends. */
export function openTerminal(
  file: string,
  args: readonly string[],
  options: { env: Record<string, string | undefined>; cwd: string; name?: string },
): Terminal {
  const pty = spawn(file, [...args], { name: "dumb", cols: 200, rows: 50, ...options });
  let output = "";
  let matched = 0;
  let wake = (): void => {};
  pty.onData((data) => {
    output += data;
    wake();
  });
  const ended = new Promise<{ exitCode: number; signal: number }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => resolve({ exitCode, signal: signal ?? 0 }));
  });
  // A shell's jobs would outlive it: they have groups of their own, and may take no notice of SIGHUP.
  onTestFinished(() => {
    killSession(pty.pid);
    killProcess(pty.pid);
  });
  return {
    type: (keys) => pty.write(keys),
    waitFor: async (pattern) => {
      let timer: NodeJS.Timeout | undefined;
      const over = Promise.race([
        ended,
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, PATIENCE);
        }),
      ]).then(() => true);
      try {
        for (let last = false; ;) {
          const match = pattern.exec(output.slice(matched));
          if (match !== null) {
            matched += match.index + match[0].length;
            return [...match];
          }
          if (last) throw new Error(`${String(pattern)} did not come: ${JSON.stringify(output)}`);
          const more = new Promise<false>((resolve) => {
            wake = () => resolve(false);
          });
          last = await Promise.race([more, over]);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    get output() {
      return output;
    },
    ended,
  };
}

/** An interactive bash with job control and a bare prompt, whose PATH starts with these folders. */
export function openShell(folders: readonly string[], home: string): Terminal {
  return openTerminal("bash", ["--norc", "--noprofile", "-i"], {
    cwd: home,
    env: {
      HOME: home,
      PATH: [...folders, process.env["PATH"]].join(":"),
      PS1: "$ ",
      INPUTRC: "/dev/null",
      HISTFILE: "/dev/null",
    },
  });
}
