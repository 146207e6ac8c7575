/**
 * The vocabulary of placeholders: what documentation writes where a key belongs. It is kept to words
 * that tell the reader what to do, and to what keys are called and made with; a word that people
 * choose for its own sake has no place here.
 */
const vocabulary = new Set(
  `
  change changed changeit changeme replace replaced replaceme insert enter put set fill paste use used
  using generate generated generating create created provide specify configure edit update modify
  add choose pick make must should need needs do dont not no never please todo tbd fixme goes go
  a an the this that these those it me my mine your yours our own any some something here there
  in to with for from of at by on before after and or be is are as than into via when
  api app auth authentication authorization access admin agent bearer client server service secret
  secrets key keys token tokens jwt jwts oauth password passwords passwd passphrase value values
  string text credential credentials env environment variable sign signing signature session cookie
  encryption private public hash hmac salt master root user username webhook shared license
  haip jean jean2 jean2s openjarvis jarvis oj sk pk
  long longer strong stronger random randomly secure securely insecure unsafe safe super very really
  real actual new custom unique complex default dummy fake sample example examples placeholder temp
  temporary test tests testing demo dev develop development local localhost staging prod production
  live only purpose purposes keep now deploy deploying deployment com org
  character characters char chars bit bits byte bytes letters digits numbers number least minimum min
  max more length hex base64 base64url b64 ascii utf8 openssl rand urandom uuid uuidgen pwgen sha256
  hs256 aes256 hmacsha256
  `
    .trim()
    .split(/\s+/),
);

const longestWord = Math.max(...Array.from(vocabulary, ({ length }) => length));

/** Longer than any placeholder that was seen; a key may be a megabyte. */
const longestPlaceholder = 200;

/** Shorter words join others, and are too easily found in anything. */
const shortestTellingWord = 4;

/**
 * Whether a value is a placeholder in the words of documentation: `replace_with_a_long_random_string`.
 *
 * The **whole** value has to be made of words of the vocabulary, with any separator, in camelCase or
 * run together; numbers of up to four digits (`32`), the beginning of `1234567890` and runs of `x`
 * may stand among them. At least half of its letters and digits have to be in words of four or more.
 * So one other word, as in a passphrase, or a random part, as in `my-key-…`, makes it no placeholder.
 */
export function isDocumentation(value: string): boolean {
  if (value.length > longestPlaceholder) return false;
  const chunks = value
    .toLowerCase()
    .replaceAll(/['’]/g, "")
    .split(/[^\p{L}\p{N}]+/u);
  let telling = 0;
  let total = 0;
  for (const chunk of chunks) {
    const found = readWords(chunk);
    if (found === null) return false;
    telling += found;
    total += chunk.length;
  }
  return telling > 0 && telling * 2 >= total;
}

/** How many letters of a chunk can be in telling words; null when it is not words all through. */
function readWords(chunk: string): number | null {
  // For each place that can be reached by words: the most letters in telling ones on the way.
  const reached: (number | undefined)[] = [0];
  for (let at = 0; at < chunk.length; at++) {
    const so = reached[at];
    if (so === undefined) continue;
    const reach = (length: number, telling: number) => {
      reached[at + length] = Math.max(reached[at + length] ?? 0, so + telling);
    };
    const filler = readFiller(chunk, at);
    if (filler !== null) reach(filler.length, filler.telling);
    const longest = Math.min(longestWord, chunk.length - at);
    for (let length = 1; length <= longest; length++) {
      if (!vocabulary.has(chunk.slice(at, at + length))) continue;
      reach(length, length >= shortestTellingWord ? length : 0);
    }
  }
  return reached[chunk.length] ?? null;
}

/** A number as a whole, or a run of `x`. */
function readFiller(chunk: string, at: number): { length: number; telling: number } | null {
  const isInside = /\d/.test(chunk[at - 1] ?? "");
  const number = isInside ? null : /^\d+/.exec(chunk.slice(at))?.[0];
  if (number && number.length <= 4) return { length: number.length, telling: 0 };
  if (number && "1234567890".startsWith(number)) {
    return { length: number.length, telling: number.length };
  }
  const run = /^x{3,}/.exec(chunk.slice(at))?.[0].length;
  return run === undefined ? null : { length: run, telling: run };
}
