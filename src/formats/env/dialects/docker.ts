import { isUtf8 } from "node:buffer";

import { refuseLine, type Assignment, type Dialect } from "./dialect.js";
import { isGoSpace } from "./go-space.js";

/** A longer line makes docker give up on the file. */
const longestLine = 65_535;

/**
 * `docker run --env-file`: everything behind the first `=` is the value, quotes, blanks and `#`
 * included. A name alone takes the value from the environment of the docker command.
 */
export const docker: Dialect = {
  name: "docker",
  takes: "last",
  scan(bytes) {
    const whole = isUtf8(bytes);
    // Where the bytes are not UTF-8, a character a byte lets the line be found that is to blame.
    const lines = bytes.toString(whole ? "utf8" : "latin1").split("\n");
    const found: Assignment[] = [];
    for (const [index, raw] of lines.entries()) {
      const line = index + 1;
      if (raw.length > longestLine / 3 && Buffer.byteLength(raw) > longestLine) {
        throw refuseLine("docker", line, "the line is too long");
      }
      if (!whole && !isUtf8(Buffer.from(raw, "latin1"))) {
        throw refuseLine("docker", line, "it is not UTF-8");
      }
      const assignment = readLine(raw, line);
      if (assignment !== null) found.push(assignment);
    }
    return found;
  },
};

function readLine(raw: string, line: number): Assignment | null {
  let start = line === 1 && raw.startsWith("\uFEFF") ? 1 : 0;
  const end = raw.endsWith("\r") ? raw.length - 1 : raw.length;
  while (start < end && isGoSpace(raw.charCodeAt(start))) start += 1;
  if (start === end || raw[start] === "#") return null;
  const text = raw.slice(start, end);
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === "") throw refuseLine("docker", line, "a name is missing before the =");
  if (/[ \t]/.test(name)) throw refuseLine("docker", line, "the name holds a blank");
  return { name, value: equals === -1 ? null : text.slice(equals + 1), first: line, last: line };
}
