import { resolve } from "node:path";

import type { Command } from "commander";

import { KeywardError, systemErrorCode } from "../../core/errors.js";
import { longestToken } from "../../tokens/compact.js";
import type { TokenError } from "../../tokens/errors.js";
import type { CommonOptions, Invocation } from "../command.js";
import { exit } from "../exit.js";

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
  if (env !== undefined) return stripNewline(context.env[env] ?? "");
  if (file !== undefined) {
    return stripNewline(readStart(resolve(context.cwd, file), context.fs).toString("latin1"));
  }
  if (context.stdin.isTerminal) {
    throw new KeywardError("usage", "there is no token: standard input is a terminal", {
      hint: "pipe it in, or name it with --file or --env",
    });
  }
  return stripNewline(readInput(context.stdin).toString("latin1"));
}

/** Exactly one, as `echo` and editors put it there. */
export function stripNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
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

/** A file may be of any size, or have no end: more than any token has is not read. */
function readStart(path: string, fs: Invocation["context"]["fs"]): Buffer {
  const start = Buffer.alloc(tooMuch.length);
  let at = 0;
  try {
    const fd = fs.openSync(path, "r");
    try {
      for (let read = 1; read > 0 && at < start.length; at += read) {
        read = fs.readSync(fd, start, at, start.length - at, null);
      }
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    const code = systemErrorCode(cause) === "ENOENT" ? "not-found" : "unreadable";
    throw new KeywardError(code, `cannot read the token file ${path}`, { cause });
  }
  return start.subarray(0, at);
}

/** Answers that a token is no good, and why. */
export function answerRefused(
  { report }: Invocation,
  { code, reason, message, fits }: TokenError,
): number {
  report.answerJson({ valid: false, code, reason: { code: reason, message }, fits });
  report.answer(`not valid: ${code}: ${message}`);
  if (fits !== null) {
    report.hint(`--profile ${fits}${fits === "protocol" ? " --issuer NAME" : ""}`);
  }
  return exit.no;
}

/** Text of a token for a terminal, which must not obey it. */
export function showText(text: string): string {
  return text.replaceAll(/[^\P{C}\n]|[\u2028\u2029]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
