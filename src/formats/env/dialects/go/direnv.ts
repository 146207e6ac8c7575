import {
  createLineCounter,
  refuseLine,
  type Assignment,
  type Dialect,
  type Environment,
} from "../dialect.js";
import { expandAsGo } from "./expand.js";

/**
 * direnv's `dotenv`: `export`, `KEY: value`, `#` comments, quotes that end on their line, and `$`
 * expanded but for single quotes. It refuses the file for any line that is nothing of this: a name
 * alone, a blank in a value without quotes, a byte order mark. The last line counts.
 */
export const direnv: Dialect = {
  name: "direnv",
  takes: "last",
  scan(bytes) {
    const text = bytes.toString("utf8");
    const lineAt = createLineCounter(text);
    const found: Assignment[] = [];
    for (const { 0: raw, index } of text.matchAll(/[^\r\n]+/g)) {
      const line = lineAt(index);
      const match = statement.exec(raw);
      if (match === null) throw refuseLine("direnv", line, "it cannot read the line");
      const [, name, value = ""] = match;
      if (name === undefined) continue;
      found.push({ name, ...readValue(value), first: line, last: line });
    }
    return found;
  },
  expand(assignments, variable, environment) {
    const values = new Map<string, string>();
    for (const { name, value, literal } of assignments) {
      const text = value ?? "";
      values.set(name, literal === true ? text : expand(text, values, environment));
    }
    return values.get(variable) ?? null;
  },
};

// Go's \s is these five. A quote inside quotes needs no backslash, as long as the rest still fits.
const statement =
  /^[\t\n\f\r ]*(?:|#[^\n]*|(?:export[\t\n\f\r ]+)?([\w.]+)(?:[\t\n\f\r ]*=[\t\n\f\r ]*|:[\t\n\f\r ]+?)('[^]*'|"[^]*"|[^\t\n\f\r #]+)?[\t\n\f\r ]*(?:#[^\n]*)?)$/;

function readValue(text: string): { value: string; literal: boolean } {
  const inner = text.slice(1, -1);
  if (text.length > 1 && text.startsWith("'") && text.endsWith("'")) {
    return { value: inner, literal: true };
  }
  if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) {
    const broken = inner.replaceAll("\\n", "\n").replaceAll("\\r", "\r");
    return { value: broken.replace(/\\([^$])/g, "$1"), literal: false };
  }
  // A lone character is not looked at for a $.
  return { value: text, literal: text.length <= 1 };
}

function expand(
  text: string,
  values: ReadonlyMap<string, string>,
  environment: Environment,
): string {
  return expandAsGo(text, (reference) => {
    const [name = "", ...rest] = reference.split(":-");
    const own = values.get(name);
    if (own !== undefined) return own;
    const outer = environment[name] ?? "";
    return outer === "" && rest.length > 0 ? rest.join(":-") : outer;
  });
}
