import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

import { PROGRAM_MARKER } from "../../src/cli/real-programs/programs.js";
import type { CliResult } from "./run-cli.js";
import { binOf } from "./installation.js";
import { temporaryFolder } from "./machine.js";

/** A program that was started, by the name that it was started under, and its arguments. */
export type Started = readonly [name: string, ...args: string[]];

/** A home folder with several servers, and a PATH on which every program that is started is written down. */
export interface Stage {
  readonly home: string;
  /** Runs a line as a shell does, in the home folder. */
  run(line: string): Promise<CliResult>;
  /** What was started since it was last asked. */
  takeStarted(): Started[];
  /** What every file of a server holds, by its path below the home folder. */
  readFiles(): Readonly<Record<string, string>>;
}

const ours = ["keyward", "jean2", "jarvis"] as const;
const others = ["jean2", "jarvis", "sudo", "systemctl", "docker"];

/** @param files of servers, by their paths below the home folder */
export function setStage(files: Readonly<Record<string, string>>): Stage {
  const home = temporaryFolder();
  const log = path.join(home, "started");
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true, mode: 0o700 });
    fs.writeFileSync(path.join(home, name), text, { mode: 0o600 });
  }
  for (const name of ours) {
    const exec = `exec '${process.execPath}' '${binOf(name)}' "$@"`;
    install(path.join(home, "ours", name), `# ${PROGRAM_MARKER}\n${record(name, log)}\n${exec}`);
  }
  for (const name of others) {
    const exec = name === "sudo" ? 'while [ "${1#-}" != "$1" ]; do shift; done; "$@"' : "exit 0";
    install(path.join(home, "others", name), `${record(`the real ${name}`, log)}\n${exec}`);
  }
  fs.writeFileSync(log, "");
  const PATH = `${path.join(home, "ours")}:${path.join(home, "others")}:/usr/bin:/bin`;
  return {
    home,
    run: (line) => runLine(line, home, { HOME: home, PATH }),
    takeStarted() {
      const lines = fs.readFileSync(log, "utf8").split("\n").slice(0, -1);
      fs.writeFileSync(log, "");
      return lines.map((line) => line.split("\t").slice(0, -1) as unknown as Started);
    },
    readFiles: () =>
      Object.fromEntries(
        Object.keys(files).map((name) => [name, fs.readFileSync(path.join(home, name), "utf8")]),
      ),
  };
}

function install(file: string, script: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function record(name: string, log: string): string {
  return `printf '%s\\t' '${name}' "$@" >> '${log}'; printf '\\n' >> '${log}'`;
}

async function runLine(line: string, cwd: string, env: Record<string, string>): Promise<CliResult> {
  const child = spawn("/bin/sh", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}
