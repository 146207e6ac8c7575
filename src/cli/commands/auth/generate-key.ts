import { type Command, Option } from "commander";

import { KeywardError } from "../../../core/errors.js";
import { fingerprintKey } from "../../../keys/fingerprint.js";
import { type KeyFormat, keyFormats } from "../../../keys/formats.js";
import { generateKey, createLineGenerator } from "../../../keys/generate.js";
import { type CommonOptions, formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import { type ProgramName, programSystems } from "../../output.js";

interface GenerateKeyOptions extends CommonOptions {
  readonly format?: KeyFormat;
  readonly count?: string;
  readonly write?: boolean;
  readonly print?: boolean;
}

/** Keys made at a time: enough to make the writes few, little enough to stay small. */
const batch = 1000;

export function declare(command: Command, name: ProgramName): void {
  command
    .addOption(new Option("--format <format>", "the key's format").choices(keyFormats))
    .option("--count <n>", "print that many keys, a line each")
    .option("--write", "store the key where the server reads it; refused when a key is set")
    .option("--print", "with --write: print the key too")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} auth generate-key`, "a new key on standard output, alone"],
        [`${name} auth generate-key --write`, "the first key of a server, stored"],
        [`${name} auth generate-key --count 3 --json`, "an object a line"],
      ]),
    );
}

/** What `auth generate-key --json` prints; with `--count`, an object a line. */
export interface GenerateKeyJson {
  readonly key: string;
  readonly format: KeyFormat;
  readonly fingerprint: string | null;
}

export async function run(invocation: Invocation<GenerateKeyOptions>): Promise<number> {
  const { options } = invocation;
  if (options.print === true && options.write !== true) {
    throw new KeywardError("usage", "--print is for --write; without it the key is printed anyway");
  }
  if (options.write === true) {
    if (options.count === undefined) {
      const createKey = await import("./create-key.js");
      return createKey.run(invocation);
    }
    throw new KeywardError("usage", "--count cannot be used with --write, which stores one key");
  }
  const format = options.format ?? (await defaultFormat(invocation));
  const count = options.count === undefined ? null : parseCount(options.count);
  if (count === null) printKey(invocation, format);
  else printKeys(invocation, format, count);
  return exit.ok;
}

function printKey({ report, context }: Invocation<GenerateKeyOptions>, format: KeyFormat): void {
  const key = generateKey(format);
  if (report.json)
    report.answerJson<GenerateKeyJson>({ key, format, fingerprint: fingerprintKey(key) });
  else context.stdout.write(`${key}\n`);
}

function printKeys(
  { report, context }: Invocation<GenerateKeyOptions>,
  format: KeyFormat,
  count: number,
): void {
  const generate = createLineGenerator(format, Math.min(count, batch));
  for (let left = count; left > 0; left -= batch) {
    const lines = generate(Math.min(left, batch));
    if (!context.stdout.write(report.json ? describeLines(lines, format) : lines)) return;
  }
}

function describeLines(lines: Buffer, format: KeyFormat): string {
  const keys = lines.toString("latin1").trimEnd().split("\n");
  return keys
    .map((key) => `${JSON.stringify({ key, format, fingerprint: fingerprintKey(key) })}\n`)
    .join("");
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && count >= 1 && Number.isSafeInteger(count)) return count;
  throw new KeywardError("usage", `--count takes a whole number from 1, got ${text}`, {
    hint: "for example: --count 10",
  });
}

async function defaultFormat(invocation: Invocation<GenerateKeyOptions>): Promise<KeyFormat> {
  const { name, options, server } = invocation;
  if (server !== null) {
    const { chooseSystem } = await import("../../which/choose.js");
    return (await chooseSystem(invocation)).keyFormat;
  }
  const system = programSystems[name] ?? options.system;
  if (system === "openjarvis") return "openjarvis";
  if (system === undefined || system === "jean2") return "base64url";
  const { findSystem } = await import("../../../systems/list.js");
  return findSystem(system).keyFormat;
}
