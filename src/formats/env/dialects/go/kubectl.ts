import { refuseLine, type Assignment, type Dialect } from "../dialect.js";
import { splitGoLines } from "./lines.js";
import { skipGoSpace } from "./space.js";

/**
 * `kubectl create secret --from-env-file`, and configmap: as docker, but a name may stand only once,
 * and one alone is set to nothing where kubectl's own environment does not have it. A line that is
 * too long ends the reading without a word: what stands below it is not set.
 */
export const kubectl: Dialect = {
  name: "kubectl",
  takes: "first",
  scan(bytes) {
    const found: Assignment[] = [];
    const seen = new Map<string, number>();
    for (const { text, line, tooLong, valid } of splitGoLines(bytes)) {
      if (tooLong) break;
      if (!valid) throw refuseLine("kubectl", line, "it is not UTF-8");
      const body = text.slice(skipGoSpace(text, line === 1 && text.startsWith("\uFEFF") ? 1 : 0));
      if (body === "" || body.startsWith("#")) continue;
      const equals = body.indexOf("=");
      const name = equals === -1 ? body : body.slice(0, equals);
      checkName(name, line);
      const earlier = seen.get(name);
      if (earlier !== undefined) {
        throw refuseLine("kubectl", line, `line ${earlier} sets the same variable`);
      }
      seen.set(name, line);
      const value = equals === -1 ? null : body.slice(equals + 1);
      found.push({ name, value, first: line, last: line });
    }
    return found;
  },
  expand(assignments, variable, environment) {
    const mine = assignments.find(({ name }) => name === variable);
    return mine === undefined ? null : (mine.value ?? environment[variable] ?? "");
  },
};

function checkName(name: string, line: number): void {
  const isName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) && name.length <= 253;
  if (isName && name !== "." && !name.startsWith("..")) return;
  const what = name === "" ? "a name is missing before the =" : "it begins with no name for a key";
  throw refuseLine("kubectl", line, what);
}
