import { quoteForShell } from "./shell-quote.js";

/**
 * A command of keyward's, by its words alone: which name the program has, what names the server and
 * how a shell wants it quoted is for the one place that spells it. A word in capitals stands for what
 * only the reader knows.
 */
export interface HintCommand {
  readonly words: readonly string[];
  /** Whether it is about the server that what failed is about, or stands as it is. */
  readonly about: "server" | "nothing";
}

/** What to do next: words, a command, or words with commands between them. */
export type Hint = string | HintCommand | readonly (string | HintCommand)[];

/** A command about the server of this call, by its plain words: `token rotate --resume`. */
export function aboutServer(words: string): HintCommand {
  return { words: words.split(" "), about: "server" };
}

/** A command that names all that it is about by itself. */
export function asItStands(words: string): HintCommand {
  return { words: words.split(" "), about: "nothing" };
}

/** Hints one after the other, as one. */
export function joinHints(...hints: readonly Hint[]): Hint {
  return hints.flatMap(partsOf);
}

/** A hint as text, its commands as `spell` writes them; if absent, as who has nothing but `keyward` types them. */
export function spellHint(
  hint: Hint,
  spell: (command: HintCommand) => string = ({ words }) => quoteForShell(["keyward", ...words]),
): string {
  return partsOf(hint)
    .map((part) => (typeof part === "string" ? part : spell(part)))
    .join("");
}

function partsOf(hint: Hint): readonly (string | HintCommand)[] {
  if (typeof hint === "string") return [hint];
  return "words" in hint ? [hint] : hint;
}

/** A hint with every text in it changed, and its commands as they are. */
export function changeText(hint: Hint, change: (text: string) => string): Hint {
  return partsOf(hint).map((part) => (typeof part === "string" ? change(part) : part));
}
