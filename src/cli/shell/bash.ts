import { quoteForShell } from "../../core/shell-quote.js";
import type { ProgramName } from "../output.js";
import { type CompletionCommand, type CompletionValue, lastWord, listCommands } from "./tree.js";

/**
 * The completion script of bash, in what bash 3.2 knows, since macOS has no newer one: three tables
 * as `case` statements, over the words as `"COMMAND|WORD"`, and what reads them.
 */
export function writeBash(name: ProgramName, root: CompletionCommand): string {
  const shared = name !== "keyward";
  const next = `_keyward_next_${name}`;
  return `# bash completion for ${name}, made by: keyward completion bash --for ${name}
# It needs nothing else: keyward is not run to complete a word.
${shared ? explainSharing(name) : ""}
_keyward_for_${name}() {
  local line=\${COMP_LINE:0:COMP_POINT} command= option= prefix= cur word blanks i last
  local given=0 ended=
  local -a words found
  COMPREPLY=()
${shared ? handOn(next, root) : ""}
  # Bash splits at "=" and ":" too; here a word is what stands between blanks, up to the cursor.
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=\${line%%[![:space:]]*}
    line=\${line#"$blanks"}
    word=\${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$line
    if ((i > 0)) && [[ -z $blanks ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    line=\${line#"$word"}
  done
  last=$((\${#words[@]} - 1))
  cur=\${words[last]}

  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
    case "$command|$word" in
${steps(root)}
      *'|--')
        ended=yes given=$((given + last - i - 1))
        break
        ;;
      *'|-'*) ;;
      *) given=$((given + 1)) ;;
    esac
  done
  if [[ -z $option && -z $ended && $cur == --*=* ]]; then
    option=\${cur%%=*}
    prefix=$option=
  fi

  found=()
  if [[ -n $option ]]; then
    case "$command|$option" in
${optionValues(root)}
    esac
  elif [[ -z $ended && $cur == -* ]]; then
    case $command in
${optionNames(root)}
    esac
  else
    case "$command|$given" in
${nextWords(root)}
    esac
  fi

  # Bash replaces only $2, the last part of a word that it has split.
  for word in "\${found[@]}"; do
    word=$prefix$word
    if [[ $word == "$cur"* ]]; then
      printf -v word %q "\${word#"\${cur%"$2"}"}"
      COMPREPLY+=("$word")
    fi
  done
  # Nothing fits, and a file would not either. Bash before 4 cannot be told so.
  ((\${#COMPREPLY[@]} > 0)) || compopt +o default 2>/dev/null
  return 0
}
${shared ? keepNext(name, next) : ""}
complete -o default -F _keyward_for_${name} ${name}
`.replaceAll(/\n{3,}/g, "\n\n");
}

function explainSharing(name: ProgramName): string {
  return `#
# Only the words auth and token are keyward's; every other belongs to the real ${name}. If a function
# completes ${name} already when this is read, it is asked for those; else they complete to files.
# So read this after the real program's own completion, which would otherwise take its place.
`;
}

/** The first word, and all after a word that is not ours, are the real program's to complete. */
function handOn(next: string, root: CompletionCommand): string {
  const words = root.commands.map((command) => quoteForShell(command.words));
  return `
  if ((COMP_CWORD == 1)) || ! [[ \${COMP_WORDS[1]} =~ ^(${words.join("|")})$ ]]; then
    [[ -z $${next} ]] || "$${next}" "$@"
    ((COMP_CWORD == 1)) || return 0
    for word in ${words.join(" ")}; do
      if [[ $word == "$2"* ]]; then COMPREPLY+=("$word"); fi
    done
    return 0
  fi
`;
}

function keepNext(name: ProgramName, next: string): string {
  return `
if [[ $(complete -p ${name} 2>/dev/null) =~ -F\\ ([^ ]+) ]]; then
  if [[ \${BASH_REMATCH[1]} != _keyward_for_${name} ]]; then ${next}=\${BASH_REMATCH[1]}; fi
fi`;
}

/** How the words up to the cursor are understood. */
function steps(root: CompletionCommand): string {
  const entered = listCommands(root).flatMap(({ words, commands }) =>
    commands.map((child) => quoteForShell([`${words.join(" ")}|${lastWord(child)}`])),
  );
  const valued = childrenFirst(root).flatMap((command) =>
    command.options
      .filter(({ value }) => value !== null)
      .flatMap(({ flags }) => flags.flatMap((flag) => optionPatterns(command, flag))),
  );
  return [
    ...tableLine(entered, 'command="${command:+$command }$word"'),
    ...tableLine(valued, "if ((++i == last)); then option=$word; fi"),
  ].join("\n");
}

function optionValues(root: CompletionCommand): string {
  return childrenFirst(root)
    .flatMap((command) =>
      command.options.flatMap(({ flags, value }) =>
        tableLine(
          flags.flatMap((flag) => optionPatterns(command, flag)),
          offer(value),
        ),
      ),
    )
    .join("\n");
}

function optionNames(root: CompletionCommand): string {
  return listCommands(root)
    .flatMap(({ words, options, inherited }) =>
      tableLine(
        [quoteForShell([words.join(" ")])],
        `found=(${[...options, ...inherited].map(({ flags }) => quoteForShell(flags.slice(0, 1))).join(" ")})`,
      ),
    )
    .join("\n");
}

function nextWords(root: CompletionCommand): string {
  return listCommands(root)
    .flatMap(({ words, commands, values }) => {
      const place = (given: number) => [quoteForShell([`${words.join(" ")}|${given}`])];
      if (commands.length > 0) {
        return tableLine(place(0), `found=(${quoteForShell(commands.map(lastWord))})`);
      }
      return values.flatMap((value, given) => tableLine(place(given), offer(value)));
    })
    .join("\n");
}

/** With nothing found, `-o default` completes to files, quoted as bash alone can. */
function offer(value: CompletionValue | null): string | null {
  if (value?.isFile) return "return 0";
  return value?.choices.length ? `found=(${quoteForShell(value.choices)})` : null;
}

/** An option stands after its command, or after any below that. */
function optionPatterns({ words, commands }: CompletionCommand, flag: string): string[] {
  const path = words.join(" ");
  if (path === "") return [`*${quoteForShell([`|${flag}`])}`];
  const here = quoteForShell([`${path}|${flag}`]);
  const below = `${quoteForShell([`${path} `])}*${quoteForShell([`|${flag}`])}`;
  return commands.length === 0 ? [here] : [here, below];
}

/** The first pattern that fits counts, so what is said more precisely comes first. */
function childrenFirst(root: CompletionCommand): CompletionCommand[] {
  return listCommands(root).reverse();
}

function tableLine(patterns: readonly string[], action: string | null): string[] {
  return patterns.length === 0 || action === null
    ? []
    : [`      ${patterns.join(" | ")}) ${action} ;;`];
}
