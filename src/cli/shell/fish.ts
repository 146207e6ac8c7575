import type { ProgramName } from "../output.js";
import {
  type CompletionCommand,
  type CompletionOption,
  type CompletionValue,
  lastWord,
  listCommands,
} from "./tree.js";

/** The completion script of fish: a line for each thing that may be said, with where it may be. */
export function writeFish(name: ProgramName, root: CompletionCommand): string {
  const shared = name !== "keyward";
  const place = `__keyward_place_in_${name}`;
  const complete = (condition: string, rest: string) =>
    `complete -c ${name}${condition === "" ? "" : ` -n ${quote(condition)}`} ${rest}`;

  const at = ({ words }: CompletionCommand, given: number) =>
    `test (${place}) = ${quote(`${words.join(" ")}|${given}`)}`;
  const within = ({ words }: CompletionCommand) => {
    if (words.length > 0)
      return `string match -qr ${quote(`^${words.join(" ").replaceAll(/[^\w -]/g, "\\$&")}[ |]`)} (${place})`;
    return shared ? `not contains -- (${place}) '|0' other` : "";
  };

  const lines = listCommands(root).flatMap((command) => [
    ...command.commands.map((child) =>
      complete(at(command, 0), `-a ${quoteTwice([lastWord(child)])}${explain(child)}`),
    ),
    ...command.values.flatMap((value, given) => {
      const offered = writeValue(value);
      return offered === "" ? [] : [complete(at(command, given), offered)];
    }),
    ...command.options.map((option) => complete(within(command), writeOption(option))),
  ]);
  return `# fish completion for ${name}, made by: keyward completion fish --for ${name}
# It needs nothing else: keyward is not run to complete a word.
${shared ? explainSharing(name) : ""}
${writePlace(place, root, shared)}
${complete(shared ? `test (${place}) != other` : "", "-f")}
${lines.join("\n")}
`;
}

function explainSharing(name: ProgramName): string {
  return `#
# Only the words auth and token are keyward's; every other belongs to the real ${name} and completes to
# files here. Fish adds what other scripts say of ${name} to this, when they have been read.
`;
}

/** The function that reads the words before the cursor as keyward would. */
function writePlace(place: string, root: CompletionCommand, shared: boolean): string {
  const commands = listCommands(root);
  const entered = commands.flatMap((command) =>
    command.commands.map((child) => quote(`${command.words.join(" ")}|${lastWord(child)}`)),
  );
  const valued = commands.flatMap((command) =>
    command.options
      .filter(({ value }) => value !== null)
      .flatMap(({ flags }) => flags.flatMap((flag) => optionPatterns(command, flag))),
  );
  const ours = root.commands.map((command) => quoteTwice([lastWord(command)])).join(" ");
  const guard = `
    if set -q words[1]; and not contains -- $words[1] ${ours}
        echo other
        return
    end`;
  return `# The command that the words before the cursor name, and how many arguments it has: auth check|0
function ${place}
    set -l words (commandline -opc)
    set -e words[1]
    set -l path
    set -l given 0
    set -l value no
    set -l ended no${shared ? guard : ""}
    for word in $words
        if test $ended = yes
            set given (math $given + 1)
            continue
        end
        if test $value = yes
            set value no
            continue
        end
        switch "$path|$word"
            case ${entered.join(" ")}
                set -a path $word
            case ${valued.join(" ")}
                set value yes
            case '*|--'
                set ended yes
            case '*|-*'
            case '*'
                set given (math $given + 1)
        end
    end
    echo "$path|$given"
end`;
}

/** An option stands after its command, or after any below that. */
function optionPatterns({ words, commands }: CompletionCommand, flag: string): string[] {
  const path = words.join(" ");
  if (path === "") return [quote(`*|${flag}`)];
  return [quote(`${path}|${flag}`), ...(commands.length === 0 ? [] : [quote(`${path} *|${flag}`)])];
}

function writeOption(option: CompletionOption): string {
  const flags = option.flags.map((flag) =>
    flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  const { value } = option;
  const argument = value === null ? "" : ` ${value.isFile ? "-r" : "-x"} ${writeValue(value)}`;
  return `${flags.join(" ")}${argument.trimEnd()}${explain(option)}`;
}

function writeValue({ choices, isFile }: CompletionValue): string {
  if (isFile) return "-F";
  return choices.length === 0 ? "" : `-a ${quoteTwice(choices)}`;
}

function explain({ description }: { readonly description: string }): string {
  return description === "" ? "" : ` -d ${quote(description)}`;
}

/** What follows `-a` is read as words once more when it is used. */
function quoteTwice(words: readonly string[]): string {
  const line = words.map((word) => (/^[\w-]+$/.test(word) ? word : quote(word))).join(" ");
  return /^[\w-]+$/.test(line) ? line : quote(line);
}

/** In fish's single quotes a backslash counts before another and before a quote. */
function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
