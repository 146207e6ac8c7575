import type { Assignment, Dialect } from "./dialect.js";

/**
 * Jean2's own loader, for the `.env` of its data folder: one line is one assignment, the first one
 * counts, and nothing but one pair of outer quotes is taken off. No comments behind a value, no
 * `export`, no escapes, no `$`, no values of several lines.
 */
export const jean2: Dialect = {
  name: "jean2",
  takes: "first",
  scan(bytes) {
    const found: Assignment[] = [];
    const lines = bytes.toString("utf8").split("\n");
    for (const [index, raw] of lines.entries()) {
      const equals = raw.indexOf("=");
      if (equals === -1) continue;
      // trim() takes the byte order mark and every Unicode blank, as Jean2's does.
      const name = raw.slice(0, equals).trim();
      if (name.startsWith("#")) continue;
      const value = unquote(raw.slice(equals + 1).trim());
      found.push({ name, value, first: index + 1, last: index + 1 });
    }
    return found;
  },
};

/** A lone quote is both ends of itself, so it becomes empty: Jean2 does the same. */
function unquote(value: string): string {
  for (const quote of ['"', "'"]) {
    if (value.startsWith(quote) && value.endsWith(quote)) return value.slice(1, -1);
  }
  return value;
}
