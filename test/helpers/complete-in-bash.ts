import { spawnSync } from "node:child_process";

/**
 * Asks the completion of bash what may stand at the end of `line`, before `after`.
 *
 * @param setUp what bash has been told: the script, and what there was before it
 * @param bin a folder for the PATH, where keyward is
 * @returns the words offered; `(files)` alone when bash itself is left to complete to files
 */
export function completeInBash(
  { setUp, bin, home }: { setUp: string; bin: string; home: string },
  line: string,
  after = "",
): string[] {
  const before = splitAsReadline(line);
  const typed = before.at(-1) ?? "";
  const env = {
    HOME: home,
    PATH: `${bin}:${process.env["PATH"]}`,
    SET_UP: setUp,
    COMP_LINE: line + after,
    COMP_POINT: String(line.length),
    COMP_CWORD: String(before.length - 1),
    // What bash would replace; right after a sign that is nothing yet, and a quote is no part of it.
    TYPED: /^[=:]+$/.test(typed) ? "" : typed.replace(/^["']/, ""),
  };
  const words = splitAsReadline(line + after);
  const argv = ["--noprofile", "--norc", "-c", driver, "bash", ...words];
  const { status, stdout, stderr } = spawnSync("bash", argv, { env, encoding: "utf8" });
  if (status !== 0 || stderr !== "") throw new Error(`bash failed: ${stderr}`);
  return stdout.split("\n").slice(0, -1);
}

/** Bash's own `compopt` answers only during a completion; this one notes that files are kept out. */
const driver = `
eval "$SET_UP" || exit 1
files=yes
compopt() { [[ $* == "+o default" ]] && files=no; }
COMP_WORDS=("$@")
[[ $(complete -p "$1") =~ -F\\ ([^ ]+) ]] || exit 1
"\${BASH_REMATCH[1]}" "$1" "$TYPED" "\${COMP_WORDS[COMP_CWORD-1]}" || exit 1
if ((\${#COMPREPLY[@]} > 0)); then
  printf '%s\\n' "\${COMPREPLY[@]}"
elif [[ $files == yes ]]; then
  echo "(files)"
fi
`;

/** At blanks, and with the signs "=" and ":" as words of their own. */
function splitAsReadline(line: string): string[] {
  const words = line.split(/\s+/).flatMap((word) => word.match(/[=:]+|[^=:]+/g) ?? []);
  return /\s$/.test(line) ? [...words, ""] : words;
}
