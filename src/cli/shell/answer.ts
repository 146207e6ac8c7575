import type { Context } from "../context.js";
import { exit } from "../exit.js";
import type { ProgramName } from "../output.js";
import { findCandidates } from "./candidates.js";
import { findPlace } from "./place.js";

const names: readonly ProgramName[] = ["keyward", "jarvis", "jean2"];

/**
 * Answers the scripts of `completions/`, which ask `keyward __complete NAME WORD...` where NAME is
 * the program that is being typed, and the last WORD is the one under the cursor, up to it.
 *
 * The answer has a line for each word that may stand there, `WORD<tab>DESCRIPTION`, and a last line
 * that says what the shell is to add: `:files`, `:command N` or `:nothing`, as `Candidates` has it.
 *
 * Whatever goes wrong, it is silent: it would be printed into the line that somebody types.
 */
export async function answerCompletion(argv: readonly string[], context: Context): Promise<number> {
  try {
    const name = names.find((each) => each === argv[0]);
    const before = argv.slice(1, -1);
    const typed = argv.length > 1 ? (argv.at(-1) ?? "") : "";
    if (name === undefined || isForeign(name, before[0] ?? typed)) return exit.ok;
    const place = await findPlace(name, before, context);
    if (place === null) return exit.ok;
    const at = { typed, index: before.length };
    const { words, rest } = await findCandidates(name, place, at, context);
    const lines = words.map(({ word, description }) => `${word}\t${description}\n`);
    context.stdout.write(`${lines.join("")}:${rest}\n`);
  } catch {
    // A settings file in disorder, for one: the command itself will tell of it.
  }
  return exit.ok;
}

/** A line that does not begin with a command of ours goes to the real program, options and all. */
function isForeign(name: ProgramName, first: string): boolean {
  return name !== "keyward" && first.startsWith("-");
}
