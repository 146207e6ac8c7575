import {
  createLineCounter,
  refuseLine,
  refuseUnlessUtf8,
  type Assignment,
  type Dialect,
  type Environment,
} from "./dialect.js";

/**
 * Python's `load_dotenv()`: `export`, quoted names, ` #` comments behind unquoted values, quotes over
 * several lines with escapes, and `${NAME}` expanded everywhere, in single quotes too. The last line
 * counts, and a name alone takes back what lines above it set.
 */
export const pythonDotenv: Dialect = {
  name: "python-dotenv",
  takes: "last",
  scan: (bytes) => scan(bytes, newRules),
  expand,
};

/**
 * The same before 1.2.3: a byte order mark belongs to the first name, a backslash guards nothing but
 * the quote, and `#` behind `= ` is a value. That last rule is also that of 1.2.3.
 */
export const pythonDotenvBefore123: Dialect = {
  name: "python-dotenv",
  versions: "before 1.2.4",
  takes: "last",
  scan: (bytes) => scan(bytes, oldRules),
  expand,
};

interface Rules {
  readonly dropsMark: boolean;
  readonly single: RegExp;
  readonly double: RegExp;
  /** `#` behind `= ` begins a comment, not a value. */
  readonly commentsEmpty: boolean;
}

const newRules: Rules = {
  dropsMark: true,
  single: /'((?:\\.|[^'\\])*)'/sy,
  double: /"((?:\\.|[^"\\])*)"/sy,
  commentsEmpty: true,
};

const oldRules: Rules = {
  dropsMark: false,
  single: /'((?:\\'|[^'])*)'/y,
  double: /"((?:\\"|[^"])*)"/y,
  commentsEmpty: false,
};

// Python's \s written out: JavaScript's has the byte order mark and lacks some control characters.
const inner =
  "\\t\\v\\f\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const blanks = new RegExp(`[${inner}\\r\\n]*`, "y");
const innerBlanks = new RegExp(`[${inner}]*`, "y");
const exported = new RegExp(`(?:export[${inner}]+)?`, "y");
const quotedName = /'([^']+)'/y;
const plainName = new RegExp(`([^=#${inner}\\r\\n]+)`, "y");
const line = /([^\r\n]*)/y;
const restOfLine = /[^\r\n]*(?:\r\n?|\n)?/y;
const comment = new RegExp(`[${inner}]+#.*`, "s");
const blanksAtEnd = new RegExp(`[${inner}]+$`);
const lineEnd = new RegExp(`(?:[${inner}]*#[^\\r\\n]*)?[${inner}]*(?:\\r\\n?|\\n|$)`, "y");

function scan(bytes: Buffer, rules: Rules): Assignment[] {
  refuseUnlessUtf8("python-dotenv", bytes);
  const text = bytes.toString("utf8");
  const lineAt = createLineCounter(text);
  const found: Assignment[] = [];
  const cursor = { text, at: rules.dropsMark && text.startsWith("\uFEFF") ? 1 : 0 };
  while (take(cursor, blanks) !== null && cursor.at < text.length) {
    const start = cursor.at;
    const binding = readBinding(cursor, rules);
    const end = cursor.at;
    if (binding === null || take(cursor, lineEnd) === null) {
      // What cannot be read is passed over, from where it stopped making sense to the end of the line.
      take(cursor, restOfLine);
    } else if (binding.name !== "") {
      const first = lineAt(start);
      found.push({ ...binding, first, last: lineAt(Math.max(end - 1, start)) });
    }
  }
  const bad = found.find(({ name, value }) => `${name}${value}`.includes("\0"));
  if (bad !== undefined) throw refuseLine("python-dotenv", bad.first, "it holds a NUL byte");
  return found;
}

interface Cursor {
  readonly text: string;
  at: number;
}

/** What stands at the cursor, which moves behind it; null, and it stays, when that is not there. */
function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match === null) return null;
  cursor.at = pattern.lastIndex;
  return match[1] ?? match[0];
}

/** A name with its value, null for one alone; without a name before a comment; null for neither. */
function readBinding(
  cursor: Cursor,
  rules: Rules,
): { readonly name: string; readonly value: string | null } | null {
  take(cursor, exported);
  const char = cursor.text[cursor.at];
  const name = char === "#" ? "" : take(cursor, char === "'" ? quotedName : plainName);
  if (name === null) return null;
  take(cursor, innerBlanks);
  if (cursor.text[cursor.at] !== "=") return { name, value: null };
  cursor.at += 1;
  const value = readValue(cursor, rules);
  return value === null ? null : { name, value: value.replace(/\r\n?/g, "\n") };
}

/** Null where nothing closes the quote. */
function readValue(cursor: Cursor, rules: Rules): string | null {
  const behind = cursor.at;
  take(cursor, innerBlanks);
  const char = cursor.text[cursor.at];
  if (rules.commentsEmpty && char === "#" && cursor.at > behind) return "";
  if (char === "'") return take(cursor, rules.single)?.replace(/\\([\\'])/g, "$1") ?? null;
  if (char === '"') {
    const quoted = take(cursor, rules.double);
    return (
      quoted?.replace(/\\([\\'"abfnrtv])/g, (_, letter: string) => escapes[letter] ?? letter) ??
      null
    );
  }
  return (take(cursor, line) ?? "").replace(comment, "").replace(blanksAtEnd, "");
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function expand(
  assignments: readonly Assignment[],
  variable: string,
  environment: Environment,
): string | null {
  const values = new Map<string, string | null>();
  for (const { name, value } of assignments) {
    const filled = value?.replace(
      /\$\{([^}:]*)(?::-([^}]*))?\}/g,
      (_, other: string, fallback = "") => {
        const held = values.get(other);
        return environment[other] ?? (held === undefined ? String(fallback) : (held ?? ""));
      },
    );
    values.set(name, filled ?? null);
  }
  return values.get(variable) ?? null;
}
