import type { DialectName } from "./dialects/dialect.js";

/** Readers to which `#` behind an unquoted value is a comment; to the others it is part of the value. */
const commentReaders: ReadonlySet<DialectName> = new Set([
  "bun",
  "dotenv",
  "node20",
  "node22",
  "deno",
  "python-dotenv",
  "compose",
  "direnv",
]);

/**
 * The comment behind the value of a line that is about to be replaced, to be kept as a line of its
 * own. Only what is surely a comment is kept: for readers without such comments the text was part of
 * the old key, so `#` must stand between blanks, and the old key must not come again in it.
 */
export function findComment(
  body: string,
  readers: readonly DialectName[],
): { found: boolean; kept: string | null } {
  const rest = body.slice(body.search(/[=:]/) + 1);
  const { value, quote } = takeValue(rest);
  const tail = rest.slice(value.length).trim();
  if (!tail.startsWith("#")) return { found: false, kept: null };

  const certain = readers.every((reader) => commentReaders.has(reader));
  const looksLikeOne = certain || /^#\s+\S/.test(tail);
  // After a second quote the value may have gone on, past an escaped one.
  const closed = quote === "" || !tail.includes(quote);
  const bare = value.trim().slice(quote.length, quote === "" ? undefined : -1);
  const repeats = bare !== "" && tail.includes(bare);
  return { found: true, kept: looksLikeOne && closed && !repeats ? tail : null };
}

/** The value as written: up to its closing quote, or up to ` #`. */
function takeValue(rest: string): { value: string; quote: string } {
  const quote = /^\s*(["'`])/.exec(rest)?.[1];
  if (quote !== undefined) {
    const close = rest.indexOf(quote, rest.indexOf(quote) + 1);
    return { value: close === -1 ? rest : rest.slice(0, close + 1), quote };
  }
  const hash = rest.search(/[ \t]#/);
  return { value: hash === -1 ? rest : rest.slice(0, hash), quote: "" };
}
