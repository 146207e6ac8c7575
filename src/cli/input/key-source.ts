import { resolve } from "node:path";

import type { Command } from "commander";

import { KeywardError } from "../../core/errors.js";
import { assessKey } from "../../keys/strength.js";
import type { ListenerPolicy } from "../../net/listener.js";
import { resolveKey } from "../../locations/resolve-key.js";
import type { Launch, System } from "../../systems/contract/system.js";
import type { CommonOptions, Invocation } from "../command.js";
import { decodeText, refuseNonKey, stripNewline } from "./given-key.js";
import { readInputFile } from "./input-file.js";

/** The ways to bring a key. None of them is an argument, which every user of the machine could read. */
export interface KeySourceOptions {
  readonly keyEnv?: string;
  readonly keyFile?: string;
  readonly keyStdin?: boolean;
}

/** A key for a probe, and what decides where it may go. */
export interface ProbeKey {
  readonly key: string | null;
  /** `given`: the caller brought it; `stored`: found where the server reads it. */
  readonly source: "given" | "stored";
  readonly listener: ListenerPolicy;
}

/**
 * Finds the key to try: the one that the caller brings, else the one that the server would read.
 *
 * @throws KeywardError `usage` for more than one source, `no-key` for an empty one, `key-reference`
 *   for one that another tool has to resolve first: what the server says to it would prove nothing
 */
export async function findProbeKey(
  system: System,
  launch: Launch,
  invocation: Invocation<CommonOptions & KeySourceOptions>,
): Promise<ProbeKey> {
  const given = readGivenKey(invocation);
  if (given !== null) refuseReference(given, "the value that was given");
  if (given !== null) return { key: given, source: "given", listener: nobodyElse };
  const { key, effective } = await resolveKey(system, invocation.context, launch);
  if (key !== null) refuseReference(key, `the value in ${effective?.name}`);
  const { owner, mode } = effective?.reading ?? { owner: null, mode: null };
  const keyFile = owner === null || mode === null ? null : { ...owner, mode };
  const unitUser = launch === "service" ? (system.serviceUser?.(invocation.context) ?? null) : null;
  return { key, source: "stored", listener: { keyFile, unitUser } };
}

function refuseReference(key: string, which: string): void {
  const { kind, message } = assessKey(key);
  if (kind !== "reference") return;
  throw new KeywardError(
    "key-reference",
    `which key to try cannot be told: ${which} is ${message}`,
    {
      hint: "bring the key from that tool: --key-stdin, --key-env or --key-file",
    },
  );
}

const nobodyElse: ListenerPolicy = { keyFile: null, unitUser: null };

/** Declares the options of {@link KeySourceOptions}. */
export function declareKeySources(command: Command): Command {
  return command
    .option("--key-env <name>", "take the key from this environment variable")
    .option("--key-file <file>", "take the key from this file; one final newline is dropped")
    .option("--key-stdin", "take the key from standard input");
}

/**
 * Reads the key that the caller brings; null when no option names one.
 *
 * @throws KeywardError `usage` for more than one source, `no-key` for an empty one, `key-refused` for
 *   what is not a key alone, `not-found`, `unreadable`
 */
export function readGivenKey({
  context,
  options,
}: Invocation<CommonOptions & KeySourceOptions>): string | null {
  const { keyEnv, keyFile, keyStdin } = options;
  if ([keyEnv, keyFile, keyStdin].filter((source) => source !== undefined).length > 1) {
    throw new KeywardError(
      "usage",
      "only one of --key-env, --key-file and --key-stdin can be used",
    );
  }
  if (keyEnv !== undefined) {
    const source = `the environment variable ${keyEnv}`;
    return refuseEmpty(refuseNonKey(context.env[keyEnv] ?? "", source), source);
  }
  if (keyFile !== undefined) {
    const path = resolve(context.cwd, keyFile);
    return readWhole(readInputFile(path, "the key file", context), path);
  }
  if (keyStdin === true) return readWhole(context.stdin.readAll(), "standard input");
  return null;
}

function readWhole(bytes: Buffer, source: string): string {
  return refuseEmpty(refuseNonKey(stripNewline(decodeText(bytes, source)), source), source);
}

function refuseEmpty(key: string, source: string): string {
  if (key !== "") return key;
  throw new KeywardError("no-key", `there is no key in ${source}`);
}
