const longestQuote = 60;

/** Every way in which a secret may stand in what a server sends back. */
function spell(secret: string): string[] {
  const percent = encodeURIComponent(secret);
  const bytes = Buffer.from(secret);
  return [
    secret,
    percent,
    percent.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("base64url"),
    bytes.toString("base64"),
    bytes.toString("hex"),
  ];
}

/** Whether a text holds a secret, as it is or in an encoding that anybody can undo. */
export function holdsSecret(text: string, secret: string): boolean {
  return secret !== "" && spell(secret).some((spelling) => text.includes(spelling));
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
