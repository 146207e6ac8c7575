import { refuseLine, type Assignment, type Dialect } from "../dialect.js";
import { splitGoLines } from "./lines.js";

/**
 * `podman run --env-file`: as docker, but names may hold anything, so a byte order mark, blanks
 * before the `=` and `export ` belong to them; and a name alone that ends with `*` takes every
 * variable of podman's own environment that begins so.
 */
export const podman: Dialect = {
  name: "podman",
  takes: "last",
  scan(bytes, variable) {
    const found: Assignment[] = [];
    for (const { text, line, tooLong } of splitGoLines(bytes)) {
      if (tooLong) throw refuseLine("podman", line, "the line is too long");
      const body = text.replace(/^[ \t]+/, "");
      if (body === "" || body.startsWith("#")) continue;
      const equals = body.indexOf("=");
      if (equals === 0) throw refuseLine("podman", line, "a name is missing before the =");
      const name = equals === -1 ? findInherited(body, variable) : body.slice(0, equals);
      const value = equals === -1 ? null : body.slice(equals + 1);
      found.push({ name, value, first: line, last: line });
    }
    return found;
  },
};

function findInherited(name: string, variable: string): string {
  return name.endsWith("*") && variable.startsWith(name.slice(0, -1)) ? variable : name;
}
