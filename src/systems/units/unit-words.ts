/** The words of an assignment. */
export interface Words {
  readonly words: readonly string[];
  /** An open quote or a bad escape ended the reading: what comes before it counts. */
  readonly broken: boolean;
}

const plainEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};
const numericEscape = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3}))/;

/**
 * Takes a value apart as systemd does: at blanks, with quotes anywhere in a word and the escapes of
 * C in and out of them.
 *
 * @param lenient keeps an escape that is none as it stands, as in `ExecStart=`
 */
export function splitUnitWords(text: string, lenient = false): Words {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === "\\") {
      const escape = readEscape(text.slice(at + 1, at + 10));
      if (escape === null && !lenient) return { words, broken: true };
      word = (word ?? "") + (escape?.char ?? "\\");
      at += escape?.length ?? 0;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (/[ \t\n\r]/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== "") return { words, broken: true };
  if (word !== null) words.push(word);
  return { words, broken: false };
}

function readEscape(after: string): { char: string; length: number } | null {
  const plain = plainEscapes[after[0] ?? ""];
  if (plain !== undefined) return { char: plain, length: 1 };
  const match = numericEscape.exec(after);
  if (match === null) return null;
  const [whole, byte, short, long, octal] = match;
  const code = octal === undefined ? parseInt(byte ?? short ?? long ?? "", 16) : parseInt(octal, 8);
  // A byte beyond ASCII would be part of a character that only its neighbours tell.
  const most = byte === undefined && octal === undefined ? 0x10_ff_ff : 0x7f;
  return code === 0 || code > most
    ? null
    : { char: String.fromCodePoint(code), length: whole.length };
}
