import { aboutServer, type Hint } from "../../core/hint.js";
import type { RawFinding } from "../../core/finding.js";
import { valueOf } from "../../formats/env/dialects/dialect.js";
import { titleOf } from "../../formats/env/dialects/names.js";
import { findContinuedComment } from "../../formats/env/dialects/systemd.js";
import { namePath } from "../../locations/read-location.js";
import type { LocationState } from "../../locations/resolve-key.js";
import { findUnread, listReaders, type UnreadAttempt } from "../fixes/attempts.js";
import { readPlainly } from "../fixes/plain-reading.js";
import { planRewrite } from "../fixes/rewrite.js";
import type { Subject } from "../subject.js";

/** Lines that a server, or the next reader of the same file, reads otherwise than they look. */
export async function findDialectTraps(subject: Subject): Promise<RawFinding[]> {
  const found: RawFinding[] = [];
  for (const state of subject.resolution.states) {
    if (state.location.ignored !== undefined) continue;
    const inValue = judgeValue(state, subject);
    const traps = [...inValue, ...judgeFile(state, subject, inValue.length > 0)];
    if (traps.length === 0) continue;
    const fix = await findFix(state, subject);
    found.push(...traps.map((trap) => ({ ...trap, fix, location: state.name })));
  }
  return found;
}

async function findFix(state: LocationState, subject: Subject): Promise<Hint> {
  const { location, name } = state;
  if (!("writable" in location) || !location.writable) return `set it again in ${name}`;
  const isFixable = (await planRewrite(state, subject)) !== null;
  return aboutServer(isFixable ? "doctor --fix" : "token rotate");
}

type Trap = Omit<RawFinding, "fix">;

const oddities = [
  { id: "comment-in-key", pattern: /\s#/, what: "a comment stands behind the key" },
  { id: "quotes-in-key", pattern: /^["'`]|["'`]$/, what: "quotes stand around the key" },
  { id: "blank-in-key", pattern: /\s/, what: "a blank stands in the key" },
] as const;

/** What a person did not mean to be part of the key. */
function judgeValue(state: LocationState, { system }: Subject): Trap[] {
  const value = state.reading.value ?? "";
  const key = system.trimsKey === true ? value.trim() : value;
  const found = oddities.find(({ pattern }) => pattern.test(key));
  if (found === undefined) return [];
  const message = `${found.what} in ${placeOf(state)}, and ${system.title} takes it as part of the key`;
  return [{ id: found.id, severity: "warning", message }];
}

function judgeFile(state: LocationState, subject: Subject, isOdd: boolean): Trap[] {
  const { location, reading, name } = state;
  const { bytes } = reading;
  if (location.kind !== "env-file" || bytes === null) return [];
  // That the line of the key cannot be told is said with the key.
  if (reading.doubt !== undefined && findContinuedComment(bytes, reading.line ?? 1) !== null)
    return [];
  const unread = namePath(name, () => findUnread(bytes, location));
  if (unread.length > 0) return unread.map((attempt) => tellUnread(attempt, name, subject));

  const { variable } = location;
  const { title } = subject.system;
  const other = listReaders(location).find((reader) => {
    const assignments = reader.scan(bytes, variable);
    return valueOf(reader, assignments, variable, subject.machine.env) !== reading.value;
  });
  if (other !== undefined) {
    const message = `${titleOf(other.name)} reads another key from ${name} than ${title} does`;
    return [{ id: "readers-disagree", severity: "warning", message }];
  }
  // With several lines it is these that are to be told of.
  if (isOdd || (reading.duplicates ?? []).length > 0) return [];
  const plain = readPlainly(bytes, variable);
  // A key that stands in another variable as a whole is meant so.
  const isReference = /^\$(?:\w+|\{[^}]*\})$/.test(plain ?? "");
  if (plain === reading.value || isReference) return [];
  const message = `${title} reads another key from ${placeOf(state)} than what seems to stand there`;
  return [{ id: "reads-otherwise", severity: "warning", message }];
}

function tellUnread(attempt: UnreadAttempt, name: string, { system, resolution }: Subject): Trap {
  const { line, form, marked, reader, above } = attempt;
  const kind = form === "plain" && marked ? "mark" : form;
  const { id, what } = unreadKinds[kind];
  const seen = above === null ? what : `is read as part of line ${above}`;
  const message = `line ${line} of ${name} ${seen}, so ${titleOf(reader.name)} does not read it`;
  if (resolution.authentication !== "off") return { id, severity: "warning", message };
  return { id, severity: "error", message: `${message}, and ${system.title} asks for no key` };
}

const unreadKinds = {
  plain: { id: "hidden-line", what: "is read as part of what is above it" },
  export: { id: "export-line", what: 'begins with "export"' },
  colon: { id: "colon-line", what: 'has ":" instead of "="' },
  mark: { id: "mark-before-key", what: "begins with a byte order mark" },
} as const;

function placeOf({ name, reading }: LocationState): string {
  return reading.line === null ? name : `${name} on line ${reading.line}`;
}
