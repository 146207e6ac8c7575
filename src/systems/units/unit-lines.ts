import { isUtf8 } from "node:buffer";

import { KeywardError } from "../../core/errors.js";

/** One `Name=value` of a unit file. */
export interface UnitLine {
  /** The section that it stands in, `Service`; empty above the first one. */
  readonly section: string;
  readonly name: string;
  readonly value: string;
  /** The line that it begins on, from 1. */
  readonly line: number;
}

const endsOfLine = /\r\n|\n\r|[\n\r\0]/;
const blanksAtEnds = /^[ \t]+|[ \t]+$/g;

/**
 * Reads the assignments of every section as systemd does: a backslash at the end joins the next line
 * with a blank, comment lines in between are passed over, and a comment never goes on.
 *
 * @throws KeywardError `malformed` for a file that systemd does not load; without the file's path
 */
export function readUnitLines(bytes: Buffer): readonly UnitLine[] {
  if (!isUtf8(bytes)) throw refuse("it is not UTF-8");
  const found: UnitLine[] = [];
  let section = "";
  let joined = "";
  let first = 0;
  const take = (text: string, line: number) => {
    const body = trimBlanks(text);
    if (body.startsWith("[")) {
      if (!body.endsWith("]")) throw refuse(`line ${line} is not a section header`);
      section = body.slice(1, -1);
      return;
    }
    const equals = body.indexOf("=");
    if (equals === -1) return;
    const name = trimBlanks(body.slice(0, equals));
    found.push({ section, name, value: trimBlanks(body.slice(equals + 1)), line });
  };
  const lines = bytes
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .split(endsOfLine);
  for (const [index, text] of lines.entries()) {
    if (/^[ \t]*[#;]/.test(text)) continue;
    if (joined === "") first = index + 1;
    joined += text;
    if (/(?<!\\)(?:\\\\)*\\$/.test(joined)) {
      joined = `${joined.slice(0, -1)} `;
    } else {
      take(joined, first);
      joined = "";
    }
  }
  take(joined, first);
  return found;
}

function trimBlanks(text: string): string {
  return text.replace(blanksAtEnds, "");
}

function refuse(what: string): KeywardError {
  return new KeywardError("malformed", `systemd does not load the unit: ${what}`, {
    hint: "fix the file, and see: systemd-analyze verify FILE",
  });
}
