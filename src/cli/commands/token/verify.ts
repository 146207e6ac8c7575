import { type Command, Option } from "commander";

import { readDuration } from "../../input/read-duration.js";
import { describeDuration } from "../../../core/durations.js";
import { KeywardError } from "../../../core/errors.js";
import { TokenError } from "../../../tokens/errors.js";
import { type ProfileName, profiles } from "../../../tokens/profiles.js";
import { type VerifiedToken, verifyToken } from "../../../tokens/verify.js";
import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import {
  chooseHaip,
  declareSecretSources,
  findSecrets,
  type SecretOptions,
} from "../../input/haip.js";
import type { ProgramName } from "../../output.js";
import {
  answerRefused,
  declareTokenSources,
  readToken,
  showText,
  type TokenSourceOptions,
} from "../../input/token-source.js";

interface VerifyCommandOptions extends SecretOptions, TokenSourceOptions {
  readonly profile: ProfileName;
  readonly issuer?: string;
  readonly leeway?: string;
  readonly envFile?: string;
}

export function declare(command: Command, name: ProgramName): void {
  declareSecretSources(declareTokenSources(command))
    .addOption(
      new Option("--profile <profile>", "which page of HAIP's documentation it must follow")
        .choices(Object.keys(profiles))
        .default("server"),
    )
    .option("--issuer <name>", "the application; for the protocol profile, which needs it")
    .option(
      "--env-file <file>",
      "the env file with the secret; the working folder's .env if absent",
    )
    .option("--leeway <duration>", "how far two clocks may differ")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} token verify < token.txt`, "with the server's own JWT_SECRET"],
        [`${name} token verify --env HAIP_TOKEN --leeway 30s`, "clocks may differ by 30 seconds"],
        [`${name} token verify --profile protocol --issuer app < token.txt`, "for the protocol"],
      ]),
    );
}

export async function run(invocation: Invocation<VerifyCommandOptions>): Promise<number> {
  const { context, options } = invocation;
  const { profile, issuer } = options;
  if (profile === "protocol" && !issuer) {
    throw new KeywardError("usage", "the protocol profile needs an issuer", {
      hint: "name your application: --issuer my-app",
    });
  }
  if (profile === "server" && issuer !== undefined) {
    throw new KeywardError("usage", "the issuer of the server profile is haip-server", {
      hint: "--issuer is for --profile protocol",
    });
  }
  const clockTolerance =
    options.leeway === undefined ? 0 : readDuration("--leeway", options.leeway);
  // Elsewhere --file is the file with the key; here it is the one with the token.
  const server = { ...invocation, options: { ...options, file: options.envFile } };
  const system = await chooseHaip(server);
  const token = readToken(invocation);
  const secrets = await findSecrets(server, system);
  try {
    const rules = { profile, issuer, clockTolerance, clock: context.clock };
    answerValid(invocation, await verifyToken(token, { ...secrets, ...rules }));
    return exit.ok;
  } catch (error) {
    if (error instanceof TokenError) return answerRefused(invocation, error);
    throw error;
  }
}

/** What `token verify --json` prints of a valid token; of another one, `RefusedJson`. */
export interface VerifyJson {
  readonly valid: true;
  readonly code: null;
  readonly reason: { readonly code: "valid"; readonly message: string };
  readonly profile: ProfileName;
  readonly user: string;
  /** ISO 8601. */
  readonly expires: string;
  /** The fingerprint of the secret that signed it; null for one that has none. */
  readonly signedWith: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

function answerValid({ context, report }: Invocation, verified: VerifiedToken): void {
  const { profile, user, expiresAt, claims, signedWith } = verified;
  const left = Math.max(0, Math.ceil((expiresAt.getTime() - context.clock.now()) / 1000));
  const message = `${profile} profile, for ${user}, expires in ${describeDuration(left)}`;
  report.answerJson<VerifyJson>({
    valid: true,
    code: null,
    reason: { code: "valid", message },
    profile,
    user,
    expires: expiresAt.toISOString(),
    signedWith,
    claims,
  });
  report.answer(`valid: ${showText(message).replaceAll("\n", "\\n")}`);
}
