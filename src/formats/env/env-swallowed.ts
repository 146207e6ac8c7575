import { KeywardError } from "../../core/errors.js";
import type { Assignment } from "./dialects/dialect.js";
import { findAttempts } from "./env-attempts.js";
import { splitLines, takeApart } from "./env-lines.js";
import { findContinuedComment } from "./dialects/systemd.js";
import { explainComment } from "./env-doubt.js";
import { setsVariable } from "./env-spelling.js";
import { malformed, type View } from "./env-view.js";

/**
 * Refuses a file in which a reader does not see a line of the variable: one above goes on into it, or
 * a byte order mark hides it. The line that is to blame is named.
 *
 * @throws KeywardError `malformed`
 */
export function refuseSwallowed(bytes: Buffer, variable: string, views: readonly View[]): void {
  const attempts = findAttempts(bytes, variable);
  for (const { reader, mine, others } of views) {
    for (const { line, form, marked } of attempts) {
      const holds = ({ first, last }: Assignment) => first <= line && line <= last;
      const eater = others.find((other) => holds(other) && other.first < line);
      if (eater !== undefined && !mine.some(holds)) {
        throw swallowed(reader.name, bytes, eater.first, line);
      }
      if (marked && !mine.some(holds)) {
        throw new KeywardError(
          "malformed",
          `line ${line}: ${reader.name} does not read it, because of the byte order mark before it`,
          { hint: "write the file again without the mark, for example with: tail -c +4" },
        );
      }
      const comment = reader.name === "systemd" ? findContinuedComment(bytes, line) : null;
      if (comment !== null && form === "plain" && !mine.some(holds)) {
        const { why, hint } = explainComment(comment, line, `systemd ${reader.versions ?? ""}`);
        throw new KeywardError("malformed", why, { hint });
      }
      // What another reader sees is replaced or commented out, and cannot stay behind unseen.
      const isKnown = views.some((view) => view.mine.some(holds)) || others.some(holds);
      if (form === "plain" && !isKnown) {
        const alone = setsVariable(reader, bodyOf(bytes, line), variable);
        const why = alone ? ", because of what stands above it" : "";
        throw malformed(line, `${reader.name} does not read it${why}`);
      }
    }
    // A value of several lines has quotes; without any, the line below is somebody else's.
    const greedy = mine.find((one) => one.last > one.first && !isQuoted(bytes, one));
    if (greedy !== undefined) throw swallowed(reader.name, bytes, greedy.first, greedy.last);
  }
}

function isQuoted(bytes: Buffer, { first, last }: Assignment): boolean {
  if (!isEmptyValue(bodyOf(bytes, first))) return true;
  return /^\s*["'`]/.test(bodyOf(bytes, last));
}

const isEmptyValue = (body: string) => /=[ \t]*$/.test(body);

function swallowed(reader: string, bytes: Buffer, above: number, line: number): KeywardError {
  return new KeywardError(
    "malformed",
    `line ${above}: ${reader} takes line ${line} as part of it`,
    { hint: `${adviseOn(bodyOf(bytes, above))}, then try again` },
  );
}

function adviseOn(body: string): string {
  if (isEmptyValue(body)) return "remove the blank behind its =";
  if (body.endsWith("\\")) return "remove the backslash at its end";
  if (!body.includes("=")) return "comment it out, with the # at the very beginning";
  return "close its quote, or remove it";
}

function bodyOf(bytes: Buffer, line: number): string {
  return takeApart(splitLines(bytes).raw[line - 1] ?? "").body;
}
