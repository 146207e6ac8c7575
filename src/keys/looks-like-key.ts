import { identifyKey } from "./formats.js";

const jwt = /^eyJ[\w-]{8,}\.[\w-]+/;
const blanksAndQuotes = /[\s=:;,'"`?&#@<>(){}|[\]]+/;
const looksLikePath = /^(?:~|\.{1,2})?\//;
const assignment =
  /(?:^|[^A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)[A-Za-z0-9_]*=|(?:^|[^A-Za-z0-9_])(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)[A-Za-z0-9_]*=/i;

/** Whether a word has a shape that nothing but a key or a JWT has. */
export function isSurelyKey(word: string): boolean {
  if (/^oj_sk_[\w-]{8,}$/.test(word) || jwt.test(word)) return true;
  return identifyKey(word) !== "unknown" && /[a-z]/.test(word) && mixes(word, 0.25);
}

/**
 * Whether a single word looks like a key: one of the known shapes, 32 hexadecimal digits or more, or
 * 20 characters and more that change their kind as often as chance has it. Words, names, paths and
 * versions do not, whatever their length; a random identifier cannot be told from a key.
 */
export function looksLikeKey(word: string): boolean {
  if (isSurelyKey(word)) return true;
  if (/^[0-9a-f]{32,}$/i.test(word)) return new Set(word.toLowerCase()).size >= 6;
  if (!/^[\w+/=~.!$%^*-]{20,}$/.test(word)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(word)).length;
  if (kinds === 3) return word.replaceAll(/[^A-Za-z\d]/g, "").length >= 16 && mixes(word, 0.3);
  // One in a thousand has no digit.
  if (word.length >= 40 && /[a-z]/.test(word) && /[A-Z]/.test(word)) return mixes(word, 0.25);
  // Two kinds are common in names with dashes, so it takes one long run.
  const longest = Math.max(...word.split(/[^A-Za-z\d]+/).map((run) => run.length));
  return kinds === 2 && longest >= 20 && mixes(word, 0.2);
}

/** Whether the kind of character changes at this share of the places where it could. */
function mixes(word: string, share: number): boolean {
  let places = 0;
  let changes = 0;
  for (let at = 1; at < word.length; at++) {
    const before = kindOf(word[at - 1] ?? "");
    const now = kindOf(word[at] ?? "");
    if (before === "" || now === "") continue;
    places++;
    if (before !== now) changes++;
  }
  return changes >= places * share;
}

function kindOf(character: string): "a" | "A" | "1" | "" {
  if (/[a-z]/.test(character)) return "a";
  if (/[A-Z]/.test(character)) return "A";
  return /\d/.test(character) ? "1" : "";
}

/**
 * The words within a text that look like keys: `--token=K`, `Authorization: Bearer K`,
 * `https://user:K@host/?token=K`, percent-encoded or not. Of paths, and of the host of a URL, only
 * what is surely a key: folders and hosts may bear the digest of something.
 */
export function findKeys(text: string): readonly string[] {
  return [...new Set([text, decode(text)].flatMap(findPlainKeys))];
}

function findPlainKeys(text: string): string[] {
  const host = /^[A-Za-z][A-Za-z\d+.-]*:\/\/(?:[^/?#]*@)?([^/?#@]*)/.exec(text)?.[1];
  if (host !== undefined && host !== "") {
    const labels = [host, ...host.split(/[.:]/)].filter(isSurelyKey);
    return [...labels, ...splitText(text.replace(host, "")).filter(looksLikeKey)];
  }
  const isPath = looksLikePath.test(text) && !/[\s=]/.test(text);
  return splitText(text).filter(isPath ? isSurelyKey : looksLikeKey);
}

/** From the whole to the smallest part: a key of base64 may hold what also parts words. */
function splitText(text: string): string[] {
  const words = text.split(/[\s;,'"`<>(){}|[\]]+/);
  const parts = text.split(blanksAndQuotes);
  const options = words.map((word) => /^-*[A-Za-z_][\w-]*[=:](.*)$/s.exec(word)?.[1] ?? "");
  return [text, ...words, ...options, ...parts, ...parts.flatMap((part) => part.split("/"))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a value that is to be shown, as a folder or a host is, may hold a key: an assignment to
 * what is named like one (`/srv/oj OPENJARVIS_API_KEY=…`), or a word that looks like one.
 */
export function mayHideKey(value: string): boolean {
  return assignment.test(value) || findKeys(value).length > 0;
}

/** A text that is to be shown, with `…` in the place of these words and of all that is surely a key. */
export function hideKeys(text: string, words: readonly string[] = []): string {
  const longestFirst = words.toSorted((one, other) => other.length - one.length);
  const known = longestFirst.reduce((left, word) => left.replaceAll(word, "…"), text);
  return known.replaceAll(/(?<![\w-])[\w-]{16,}(?:\.[\w-]+)*/g, (word) =>
    isSurelyKey(word) ? "…" : word,
  );
}
