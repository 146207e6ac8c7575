import { KeywardError } from "../../core/errors.js";
import type { DialectName } from "./dialects/dialect.js";
import type { Assignment, Dialect } from "./dialects/dialect.js";
import { findDotenvLines } from "./dialects/dotenv.js";
import { dialectTable } from "./dialects/index.js";
import { findComment } from "./env-comment.js";
import { splitLines, takeApart, toLineText } from "./env-lines.js";
import { spellValue } from "./env-spelling.js";
import { type NewValue, restyleLine } from "./env-style.js";
import { refuseSwallowed } from "./env-swallowed.js";
import { findTarget, malformed, verifyView, viewFile } from "./env-view.js";
import type { Edit } from "../../files/edit.js";

/** Lines that set the variable for at least one reader, numbered from 1. */
interface Block {
  readonly first: number;
  last: number;
}

/**
 * Works out the change to an env file that sets the variable, or with null removes it, for every
 * program that reads the file. All other lines keep their bytes, and the result is read back by the
 * rules of each before it is handed out.
 *
 * The line that the first dialect goes by is replaced. Every other line that sets the variable is
 * commented out **without its value**: a comment would keep a secret that somebody just replaced,
 * perhaps because it leaked. Removing takes the lines out.
 *
 * @param bytes the file, or null when there is none
 * @throws KeywardError `unspeakable` before anything else when no spelling carries the value;
 *   `malformed` when the file cannot be edited without guessing; `usage` for a bad variable name
 */
export function editEnv(
  bytes: Buffer | null,
  variable: string,
  value: string | null,
  dialects: readonly [DialectName, ...DialectName[]],
): Edit {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    throw new KeywardError("usage", "the name of the variable is not one that env files can have", {
      hint: "use letters, digits and _, not starting with a digit",
    });
  }
  const readers = dialects.flatMap((name): readonly Dialect[] => dialectTable[name]);
  const to =
    value === null
      ? null
      : { variable, value, spelling: spellValue(variable, value, readers), readers };
  if (to === null) return rewrite(bytes, variable, readers, null);
  try {
    return rewrite(bytes, variable, readers, { ...to, keepsStyle: true });
  } catch (error) {
    // Beside open quotes and the like the plainest line may still be read.
    if (!(error instanceof KeywardError)) throw error;
    return rewrite(bytes, variable, readers, { ...to, keepsStyle: false });
  }
}

function rewrite(
  bytes: Buffer | null,
  variable: string,
  readers: readonly Dialect[],
  to: (NewValue & { readonly keepsStyle: boolean }) | null,
): Edit {
  const before = bytes ?? Buffer.alloc(0);
  const { raw, mark, carriage } = splitLines(before);
  const views = readers.map((reader) => viewFile(reader, before, variable));
  const target = findTarget(views, variable);
  const blocks = mergeBlocks(views.flatMap(({ mine }) => mine));
  const notes: string[] = [];
  refuseSwallowed(before, variable, views);
  refuseInsideQuotes(before, variable, blocks);
  refuseCarriageReturns(raw, blocks);

  // Pieces of one or more lines; a line feed belongs between any two.
  const pieces: string[] = [];
  let done = 0;
  for (const block of blocks) {
    if (block.first - 1 > done) pieces.push(raw.slice(done, block.first - 1).join("\n"));
    done = block.last;
    const isTarget = target !== null && target >= block.first && target <= block.last;
    if (!isTarget) notes.push(noteOfLoser(block, variable, to === null));
    else if (block.last > block.first) notes.push(noteOfLines(block, to === null));
    if (to === null) continue;
    if (isTarget) pieces.push(...replaceBlock(raw, block, { ...to, notes }));
    else pieces.push(commentOut(raw, block, variable));
  }
  if (done < raw.length) pieces.push(raw.slice(done).join("\n"));
  // The line feed before a last line that is gone belongs to the line above.
  else if (to === null) pieces.push("");

  let text = pieces.join("\n");
  if (to !== null && blocks.length === 0) {
    if (text !== "" && !text.endsWith("\n")) text += `${carriage}\n`;
    text += `${toLineText(`${variable}=${to.spelling}`)}${carriage}\n`;
  }
  const after = Buffer.from(mark + text, "latin1");
  const seen = readers.map((reader) => viewFile(reader, after, variable));
  refuseSwallowed(after, variable, seen);
  for (const [index, now] of seen.entries()) {
    const old = views[index];
    if (old !== undefined) verifyView(old, now, to?.value ?? null, target ?? raw.length);
  }
  // What was no quoted value before may be one now that a quote is gone from the replaced line.
  refuseInsideQuotes(after, variable, mergeBlocks(seen.flatMap(({ mine }) => mine)));
  return { before: bytes, after, notes };
}

