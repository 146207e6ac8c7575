import { refuseLine, type Assignment, type Dialect } from "../dialect.js";
import { splitGoLines } from "./lines.js";
import { skipGoSpace } from "./space.js";

/**
 * `docker run --env-file`: everything behind the first `=` is the value, quotes, blanks and `#`
 * included. A name alone takes the value from the environment of the docker command.
 */
export const docker: Dialect = {
  name: "docker",
  takes: "last",
  scan(bytes) {
    const found: Assignment[] = [];
    for (const { text, line, tooLong, valid } of splitGoLines(bytes)) {
      if (tooLong) throw refuseLine("docker", line, "the line is too long");
      if (!valid) throw refuseLine("docker", line, "it is not UTF-8");
      const assignment = readLine(text, line);
      if (assignment !== null) found.push(assignment);
    }
    return found;
  },
};

function readLine(raw: string, line: number): Assignment | null {
  const text = raw.slice(skipGoSpace(raw, line === 1 && raw.startsWith("\uFEFF") ? 1 : 0));
  if (text === "" || text[0] === "#") return null;
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === "") throw refuseLine("docker", line, "a name is missing before the =");
  if (/[ \t]/.test(name)) throw refuseLine("docker", line, "the name holds a blank");
  return { name, value: equals === -1 ? null : text.slice(equals + 1), first: line, last: line };
}
