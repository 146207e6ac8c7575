import { keyPrefixes } from "./formats.js";
import { assessKey } from "./strength.js";

const shownAtEachEnd = 4;
const shortestShown = 32;
const dots = "••••••••";

/**
 * A key as it may be shown to people: its known prefix, four characters, `…`, four characters.
 * Of a key under 32 characters nothing is shown, not even its length; nor of what is no key at all,
 * such as a template, in which a key may stand anywhere.
 *
 * The prefix is looked up rather than guessed from the last `_`, which the random part may hold.
 *
 * @example
 * maskKey("oj_sk_" + "a".repeat(43)); // "oj_sk_aaaa…aaaa"
 */
export function maskKey(key: string): string {
  if (key.length < shortestShown || assessKey(key).kind !== null) return dots;
  const prefix = Object.values(keyPrefixes).find((known) => known !== "" && key.startsWith(known));
  const start = (prefix ?? "").length;
  // A key that users bring may hold anything; escape sequences must not reach a terminal.
  const shown = `${key.slice(start, start + shownAtEachEnd)}…${key.slice(-shownAtEachEnd)}`;
  return (prefix ?? "") + shown.replaceAll(/[^\x21-\x7e…]/g, "•");
}
