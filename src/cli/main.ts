import { KeywardError } from "../core/errors.js";
import { findKeys, hideKeys } from "../keys/looks-like-key.js";
import type { Context } from "./context.js";
import { exit, exitCodeFor } from "./exit.js";
import { findKeysIn, keyHint } from "./input/refuse-keys.js";
import { hasFlag, type ProgramName, showPlainly } from "./output.js";
import { createSpeller, type Spell } from "./spell-hint.js";

export { createContext } from "./context.js";

/** The words that `jean2` and `jarvis` answer themselves; every other goes to the real program. */
const ownWords = new Set(["auth", "token"]);

/**
 * The whole program. Every failure ends here: it is reported once, and becomes the exit code.
 *
 * @param argv the arguments after the program's name
 */
export async function main(
  name: ProgramName,
  argv: readonly string[],
  context: Context,
): Promise<number> {
  let spell = createSpeller({ name, context, options: {}, server: null }, null);
  try {
    if (name === "keyward" && argv[0] === "__complete") {
      const { answerCompletion } = await import("./shell/answer.js");
      return await answerCompletion(argv.slice(1), context);
    }
    if (name !== "keyward" && !ownWords.has(argv[0] ?? "")) {
      const { passThrough } = await import("./real-programs/passthrough.js");
      const passed = await passThrough(name, argv, context);
      if (passed !== null) return passed;
      refuseForeignWord(name, argv[0]);
    }
    const { runProgram } = await import("./program.js");
    return await runProgram(name, argv.length === 0 ? ["--help"] : argv, context, (report) => {
      spell = report.spell;
    });
  } catch (error) {
    return reportFailure(name, argv, context, error, spell);
  }
}

/** What is answered by ours where there is no other program of that name. */
const aboutUs = new Set(["--help", "-h", "--version", "-V"]);

function refuseForeignWord(name: ProgramName, word: string | undefined): void {
  if (word === undefined || aboutUs.has(word)) return;
  const keys = findKeys(word);
  const shown = keys.length === 0 ? word : "that word, which looks like a key";
  throw new KeywardError(
    "program-missing",
    `there is no other ${name} on the PATH to run ${shown}`,
    keys.length === 0 ? {} : { hint: keyHint },
  );
}

function reportFailure(
  name: ProgramName,
  argv: readonly string[],
  context: Context,
  thrown: unknown,
  spell: Spell,
): number {
  const error =
    thrown instanceof KeywardError
      ? thrown
      : new KeywardError("internal", `unexpected error: ${describe(thrown)}`, {
          hint: "run it again with --debug, and report what it prints",
          cause: thrown,
        });
  const { code } = error;
  const keys = findKeysIn(argv);
  const message = hideKeys(error.message, keys);
  const hint = error.advice === undefined ? undefined : hideKeys(spell(error.advice), keys);
  if (hasFlag(argv, "--json")) {
    const failure = { error: { code, message, hint: hint ?? null } };
    context.stdout.write(`${JSON.stringify(failure)}\n`);
  } else {
    context.stderr.write(`${name}: ${showPlainly(message)}\n`);
    if (hint !== undefined) context.stderr.write(`${name}: hint: ${showPlainly(hint)}\n`);
  }
  if (hasFlag(argv, "--debug")) writeStacks(name, context, error, keys);
  return code === "internal" ? exit.failed : exitCodeFor(code);
}

function writeStacks(
  name: ProgramName,
  context: Context,
  error: Error,
  keys: readonly string[],
): void {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const stack = showPlainly(hideKeys(at.stack ?? at.message, keys));
    context.stderr.write(`${name}: debug: ${stack}\n`);
  }
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
