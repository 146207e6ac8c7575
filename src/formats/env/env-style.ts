import type { Dialect } from "./dialects/dialect.js";
import { toLineText } from "./env-lines.js";
import { readsAs } from "./env-spelling.js";

/** What is written in the place of a line. */
export interface StyledLine {
  /** As the lines of a file are held has it, a character for each byte. */
  readonly text: string;
  /** Whether the comment stands behind the new value. */
  readonly hasComment: boolean;
  /** What of the old line's looks could not stay, to follow `line N: `. */
  readonly notes: readonly string[];
}

/** What a line is to set, and for whom. */
export interface NewValue {
  readonly variable: string;
  readonly value: string;
  /** The value as every reader takes it, be it in quotes. */
  readonly spelling: string;
  readonly readers: readonly Dialect[];
}

interface Style {
  readonly indent: string;
  readonly exported: string;
  /** Blanks before and behind the `=`. */
  readonly before: string;
  readonly behind: string;
  readonly quote: string;
  /** A comment behind the value, with the blanks before it. */
  readonly comment: string;
}

const plain: Style = { indent: "", exported: "", before: "", behind: "", quote: "", comment: "" };

/**
 * Writes a line anew as its owner wrote the old one: indentation, `export`, blanks round the `=`,
 * quotes and a comment stay, each as long as every reader still gets the value.
 *
 * @param comment the comment behind the old value, where there surely is one
 */
export function restyleLine(body: string, to: NewValue, comment: string | null): StyledLine {
  const old = takeStyle(body, comment);
  const notes: string[] = [];
  let style = plain;
  for (const { part, tell } of parts) {
    const wanted: Style = { ...style, ...part(old) };
    const text = spell(wanted, to);
    if (text === spell(style, to)) continue;
    const bytes = Buffer.from(`${text}\n`, "latin1");
    const blind = to.readers.find((reader) => !readsAs(reader, bytes, to.variable, to.value));
    if (blind === undefined) style = wanted;
    else notes.push(tell(blind.name, old, to));
  }
  const hasComment = style.comment !== "";
  return { text: spell(style, to), hasComment, notes: notes.filter((note) => note !== "") };
}

const parts: readonly {
  readonly part: (old: Style) => Partial<Style>;
  readonly tell: (reader: string, old: Style, to: NewValue) => string;
}[] = [
  {
    part: ({ exported }) => ({ exported }),
    tell: (reader) => `"export" is dropped, ${reader} does not know it`,
  },
  {
    part: ({ indent }) => ({ indent }),
    tell: (reader) => `the blanks before it are dropped, ${reader} takes them as part of the name`,
  },
  {
    part: ({ before, behind }) => ({ before, behind }),
    tell: (reader) => `the blanks at the = are dropped, ${reader} does not take them away`,
  },
  {
    part: ({ quote }) => ({ quote }),
    tell: (reader) => `the quotes are dropped, ${reader} takes them as part of the value`,
  },
  // The comment moves to a line of its own, and is told of there.
  { part: ({ comment }) => ({ comment }), tell: () => "" },
];

function spell({ indent, exported, before, behind, quote, comment }: Style, to: NewValue): string {
  const value = toLineText(quote === "" ? to.spelling : `${quote}${to.value}${quote}`);
  return `${indent}${exported}${to.variable}${before}=${behind}${value}${comment}`;
}

function takeStyle(body: string, comment: string | null): Style {
  const match = /^([ \t]*)(export[ \t]+)?[^\s=:]+([ \t]*)=([ \t]*)(.*)$/s.exec(body);
  if (match === null) return { ...plain, exported: /^\s*export\s/.test(body) ? "export " : "" };
  const [, indent = "", exported = "", before = "", behind = "", rest = ""] = match;
  const quote = /^(["']).*\1/s.exec(rest)?.[1] ?? "";
  const at = comment === null ? -1 : body.lastIndexOf(comment);
  const blanks = at === -1 ? "" : (/[ \t]*$/.exec(body.slice(0, at))?.[0] ?? "");
  return {
    indent,
    exported,
    before,
    // Before nothing they are blanks for nothing.
    behind: rest === "" || rest.startsWith("#") ? "" : behind,
    quote,
    comment: at === -1 || blanks === "" ? "" : blanks + body.slice(at),
  };
}