function mergeBlocks(assignments: readonly Assignment[]): Block[] {
  const sorted = assignments.toSorted((a, b) => a.first - b.first);
  const blocks: Block[] = [];
  for (const { first, last } of sorted) {
    const open = blocks.at(-1);
    if (open !== undefined && first <= open.last) open.last = Math.max(open.last, last);
    else blocks.push({ first, last });
  }
  return blocks;
}

/** Jean2 and docker read line by line, also inside what other readers take for one quoted value. */
function refuseInsideQuotes(bytes: Buffer, variable: string, blocks: readonly Block[]): void {
  if (blocks.length === 0) return;
  const text = bytes.toString("utf8");
  const spans = /["'`]/.test(text) ? findDotenvLines(text).filter(isLong) : [];
  for (const { first, last } of blocks) {
    const overlaps = (span: Block) => span.first <= last && span.last >= first;
    const within = (span: Block) => span.first >= first && span.last <= last;
    const span = spans.find((other) => overlaps(other) && !within(other));
    if (span !== undefined) {
      const line = Math.max(first, span.first);
      throw malformed(line, `${variable} stands inside a quoted value of several lines`);
    }
  }
}

/** To some readers a carriage return ends a line: what stands behind it may be a line of its own. */
function refuseCarriageReturns(raw: readonly string[], blocks: readonly Block[]): void {
  for (const { first, last } of blocks) {
    for (let line = first; line <= last; line += 1) {
      if (takeApart(raw[line - 1] ?? "").body.includes("\r")) {
        throw malformed(line, "a carriage return stands in the middle");
      }
    }
  }
}

const isLong = ({ first, last }: Block) => last > first;

interface Replacement extends NewValue {
  /** Whether the new line is to look like the old one. */
  readonly keepsStyle: boolean;
  readonly notes: string[];
}

function replaceBlock(raw: readonly string[], { first, last }: Block, to: Replacement): string[] {
  const { notes } = to;
  const { body } = takeApart(raw[first - 1] ?? "");
  const { end } = takeApart(raw[last - 1] ?? "");
  const names = to.readers.map(({ name }) => name);
  const isOne = first === last;
  const comment = isOne ? findComment(body, names) : { found: false, kept: null };
  const old = to.keepsStyle && isOne ? body : (/^\s*export\s/.exec(body)?.[0] ?? "");
  // Behind the value it would be taken for a copy of the key the next time.
  const stays = comment.kept?.includes(toLineText(to.value)) === true ? null : comment.kept;
  const { text, hasComment, notes: told } = restyleLine(old, to, stays);
  notes.push(...told.map((note) => `line ${first}: ${note}`));
  const written = [text + end];
  if (comment.kept !== null && !hasComment) {
    notes.push(`line ${first}: the comment behind the value moved to a line of its own above it`);
    written.unshift(comment.kept + end);
  } else if (comment.kept === null && comment.found) {
    notes.push(`line ${first}: the text behind the value is removed with it`);
  }
  return written;
}

function commentOut(raw: readonly string[], { last }: Block, variable: string): string {
  return `# ${variable}=${takeApart(raw[last - 1] ?? "").end}`;
}

function noteOfLines({ first, last }: Block, removed: boolean): string {
  return `lines ${first} to ${last}: a value of several lines ${removed ? "is removed" : "became one line"}`;
}

function noteOfLoser({ first, last }: Block, variable: string, removed: boolean): string {
  const where = last > first ? `lines ${first} to ${last}` : `line ${first}`;
  const what = removed ? "removed too" : "commented out, without its value";
  return `${where}: another ${variable} is ${what}`;
}
