import type { Command, Option } from "commander";

import type { Context } from "../context.js";
import type { ProgramName } from "../output.js";
import { createProgram, declareCommand, openFirstWord } from "../program.js";

/** Where in a command line the cursor stands, by the words before it. */
export interface CompletionPlace {
  /** The program, and the group and the command that the words name. */
  readonly path: readonly Command[];
  /** The option whose value comes next. */
  readonly awaiting: Option | null;
  /** The options that were given, by their long names, with their values; a switch has null. */
  readonly options: ReadonlyMap<string, string | null>;
  /** The indexes of the words that are arguments of the command. */
  readonly args: readonly number[];
  /** Whether `--` came: nothing after it is an option. */
  readonly ended: boolean;
}

/**
 * Reads words as commander would, and declares of all commands only the one that they name.
 *
 * @param words those before the cursor, after the program's name
 * @returns null when they name no command
 */
export async function findPlace(
  name: ProgramName,
  words: readonly string[],
  context: Context,
): Promise<CompletionPlace | null> {
  const path = [createProgram(name, context)];
  const options = new Map<string, string | null>();
  const args: number[] = [];
  let awaiting: Option | null = null;
  let ended = false;
  for (const [index, word] of words.entries()) {
    const command = path.at(-1)!;
    if (awaiting !== null) {
      options.set(nameOf(awaiting), word);
      awaiting = null;
    } else if (!ended && word === "--") {
      ended = true;
    } else if (!ended && word.startsWith("-")) {
      const [flag = "", ...value] = word.split("=");
      const option = findOption(path, flag);
      if (option === null) continue;
      if (option.required && !word.includes("=")) awaiting = option;
      options.set(nameOf(option), word.includes("=") ? value.join("=") : null);
    } else if (command.commands.length === 0) {
      args.push(index);
    } else if (word !== "help" || index > 1) {
      // `help auth check` and `auth help check` are about `auth check`.
      const child = command.commands.find((each) => each.name() === word);
      if (child === undefined) return null;
      if (path.length === 1) await openFirstWord(child, name, context);
      else await declareCommand(child, name);
      path.push(child);
    }
  }
  return { path, awaiting, options, args, ended };
}

/** An option stands after its command, or after any below that. */
export function findOption(path: readonly Command[], flag: string): Option | null {
  const own = path.toReversed().flatMap((command) => command.options);
  return own.find(({ long, short }) => flag === long || flag === short) ?? null;
}

function nameOf({ long, flags }: Option): string {
  return long ?? flags;
}
