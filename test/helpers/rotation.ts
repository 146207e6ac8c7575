import * as fs from "node:fs";
import * as os from "node:os";
import { join } from "node:path";

import { createMachine, type Machine } from "../../src/core/machine.js";
import { probe } from "../../src/probe/probe.js";
import type { Verdict } from "../../src/probe/report.js";
import { fingerprintKey } from "../../src/keys/fingerprint.js";
import type { Journal, JournalStep } from "../../src/rotate/journal/journal-shape.js";
import type { RotateReport } from "../../src/rotate/report.js";
import type { RotateOptions } from "../../src/rotate/rotate.js";
import { jean2 } from "../../src/systems/jean2/jean2.js";
import { keyA, keyB } from "./keys.js";
import { temporaryFolder, testMachine } from "./machine.js";
import { type RestartableServer, startServer } from "./restartable-server.js";

/** The file that a rotation begins with, unless a test has another: with keyA. */
export const oldText = `# mine\nJEAN2_AUTH_TOKEN=${keyA}\nA=1`;

/** A running server, its file, and what rotates its key. */
export interface RotationSetting {
  readonly machine: Machine;
  readonly home: string;
  readonly file: string;
  readonly copy: string;
  readonly server: RestartableServer;
  readonly options: RotateOptions & { readonly restart: NonNullable<RotateOptions["restart"]> };
  /** The verdict of the running server on a key. */
  readonly ask: (key: string | null) => Promise<Verdict>;
  /** What lies about that should not, once all is done. */
  readonly listLeftovers: () => string[];
}

/** Starts a server that runs with what the file holds; null for no file. */
export async function prepareRotation(
  script: string,
  text: string | null = oldText,
): Promise<RotationSetting> {
  const home = temporaryFolder();
  const { clock } = createMachine({ process, date: Date });
  const machine = testMachine({ home, clock, hostname: os.hostname(), cwd: "/" });
  const folder = join(home, ".jean2");
  const file = join(folder, ".env");
  fs.mkdirSync(folder);
  if (text !== null) fs.writeFileSync(file, text, { mode: 0o600 });
  const server = await startServer(script, home);
  const { url, command } = server;
  return {
    machine,
    home,
    file,
    copy: join(folder, "..env.keyward-old"),
    server,
    options: { system: jean2, machine, restart: { command, url, timeoutMs: 5000 } },
    ask: async (key) => (await probe({ system: jean2, url, key, machine })).verdict,
    listLeftovers: () => listLeftovers(home),
  };
}

/** What lies about in a home folder that should not, once all is done. */
export function listLeftovers(home: string): string[] {
  const state = join(home, ".local", "state", "keyward");
  return [
    ...fs.readdirSync(join(home, ".jean2")).filter((name) => name !== ".env"),
    ...(fs.existsSync(state) ? fs.readdirSync(state) : []).filter(
      (name) => name !== "history.jsonl",
    ),
  ];
}

/** The steps of a report in a line; one that failed has a `!`. */
export function namesOf({ steps }: RotateReport): string {
  return steps.map(({ name, ok }) => (ok ? name : `${name}!`)).join(" ");
}

/** The journal of a rotation from keyA to keyB that was cut off in a step. */
export function describeCutOff(
  { file, copy, options }: RotationSetting,
  step: JournalStep,
  changes: Partial<Journal> = {},
): Journal {
  return {
    version: 1,
    step,
    system: "jean2",
    launch: "daemon",
    location: file,
    copy,
    hadKey: true,
    leaked: false,
    oldFingerprint: fingerprintKey(keyA),
    newFingerprint: fingerprintKey(keyB),
    format: "base64url",
    command: options.restart.command,
    url: options.restart.url,
    named: false,
    certificate: null,
    listening: ["127.0.0.1"],
    wasOpen: false,
    since: "2026-01-02T03:04:05.678Z",
    user: "me",
    host: "here",
    ...changes,
  };
}
