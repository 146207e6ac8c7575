import { quoteForShell } from "../../core/shell-quote.js";
import type { ProgramName } from "../output.js";
import {
  type CompletionCommand,
  type CompletionOption,
  type CompletionValue,
  lastWord,
  listCommands,
} from "./tree.js";

/** The completion script of zsh: a function for each command, over zsh's own `_arguments`. */
export function writeZsh(name: ProgramName, root: CompletionCommand): string {
  const main = functionName(name, root);
  const shared = name !== "keyward";
  const next = `_keyward_next_${name}`;
  const below = listCommands(root).slice(1);
  const functions = [
    shared ? writeShared(name, root, next) : writeFunction(name, root),
    ...below.map((command) => writeFunction(name, command)),
  ];
  return `#compdef ${name}
# zsh completion for ${name}, made by: keyward completion zsh --for ${name}
# It needs nothing else: keyward is not run to complete a word. As a file called _${name} in a folder
# of $fpath it is found by compinit; it may also be sourced, after compinit.
${shared ? explainSharing(name) : ""}
${functions.join("\n")}
if [[ $funcstack[1] == _${name} ]]; then
  ${main} "$@"
else
${shared ? keepNext(name, next, main) : ""}  compdef ${main} ${name}
fi
`.replaceAll(/\n{3,}/g, "\n\n");
}

function explainSharing(name: ProgramName): string {
  return `#
# Only the words auth and token are keyward's; every other belongs to the real ${name}. If a function
# completes ${name} already when this is sourced, it is asked for those; else they complete to files.
`;
}

function keepNext(name: ProgramName, next: string, main: string): string {
  return `  if [[ \${_comps[${name}]-} != (|${main}) ]]; then ${next}=$_comps[${name}]; fi
`;
}

function writeFunction(name: ProgramName, command: CompletionCommand): string {
  const specs = [...command.options, ...command.inherited].flatMap(writeOption);
  const body =
    command.commands.length > 0
      ? writeGroup(name, command, specs)
      : `  _arguments -S${continued([...specs, ...command.values.map(writeArgument)])}`;
  return `${functionName(name, command)}() {
${body}
}
`;
}

function writeGroup(
  name: ProgramName,
  command: CompletionCommand,
  specs: readonly string[],
): string {
  const branches = command.commands.map(
    (child) =>
      `        ${quoteForShell([lastWord(child)])}) ${functionName(name, child)} && ret=0 ;;`,
  );
  return `  local curcontext=$curcontext state state_descr ret=1
  local -a line commands
  typeset -A opt_args
${describeCommands(command)}
  _arguments -C -S${continued([...specs, "'1: :->command'", "'*:: :->rest'"])} && ret=0
  case $state in
    command) _describe -t commands command commands && ret=0 ;;
    rest)
      case $words[1] in
${branches.join("\n")}
      esac
      ;;
  esac
  return ret`;
}

/** The program itself where its name is somebody else's too: only a first word of ours is ours. */
function writeShared(name: ProgramName, root: CompletionCommand, next: string): string {
  const branches = root.commands.map(
    (child) =>
      `    *:${quoteForShell([lastWord(child)])}) shift words; (( CURRENT -= 1 )); ${functionName(name, child)} ;;`,
  );
  return `${functionName(name, root)}() {
  local ret=1
  local -a commands
${describeCommands(root)}
  case $CURRENT:$words[2] in
    2:*)
      _describe -t commands command commands && ret=0
      if [[ $ret == 1 || -n $${next} ]]; then \${${next}:-_default} "$@" && ret=0; fi
      return ret
      ;;
${branches.join("\n")}
    *) \${${next}:-_default} "$@" ;;
  esac
}
`;
}

function describeCommands({ commands }: CompletionCommand): string {
  const lines = commands.map((child) =>
    quoteForShell([`${escapeColons(lastWord(child))}:${child.description}`]),
  );
  return `  commands=(\n${lines.map((line) => `    ${line}\n`).join("")}  )`;
}

function continued(words: readonly string[]): string {
  return words.map((word) => ` \\\n    ${word}`).join("");
}

function functionName(name: ProgramName, { words }: CompletionCommand): string {
  return ["_keyward_for", name, ...words].join("_").replaceAll(/[^\w-]/g, "_");
}

/** `--flag=[what it does]:argument:(one two)`; a flag that was given is not offered again. */
function writeOption({ flags, description, value }: CompletionOption): string[] {
  const excluded = flags.length > 1 ? `(${flags.join(" ")})` : "";
  const explained = `[${description.replaceAll(/[\\[\]]/g, "\\$&")}]`;
  return flags.map((flag) => {
    const takes = value !== null && flag.startsWith("--") ? "=" : "";
    const argument = value === null ? "" : writeValue(value);
    return quoteForShell([`${excluded}${flag}${takes}${explained}${argument}`]);
  });
}

function writeArgument(value: CompletionValue, index: number): string {
  return quoteForShell([`${index + 1}${writeValue(value)}`]);
}

/** A lone blank says what is wanted and completes nothing. */
function writeValue({ label, choices, isFile }: CompletionValue): string {
  const action = isFile ? "_files" : choices.length > 0 ? `(${quoteForShell(choices)})` : " ";
  return `:${escapeColons(label)}:${escapeColons(action)}`;
}

function escapeColons(text: string): string {
  return text.replaceAll(":", "\\:");
}
