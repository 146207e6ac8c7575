const longestQuote = 60;
/** So many bytes of base64 do not come about by chance. */
const shortestMiddle = 11;

/** Every way in which a secret may stand in a text, apart from case and escapes. */
function spell(secret: string): string[] {
  const percent = encodeURIComponent(secret);
  const bytes = Buffer.from(secret);
  return [
    secret,
    percent,
    percent.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    ...listBase64(bytes),
  ];
}

/**
 * Base64 with and without padding, also where the secret is only a part of what was encoded, as in
 * `Authorization: Basic …`: then the characters that no neighbour has a share in.
 */
function listBase64(bytes: Buffer): string[] {
  const whole = [bytes.toString("base64"), bytes.toString("base64").replace(/=+$/, "")];
  const middles = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    const from = Math.ceil((offset * 8) / 6);
    return shifted.slice(from, Math.floor(((offset + bytes.length) * 8) / 6));
  });
  const certain = [...whole, ...middles.filter((middle) => middle.length >= shortestMiddle)];
  return certain.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]);
}

/** Whether a text holds a secret, as it is or in an encoding that anybody can undo. */
export function holdsSecret(text: string, secret: string): boolean {
  if (secret === "") return false;
  const spellings = spell(secret);
  const hex = Buffer.from(secret).toString("hex");
  // With marks between the bytes, as `xxd`, `openssl` and `\x` have them.
  const digits = text.toLowerCase().replaceAll(/\\x|0x|[\s:,-]/g, "");
  if (digits.includes(hex)) return true;
  return readings(text).some((reading) => spellings.some((one) => reading.includes(one)));
}

/** A text as it stands, and as one that is unescaped, unquoted, or joined over its lines. */
function readings(text: string): readonly string[] {
  const unescaped = text.replaceAll(/\\(?:u[\da-f]{4}|x[\da-f]{2})/gi, (escape) =>
    String.fromCharCode(parseInt(escape.slice(2), 16)),
  );
  const decoded = unescaped.replaceAll(/(?:%[\da-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
  const all = [text, unescaped, decoded].flatMap((reading) => [
    reading,
    // `'it'\''s'`, `it\'s`, and JSON within JSON
    reading.replaceAll(`'\\''`, "'").replaceAll(`'"'"'`, "'"),
    reading.replaceAll(/\\+(.)/gs, "$1"),
    reading.replaceAll(/\s+/g, ""),
  ]);
  return [...new Set(all)];
}

/**
 * A server's own words, fit to be shown: nothing of them if they hold one of the secrets, printable
 * characters alone (a terminal obeys the others), and not many.
 */
export function quoteServer(text: string, secrets: readonly string[]): string | null {
  if (secrets.some((secret) => holdsSecret(text, secret))) return null;
  const plain = text.replaceAll(/[^ -~]+/g, " ").trim();
  if (plain === "") return null;
  return plain.length > longestQuote ? `${plain.slice(0, longestQuote)}…` : plain;
}
