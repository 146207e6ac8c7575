const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Words as one line that a POSIX shell reads back as the same words. */
export function quoteForShell(words: readonly string[]): string {
  return words
    .map((word) => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
