import {
  findLineEnd,
  refuseLine,
  refuseUnlessUtf8,
  type Assignment,
  type Dialect,
  type Environment,
} from "./dialect.js";
import { scanAsNode22 } from "./node.js";

/**
 * `deno --env-file`: lines as Node 22 has them, but the first of several counts, and `$NAME` is
 * expanded but for single quotes and backticks; what is not set, and a lone `$`, becomes nothing.
 */
export const deno: Dialect = {
  name: "deno",
  takes: "first",
  scan(bytes) {
    refuseUnlessUtf8("deno", bytes);
    const found = scanAsNode22(bytes, findQuote);
    const nameless = found.find(({ name }) => name === "");
    if (nameless !== undefined) {
      throw refuseLine("deno", nameless.first, "a name is missing before the =");
    }
    // A NUL byte ends the reading.
    const bad = found.findIndex(({ name, value }) => `${name}${value}`.includes("\0"));
    return bad === -1 ? found : found.slice(0, bad);
  },
  expand(assignments, variable, environment) {
    const values = new Map<string, string>();
    let first: string | null = null;
    for (const assignment of assignments) {
      const value = expand(assignment, values, environment);
      // The last one set is what later lines refer to, though the first is what the program gets.
      values.set(assignment.name, value);
      if (assignment.name === variable) first ??= value;
    }
    return first;
  },
};

/** On the line of the first quote, the one that only a comment follows; else the first. */
function findQuote(text: string, quote: string, from: number): number {
  const first = text.indexOf(quote, from);
  if (first === -1) return -1;
  const lineEnd = findLineEnd(text, first);
  for (let at = first; at !== -1 && at < lineEnd; at = text.indexOf(quote, at + 1)) {
    if (/^[ \t]*(?:#|$)/.test(text.slice(at + 1, lineEnd))) return at;
  }
  return first;
}

function expand(
  { value, literal }: Assignment,
  values: ReadonlyMap<string, string>,
  environment: Environment,
): string {
  if (value === null || literal === true) return value ?? "";
  return value.replace(/\\\$|\$\{([^}]*)\}?|\$(\w*)/g, (match, braced?: string, bare?: string) => {
    if (match === "\\$") return "$";
    const name = braced ?? bare ?? "";
    return environment[name] ?? values.get(name) ?? "";
  });
}
