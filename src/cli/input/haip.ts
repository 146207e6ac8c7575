import { resolve } from "node:path";

import { adviseCommand } from "../../keys/advise.js";
import { type Command, Option } from "commander";

import { parseDuration, durationExamples } from "../../core/durations.js";
import { KeywardError } from "../../core/errors.js";
import { demandSetting, resolveKey, resolveSetting } from "../../locations/resolve-key.js";
import type { Launch, System } from "../../systems/contract/system.js";
import {
  previousVariable,
  readTokenSecrets,
  secretVariable,
  type TokenSecrets,
  untilVariable,
} from "../../tokens/overlap.js";
import { settingBeside } from "../../locations/setting-beside.js";
import { type SecretEncoding, secretEncodings, TokenSecret } from "../../tokens/secret.js";
import { chooseLaunch, chooseSystem } from "../which/choose.js";
import type { CommonOptions, Invocation } from "../command.js";
import { decodeText, refuseNonKey, stripNewline } from "./given-key.js";
import { readInputFile } from "./input-file.js";

/** The ways to bring a signing secret; without one it is the server's own. */
export interface SecretOptions extends CommonOptions {
  readonly secretEnv?: string;
  readonly secretFile?: string;
  readonly secretEncoding?: SecretEncoding;
}

/** Declares the options of {@link SecretOptions}. */
export function declareSecretSources(command: Command): Command {
  return command
    .option("--secret-env <name>", "take the secret from this environment variable")
    .option("--secret-file <file>", "take the secret from this file; one final newline is dropped")
    .addOption(
      new Option("--secret-encoding <encoding>", "how the secret is written down")
        .choices(secretEncodings)
        .default("utf8", "utf8, as HAIP servers take it"),
    );
}

/**
 * HAIP, which needs no saying: no other system has JWTs.
 *
 * @throws KeywardError `usage` when another system is asked for
 */
export async function chooseHaip(invocation: Invocation): Promise<System> {
  const { options } = invocation;
  if (options.system !== undefined && options.system !== "haip") {
    throw new KeywardError("usage", `${options.system} has no JWTs: this is for HAIP`, {
      hint: "leave --system out, or make it haip",
    });
  }
  return chooseSystem({ ...invocation, options: { ...options, system: "haip" } });
}

/**
 * The secret that signs: the one that the caller brings, else the server's.
 *
 * @throws KeywardError `no-key`, `key-refused`, `usage` for two sources
 */
export async function findSecret(
  invocation: Invocation<SecretOptions>,
  system: System,
): Promise<TokenSecret> {
  const { context, options } = invocation;
  const given = readGivenSecret(invocation);
  if (given !== null) return new TokenSecret(given, options.secretEncoding);
  const { key } = await resolveKey(system, context, chooseLaunch(system, invocation));
  if (key === null) throw noSecret(system);
  return new TokenSecret(key, options.secretEncoding);
}

/**
 * The secrets that verify: the one that the caller brings, else the server's, and during an overlap
 * the one before.
 *
 * @throws as {@link findSecret}, and KeywardError `malformed` for an overlap without an end
 */
export async function findSecrets(
  invocation: Invocation<SecretOptions>,
  system: System,
): Promise<TokenSecrets> {
  const { context, options } = invocation;
  const given = readGivenSecret(invocation);
  if (given !== null) return { secret: new TokenSecret(given, options.secretEncoding) };
  const launch = chooseLaunch(system, invocation);
  const { key } = await resolveKey(system, context, launch);
  if (key === null) throw noSecret(system);
  const beside = (variable: string) =>
    demandSetting(variable, settingBeside(system, variable), context, launch);
  return readTokenSecrets(
    {
      [secretVariable]: key,
      [previousVariable]: await beside(previousVariable),
      [untilVariable]: await beside(untilVariable),
    },
    options.secretEncoding,
  );
}

function noSecret(system: System): KeywardError {
  return new KeywardError("no-key", `there is no ${system.variable} to sign or verify with`, {
    hint: adviseCommand(null),
  });
}

function readGivenSecret({ context, options }: Invocation<SecretOptions>): string | null {
  const { secretEnv, secretFile } = options;
  if (secretEnv !== undefined && secretFile !== undefined) {
    throw new KeywardError("usage", "only one of --secret-env and --secret-file can be used");
  }
  if (secretEnv !== undefined) {
    const secret = refuseNonKey(
      context.env[secretEnv] ?? "",
      `the environment variable ${secretEnv}`,
      true,
    );
    if (secret !== "") return secret;
    throw new KeywardError("no-key", `there is no secret in the environment variable ${secretEnv}`);
  }
  if (secretFile === undefined) return null;
  const path = resolve(context.cwd, secretFile);
  const text = stripNewline(decodeText(readInputFile(path, "the secret file", context), path));
  const secret = refuseNonKey(text, path, true);
  if (secret !== "") return secret;
  throw new KeywardError("no-key", `there is no secret in ${path}`);
}

/**
 * The lifetime that the server's own configuration gives to its tokens, in seconds; undefined where
 * it says nothing.
 *
 * @throws KeywardError `malformed`
 */
export async function findLifetime(
  { context, report }: Invocation,
  system: System,
  launch: Launch,
): Promise<number | undefined> {
  if (system.lifetime === undefined) return undefined;
  const { value, source } = await resolveSetting(system.lifetime, context, launch);
  if (value === null || source === null) return undefined;
  if (/^\d{1,9}$/.test(value)) {
    report.note(
      `JWT_EXPIRES_IN in ${source} has no unit and is taken for seconds; a server that hands it to jsonwebtoken takes it for milliseconds`,
    );
    return Number(value);
  }
  const seconds = parseDuration(value);
  if (seconds !== null) return seconds;
  throw new KeywardError("malformed", `JWT_EXPIRES_IN in ${source} is not a duration`, {
    hint: `write it as ${durationExamples}, or say --expires`,
  });
}
