import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { type Finding, type RawFinding, spellFindings } from "../../src/core/finding.js";
import { spellHint } from "../../src/core/hint.js";
import type { Subject } from "../../src/doctor/subject.js";
import { resolveKey } from "../../src/locations/resolve-key.js";
import { systems } from "../../src/systems/list.js";
import type { Launch, System } from "../../src/systems/contract/system.js";
import { withFile } from "../../src/locations/with-file.js";
import { testMachine, type TestMachine } from "../helpers/machine.js";

/** What a test says of a server; the rest is a Jean2 whose folder is empty. */
export interface Given {
  readonly system?: System;
  /** Text by its path below the home folder. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly mode?: number;
  readonly launch?: Launch;
  readonly machine?: Partial<TestMachine>;
  readonly names?: readonly string[];
  readonly urls?: readonly string[];
}

/** A server whose files are there, as the checks look at it. */
export async function prepare(given: Given = {}): Promise<{
  machine: TestMachine;
  subject: Subject;
  at: (path: string) => string;
}> {
  const { files = {}, mode = 0o600, launch, names = [], urls = [] } = given;
  const machine = testMachine(given.machine);
  const at = (path: string) => join(machine.home, path);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true, mode: 0o700 });
    writeFileSync(at(path), text);
    chmodSync(at(path), mode);
  }
  const system = given.system ?? systems.jean2;
  return { machine, at, subject: await lookAgain(system, machine, launch, { names, urls }) };
}

/** The same server after its files have changed. */
export async function lookAgain(
  system: System,
  machine: TestMachine,
  launch: Launch = system.detectLaunch(machine),
  named: { names: readonly string[]; urls: readonly string[] } = { names: [], urls: [] },
): Promise<Subject> {
  return {
    system,
    ...named,
    isLocal: true,
    machine,
    launch,
    resolution: await resolveKey(system, machine, launch),
    live: { kind: "none" },
  };
}

/** A system whose key is in a file below the home folder of the machine, read by that program. */
export function fileOf(id: "openjarvis" | "jean" | "haip", path: string, dialect?: string): System {
  return withFile(systems[id], { path, dialect });
}

/** Findings with what fixes them as `keyward` alone is typed. */
export function spelled(findings: readonly RawFinding[]): readonly Finding[] {
  return spellFindings(findings, spellHint);
}
