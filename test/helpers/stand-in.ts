import * as fs from "node:fs";
import * as path from "node:path";

/** What the stand-in saw of its start. */
export interface StandInRecord {
  readonly argv: readonly string[];
  readonly hops: string | null;
  readonly stdin: string;
  readonly terminal: readonly [boolean, boolean, boolean];
}

/**
 * Puts a stand-in for a real `jean2` or `jarvis` into a folder. Its first argument says what it does:
 *
 * - `listen N` says `ready PID PPID`, then `got SIGNAL` for each signal; SIGTERM ends it with status N
 * - `wait` says `ready PID PPID` and does what signals do by default
 * - `die SIGNAL` ends itself by that signal
 * - anything else: reads standard input to its end, records what it saw as `NAME.json` beside
 *   itself, says `out` and `err` on its two streams, and exits with 42
 */
export function putStandIn(folder: string, name: "jean2" | "jarvis"): string {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  fs.writeFileSync(file, `#!${process.execPath}\n${program}`, { mode: 0o755 });
  return file;
}

/** What the stand-in in that folder saw at its last start; null when it was not started. */
export function readStandIn(folder: string, name: "jean2" | "jarvis"): StandInRecord | null {
  const file = path.join(folder, `${name}.json`);
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as StandInRecord) : null;
}

const program = String.raw`
const fs = require("node:fs");
const tty = require("node:tty");
const say = (line) => fs.writeSync(1, line + "\n");
const [word, value] = process.argv.slice(2);

if (word === "listen") {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"]) {
    process.on(signal, () => say("got " + signal));
  }
  process.on("SIGTERM", () => process.exit(Number(value)));
  setInterval(() => {}, 1 << 30);
  say("ready " + process.pid + " " + process.ppid);
} else if (word === "wait") {
  setInterval(() => {}, 1 << 30);
  say("ready " + process.pid + " " + process.ppid);
} else if (word === "die") {
  // Node ignores some signals; taking a listener away leaves them to their default.
  if (value !== "SIGKILL") process.on(value, () => {}).removeAllListeners(value);
  process.kill(process.pid, value);
} else {
  const record = {
    argv: process.argv.slice(2),
    hops: process.env.KEYWARD_HOPS ?? null,
    stdin: tty.isatty(0) ? "" : fs.readFileSync(0, "utf8"),
    terminal: [0, 1, 2].map((fd) => tty.isatty(fd)),
  };
  fs.writeFileSync(__filename + ".json", JSON.stringify(record));
  fs.writeSync(1, "out\n");
  fs.writeSync(2, "err\n");
  process.exitCode = 42;
}
`;
