import { findLineEnd, type Assignment, type Dialect } from "./dialect.js";

/**
 * Jean2's own loader, for the `.env` of its data folder: one line is one assignment, the first one
 * counts, and nothing but one pair of outer quotes is taken off. No comments behind a value, no
 * `export`, no escapes, no `$`, no values of several lines.
 */
export const jean2Dialect: Dialect = {
  name: "jean2",
  takes: "first",
  scan(bytes, variable) {
    const text = bytes.toString("utf8");
    const found: Assignment[] = [];
    let line = 1;
    let counted = 0;
    let at = text.indexOf(variable);
    while (at !== -1) {
      const start = text.lastIndexOf("\n", at) + 1;
      const end = findLineEnd(text, at);
      line += text.slice(counted, start).split("\n").length - 1;
      counted = start;
      const assignment = readLine(text.slice(start, end), line);
      if (assignment !== null) found.push(assignment);
      at = text.indexOf(variable, end);
    }
    return found;
  },
};

function readLine(raw: string, line: number): Assignment | null {
  const equals = raw.indexOf("=");
  if (equals === -1) return null;
  // trim() takes the byte order mark and every Unicode blank, as Jean2's does.
  const name = raw.slice(0, equals).trim();
  if (name.startsWith("#")) return null;
  return { name, value: unquote(raw.slice(equals + 1).trim()), first: line, last: line };
}

/** A lone quote is both ends of itself, so it becomes empty: Jean2 does the same. */
function unquote(value: string): string {
  for (const quote of ['"', "'"]) {
    if (value.startsWith(quote) && value.endsWith(quote)) return value.slice(1, -1);
  }
  return value;
}
