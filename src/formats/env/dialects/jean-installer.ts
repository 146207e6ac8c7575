import type { Assignment, Dialect } from "./dialect.js";

/**
 * Jean's installer, which takes the token over from the env file that it is about to write anew:
 * the first line that begins with the name and `=`, and whatever follows as it stands, quotes too.
 */
export const jeanInstaller: Dialect = {
  name: "jean-installer",
  takes: "first",
  scan(bytes) {
    const found: Assignment[] = [];
    const lines = bytes.toString("utf8").split("\n");
    for (const [index, line] of lines.entries()) {
      const [, name, rest] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(line) ?? [];
      if (name === undefined || rest === undefined) continue;
      // A carriage return at the end is written back with the value, and ends a line for systemd.
      const value = rest.replace(/\r$/, "");
      found.push({ name, value, first: index + 1, last: index + 1 });
    }
    return found;
  },
};
