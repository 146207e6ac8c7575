import { resolve } from "node:path";

import type { Command } from "commander";

import { KeywardError } from "../../core/errors.js";
import { longestToken } from "../../tokens/compact.js";
import type { TokenError } from "../../tokens/errors.js";
import type { CommonOptions, Invocation } from "../command.js";
import { exit } from "../exit.js";
import { stripNewline } from "./given-key.js";
import { readInputStart } from "./input-file.js";

/** The ways to bring a JWT. None of them is an argument, which every user of the machine could read. */
export interface TokenSourceOptions extends CommonOptions {
  readonly file?: string;
  readonly env?: string;
}

/** Declares the options of {@link TokenSourceOptions}; without one the token is on standard input. */
export function declareTokenSources(command: Command): Command {
  return command
    .option("--file <file>", "take the token from this file instead of standard input")
    .option("--env <name>", "take the token from this environment variable");
}

/**
 * Reads the token that the caller brings, without its final newline; empty when there is none.
 *
 * @throws KeywardError `usage` when there is nothing to read it from, `not-found`, `unreadable`
 */
export function readToken({ context, options }: Invocation<TokenSourceOptions>): string {
  const { file, env } = options;
  if (file !== undefined && env !== undefined) {
    throw new KeywardError("usage", "only one of --file and --env can be used");
  }
  if (env !== undefined) return stripScheme(stripNewline(context.env[env] ?? ""));
  if (file !== undefined) {
    const path = resolve(context.cwd, file);
    const start = readInputStart(path, "the token file", tooMuch.length, context);
    return stripScheme(stripNewline(start.toString("latin1")));
  }
  if (context.stdin.isTerminal) {
    throw new KeywardError("usage", "there is no token: standard input is a terminal", {
      hint: "pipe it in, or name it with --file or --env",
    });
  }
  return stripScheme(stripNewline(readInput(context.stdin).toString("latin1")));
}

/** A token is often copied out of a header, with the word before it. */
function stripScheme(text: string): string {
  return text.replace(/^(?:Authorization: *)?Bearer +(?=eyJ)/i, "");
}

function readInput(stdin: Invocation["context"]["stdin"]): Buffer {
  try {
    return stdin.readAll();
  } catch (error) {
    // More than it takes is also more than any token has.
    if (error instanceof RangeError) return tooMuch;
    throw error;
  }
}

const tooMuch = Buffer.alloc(longestToken + 3, ".");

/** What `token verify --json` and `token inspect --json` print of a token that is refused. */
export interface RefusedJson {
  readonly valid: false;
  readonly code: TokenError["code"];
  readonly reason: { readonly code: TokenError["reason"]; readonly message: string };
  /** The profile that it would fit; null for none. */
  readonly fits: TokenError["fits"];
}

/** Answers that a token is no good, and why. */
export function answerRefused(
  { report }: Invocation,
  { code, reason, message, fits }: TokenError,
): number {
  report.answerJson<RefusedJson>({ valid: false, code, reason: { code: reason, message }, fits });
  report.answer(`not valid: ${code}: ${message}`);
  if (fits !== null) {
    report.hint(`--profile ${fits}${fits === "protocol" ? " --issuer NAME" : ""}`);
  }
  if (reason === "issued-in-future" || reason === "not-yet-valid") {
    report.hint("where the clocks of two machines differ, allow for it: --leeway 30s");
  }
  return exit.no;
}

/** Text of a token for a terminal, which must not obey it. */
export function showText(text: string): string {
  return text.replaceAll(/[^\P{C}\n]|[\u2028\u2029]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
