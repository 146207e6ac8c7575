import { type Command, Option } from "commander";

import { readDuration } from "../../input/read-duration.js";
import { KeywardError } from "../../../core/errors.js";
import { generateTestToken } from "../../../compat/tokens.js";
import { inspectToken } from "../../../tokens/inspect.js";
import { issueToken } from "../../../tokens/issue.js";
import { type ProfileName, profiles } from "../../../tokens/profiles.js";
import { chooseLaunch } from "../../which/choose.js";
import { formatExamples, type Invocation } from "../../command.js";
import { exit } from "../../exit.js";
import {
  chooseHaip,
  declareSecretSources,
  findLifetime,
  findSecret,
  type SecretOptions,
} from "../../input/haip.js";
import type { ProgramName } from "../../output.js";
import { readClaims } from "../../input/read-claims.js";

interface IssueCommandOptions extends SecretOptions {
  readonly user?: string;
  readonly expires?: string;
  readonly profile: ProfileName;
  readonly issuer?: string;
  readonly subject?: string;
  readonly id?: string;
  readonly claim?: readonly string[];
  readonly claims?: string;
  readonly notBefore?: string;
  readonly kid?: string;
  readonly test?: boolean;
  readonly force?: boolean;
}

export function declare(command: Command, name: ProgramName): void {
  command
    .option("--user <id>", "who the token is for")
    .option("--expires <duration>", "how long it lives; JWT_EXPIRES_IN, else 24h or 60m, if absent")
    .addOption(
      new Option("--profile <profile>", "which page of HAIP's documentation it follows")
        .choices(Object.keys(profiles))
        .default("server"),
    )
    .option("--issuer <name>", "the application; for the protocol profile, which needs it")
    .option("--subject <text>", "sub; for the server profile, which can do without")
    .option("--id <text>", "jti; the protocol profile gets a random one if absent")
    .option("--claim <name=value>", "one more claim, JSON or a word; may be repeated", collect)
    .option("--claims <file>", "more claims, from a file with one JSON object")
    .option("--not-before <time>", "not valid before: a duration from now, or 2026-01-02T03:04:05Z")
    .option("--kid <label>", "a label in place of the secret's fingerprint");
  declareSecretSources(command)
    .option("--test", "the documentation's test token, signed with test-secret-key")
    .option("--force", "let it live for more than a year")
    .addHelpText(
      "after",
      formatExamples([
        [`${name} token issue --user user-123 --expires 1h`, "with the server's own JWT_SECRET"],
        [`${name} token issue --user user-123 --claim role=admin`, "with a claim of your own"],
        [`${name} token issue --user user-123 --profile protocol --issuer app`, "for the protocol"],
        [`${name} token issue --test`, "a token that only a test server takes"],
      ]),
    );
}

function collect(word: string, words: readonly string[] = []): readonly string[] {
  return [...words, word];
}

/** What `token issue --json` prints. */
export interface IssueJson {
  readonly token: string;
  readonly profile: ProfileName;
  /** ISO 8601. */
  readonly expires: string;
  readonly kid: unknown;
  readonly claims: Readonly<Record<string, unknown>>;
}

export async function run(invocation: Invocation<IssueCommandOptions>): Promise<number> {
  const { context, options, report } = invocation;
  refuseBadMix(options);
  const system = await chooseHaip(invocation);
  const token = options.test === true ? makeTestToken(invocation) : await make(invocation, system);
  const { claims, header } = inspectToken(token, context);
  const expires = new Date(Number(claims["exp"]) * 1000).toISOString();
  const { profile } = options;
  report.answerJson<IssueJson>({ token, profile, expires, kid: header["kid"] ?? null, claims });
  report.answer(token);
  return exit.ok;
}

async function make(
  invocation: Invocation<IssueCommandOptions>,
  system: Awaited<ReturnType<typeof chooseHaip>>,
): Promise<string> {
  const { context, options, report } = invocation;
  const { user = "", expires, profile, notBefore } = options;
  const { claim = [], claims, ...rest } = options;
  const secret = await findSecret(invocation, system);
  if (secret.fingerprint === null) report.warn("that secret is weak: it is too repetitive");
  const expiresIn =
    expires === undefined
      ? await findLifetime(invocation, system, chooseLaunch(system, invocation))
      : readDuration("--expires", expires);
  if (profile === "protocol" && (expiresIn ?? 3600) > 3600) {
    report.warn("HAIP's protocol page asks for tokens that live 15 to 60 minutes");
  }
  const now = Math.floor(context.clock.now() / 1000);
  return issueToken({
    profile,
    user,
    issuer: rest.issuer,
    subject: rest.subject,
    id: rest.id,
    expiresIn,
    notBefore: notBefore === undefined ? undefined : new Date(readMoment(notBefore, now) * 1000),
    claims: readClaims(claims, claim, context),
    kid: rest.kid,
    force: rest.force === true,
    secret,
    clock: context.clock,
  });
}

function makeTestToken({ context, options, report }: Invocation<IssueCommandOptions>): string {
  report.warn("it is signed with test-secret-key, which everybody knows: for tests only");
  return generateTestToken(options.user, context.clock);
}

/** What a test token cannot have: it is what the documentation makes it. */
const notForTests = [
  "expires",
  "issuer",
  "subject",
  "id",
  "claim",
  "claims",
  "notBefore",
  "kid",
  "force",
  "secretEnv",
  "secretFile",
] as const;

function refuseBadMix(options: IssueCommandOptions): void {
  const { test, user, profile, issuer, subject } = options;
  const refuse = (message: string, hint: string): never => {
    throw new KeywardError("usage", message, { hint });
  };
  if (test === true) {
    const other = notForTests.find((name) => options[name] !== undefined);
    if (other === undefined && profile === "server") return;
    refuse("--test goes with --user alone: the rest is as documented", "leave the others out");
  }
  if (user === undefined || user.trim() === "") {
    refuse("--user is required", "for example: --user user-123");
  }
  if (profile === "protocol" && (issuer === undefined || issuer.trim() === "")) {
    refuse("the protocol profile needs an issuer", "name your application: --issuer my-app");
  }
  if (profile === "server" && issuer !== undefined) {
    refuse("the issuer of the server profile is haip-server", "--issuer is for --profile protocol");
  }
  if (profile === "protocol" && subject !== undefined) {
    refuse("in the protocol profile the user is the subject", "leave --subject out");
  }
}

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/;

/** Seconds since 1970. */
function readMoment(text: string, now: number): number {
  if (!moment.test(text)) return now + readDuration("--not-before", text);
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time / 1000;
  throw new KeywardError("usage", `--not-before: not a time: ${text}`);
}
