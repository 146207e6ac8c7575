import { spawnSync } from "node:child_process";

/**
 * Asks a completion script in a real bash what may stand at the end of `line`, before `after`.
 *
 * @returns the words offered, quoted as bash would insert them; `(files)` alone when bash itself is
 *   left to complete to files
 */
export function completeInBash(script: string, line: string, after = ""): string[] {
  // As readline splits: at blanks, and with the signs "=" and ":" as words of their own.
  const words = splitAsReadline(line);
  const typed = words.at(-1) ?? "";
  const whole = splitAsReadline(line + after);
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["--noprofile", "--norc", "-c", driver, "bash", ...[script, line, after].map(String)].concat(
      /^[=:]+$/.test(typed) ? "" : typed,
      String(words.length - 1),
      whole,
    ),
    { encoding: "utf8" },
  );
  if (status !== 0 || stderr !== "") throw new Error(`bash failed: ${stderr}`);
  return stdout.split("\n").slice(0, -1);
}

/** `compopt` answers only inside a completion; here it notes that it was asked to keep files out. */
const driver = String.raw`
eval "$1" || exit 1
files=yes
compopt() { [[ $* == "+o default" ]] && files=no; }
COMP_LINE=$2$3 COMP_POINT=${"${#2}"} COMP_CWORD=$5
typed=$4
shift 5
COMP_WORDS=("$@")
[[ $(complete -p "$1") =~ -F\ ([^ ]+) ]]
"${"${BASH_REMATCH[1]}"}" "$1" "$typed" "${"${COMP_WORDS[COMP_CWORD-1]}"}" || exit 1
if ((${"${#COMPREPLY[@]}"} > 0)); then printf '%s\n' "${"${COMPREPLY[@]}"}"
elif [[ $files == yes ]]; then echo "(files)"; fi
`;

function splitAsReadline(line: string): string[] {
  const words = line.split(/\s+/).flatMap((word) => word.match(/[=:]+|[^=:]+/g) ?? []);
  return /\s$/.test(line) ? [...words, ""] : words;
}
