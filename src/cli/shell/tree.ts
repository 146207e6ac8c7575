import type { Argument, Command, Option } from "commander";

/** What may stand in the place of an option's argument, or of a positional one. */
export interface CompletionValue {
  /** What the help calls it: `file`, `host`. */
  readonly label: string;
  /** The only words that it may be; empty when it may be any. */
  readonly choices: readonly string[];
  /** Whether it names a file. */
  readonly isFile: boolean;
}

/** One option, in all its spellings. */
export interface CompletionOption {
  /** `-h` and `--help`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Null for a switch. */
  readonly value: CompletionValue | null;
}

/** One command, a group, or the program itself, with what may follow it. */
export interface CompletionCommand {
  /** The words that lead to it after the program's name; none for the program itself. */
  readonly words: readonly string[];
  readonly description: string;
  /** Its own options, without those that it has from above. */
  readonly options: readonly CompletionOption[];
  /** The options of the groups and the program above it, which may stand after it too. */
  readonly inherited: readonly CompletionOption[];
  readonly values: readonly CompletionValue[];
  readonly commands: readonly CompletionCommand[];
}

/** Reads commander's tree as plain data; what its help hides is left out. */
export function describeTree(program: Command): CompletionCommand {
  return describeCommand(program, [], []);
}

/** A command and all below it, each before its own. */
export function listCommands(root: CompletionCommand): CompletionCommand[] {
  return [root, ...root.commands.flatMap(listCommands)];
}

/** The last of the words that lead to a command. */
export function lastWord({ words }: CompletionCommand): string {
  return words.at(-1) ?? "";
}

function describeCommand(
  command: Command,
  words: readonly string[],
  above: readonly CompletionOption[],
): CompletionCommand {
  const help = command.createHelp();
  const visible = help.visibleOptions(command).map(describeOption);
  const isNew = (option: CompletionOption) => !above.some((each) => isSame(each, option));
  const options = visible.filter(isNew);
  const inherited = above.filter(
    ({ flags }) => !options.some((own) => own.flags.includes(flags[0]!)),
  );
  return {
    words,
    description: command.description(),
    options,
    inherited,
    values: command.registeredArguments.map(describeArgument),
    commands: help
      .visibleCommands(command)
      // Not the `help` that commander adds to every group.
      .filter((child) => command.commands.includes(child))
      .map((child) => describeCommand(child, [...words, child.name()], [...options, ...inherited])),
  };
}

/** `--help` is declared anew by every command. */
function isSame(one: CompletionOption, other: CompletionOption): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function describeOption({ short, long, flags, description, argChoices }: Option): CompletionOption {
  const label = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1];
  return {
    flags: [long, short].filter((flag) => flag !== undefined),
    description,
    value: label === undefined ? null : toValue(label, argChoices),
  };
}

function describeArgument(argument: Argument): CompletionValue {
  return toValue(argument.name(), argument.argChoices);
}

function toValue(label: string, choices: readonly string[] = []): CompletionValue {
  return { label, choices, isFile: choices.length === 0 && label === "file" };
}
