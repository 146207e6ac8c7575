import { KeywardError } from "../../core/errors.js";

/** Exactly one, as `echo` and editors put it there: a second one may be a mistake, and must not be hidden. */
export function stripNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}

/**
 * Text in UTF-8, which every server takes a key in.
 *
 * @param source where it is from, for the message
 * @throws KeywardError `key-refused` for UTF-16 and other bytes
 */
export function decodeText(bytes: Buffer, source: string): string {
  const isUtf16 = /^(?:\xff\xfe|\xfe\xff)/.test(bytes.toString("latin1", 0, 2));
  const text = bytes.toString("utf8");
  if (!isUtf16 && Buffer.from(text).equals(bytes)) return text;
  throw notKey(`${source} is not text in UTF-8${isUtf16 ? " but in UTF-16" : ""}`, aloneHint);
}

const aloneHint = "write the key alone, on one line";
const assignment = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*\S/;

/**
 * The key as it was given, where it is a key and nothing else: what was copied along would be sent, or
 * written, as a part of it.
 *
 * @param source where it is from, for the message, which never repeats the value
 * @param mayHaveLines a secret that only signs may be of any text
 * @throws KeywardError `key-refused`, naming what it is instead
 */
export function refuseNonKey(text: string, source: string, mayHaveLines = false): string {
  if (text.startsWith("\uFEFF")) {
    throw notKey(
      `${source} begins with a byte order mark (BOM), which is not part of a key`,
      aloneHint,
    );
  }
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
  if (lines.some((line) => line.startsWith("-----BEGIN "))) {
    throw notKey(`${source} is a PEM file, not a key`, aloneHint);
  }
  if (/^\s*[{[]/.test(text) && isJson(text))
    throw notKey(`${source} is JSON, not a key`, aloneHint);
  const settings = lines.filter((line) => !/^\s*#/.test(line));
  const names = settings.map((line) => assignment.exec(line)?.[1] ?? null);
  if (
    names.length > 0 &&
    names.every((name) => name !== null && (settings.length > 1 || isSettingName(name)))
  ) {
    throw notKey(
      `${source} is an env file, not a key`,
      `name it with --file, or give what stands behind ${names.find(isKeyName) ?? names[0]}= alone`,
    );
  }
  if (!mayHaveLines && /[\r\n]/.test(text))
    throw notKey(`${source} has more than one line`, aloneHint);
  if (/^\s*(?:Authorization:\s*)?(?:Bearer|Token|Basic)\s+\S/i.test(text)) {
    throw notKey(`${source} has a header, not a key alone`, "give what stands behind Bearer alone");
  }
  return text;
}

/** A key may have a `=` in it, too; a name of a setting is one that people give to settings. */
function isSettingName(name: string): boolean {
  return /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(name) || isKeyName(name);
}

function isKeyName(name: string | null): boolean {
  return name !== null && /key|token|secret|passw|auth/i.test(name);
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function notKey(message: string, hint: string): KeywardError {
  return new KeywardError("key-refused", message, { hint });
}
