import * as fc from "fast-check";
import { parse } from "dotenv";
import { describe, expect, it } from "vitest";

import { KeywardError } from "../../../src/core/errors.js";
import type { DialectName } from "../../../src/formats/env/dialects/dialect.js";
import { nameableDialects } from "../../../src/formats/env/dialects/names.js";
import { findDotenvLines } from "../../../src/formats/env/dialects/dotenv.js";
import { editEnv, readEnv } from "../../../src/formats/env/env-file.js";
import type { Edit } from "../../../src/files/edit.js";

const names: readonly DialectName[] = nameableDialects.concat("bun");

/** Pieces that mean something to one reader or another, in no order at all. */
const piece = fc.oneof(
  fc.constantFrom("KEY", "KEY=", "KEY=", "KEY=old", "export ", "OTHER=", "A", "=", ": ", " ", "\t"),
  fc.constantFrom("\n", "\n", "\r\n", "\r", '"', "'", "`", "\\", "$", "${A}", ";", "x", " # ", "#"),
  fc.constantFrom("\n", "\n", "\xef\xbb\xbf", "\xff", "\xc3\xa9", "\xc2\xa0", "\xe2\x80\xa8", "\f"),
);
const mess = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(""));

/** Files as people write them, for edits that are not refused. */
const line = fc.oneof(
  fc.constantFrom("", "# a comment", "  ", "# KEY=old", "A=1", "OTHER='x y' ", "B=\xc3\xa9"),
  fc.constantFrom("KEY=old", "KEY='old'", 'KEY="old"', "KEY=old # note", "KEY=", "KEY_2=x"),
  fc.constantFrom('LONG="a', 'b"', "C=it's", "export D=1", "export KEY=old", "E=a\\"),
);
const tidy = fc
  .tuple(
    fc.constantFrom("", "\xef\xbb\xbf"),
    fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n"))),
    fc.constantFrom("", "F=1", "KEY=old"),
  )
  .map(([mark, lines, last]) => mark + lines.map((parts) => parts.join("")).join("") + last);

const file = fc.oneof(mess, tidy).map((text) => Buffer.from(text, "latin1"));
const key = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,43}$/),
  fc.stringMatching(/^[A-Za-z0-9+/]{4,40}={0,2}$/),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const dialects = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((list) => list as [DialectName, ...DialectName[]]);

const runs = { numRuns: 1000 };

/** The edit; a run whose edit is refused is left out, after a look at what refused it. */
function editOrSkip(
  bytes: Buffer,
  value: string | null,
  list: readonly [DialectName, ...DialectName[]],
): Edit {
  const { edit, error } = attempt(bytes, value, list);
  const known = error instanceof KeywardError && /malformed|unspeakable/.test(error.code);
  if (error !== null && !known) throw error;
  fc.pre(edit !== null);
  return edit;
}

function attempt(
  bytes: Buffer,
  value: string | null,
  list: readonly [DialectName, ...DialectName[]],
): { edit: Edit | null; error: unknown } {
  try {
    return { edit: editEnv(bytes, "KEY", value, list), error: null };
  } catch (error) {
    return { edit: null, error };
  }
}

/** Lines that the edit has no business with, in their order. */
function others(bytes: Buffer): string {
  const text = bytes.toString("latin1").replaceAll("\xef\xbb\xbf", "");
  const lines = text.split("\n").filter((line) => !line.includes("KEY"));
  return lines.join("\n").replace(/[\r\n]*$/, "");
}

describe("whatever the file", () => {
  it("every reader gets exactly the new key, from one line", () => {
    fc.assert(
      fc.property(file, key, dialects, (bytes, value, list) => {
        const { after } = editOrSkip(bytes, value, list);
        for (const dialect of list) {
          expect(readEnv(after, "KEY", dialect)).toMatchObject({ value, duplicates: [] });
        }
      }),
      runs,
    );
  });

  it("every other line keeps its bytes and its place", () => {
    fc.assert(
      fc.property(file, key, dialects, (bytes, value, list) => {
        const { after, notes } = editOrSkip(bytes, value, list);
        fc.pre(!notes.some((note) => /lines|moved/.test(note)));
        expect(others(after)).toBe(others(bytes));
      }),
      runs,
    );
  });

  it("writing twice gives the bytes of writing once", () => {
    fc.assert(
      fc.property(file, key, dialects, (bytes, value, list) => {
        const { after } = editOrSkip(bytes, value, list);
        expect(editEnv(after, "KEY", value, list)).toEqual({ before: after, after, notes: [] });
      }),
      runs,
    );
  });

  it("a key added and removed again leaves the file, but for a final newline", () => {
    const without = file.filter((bytes) => !bytes.includes("KEY"));
    fc.assert(
      fc.property(without, key, dialects, (bytes, value, list) => {
        const { after } = editOrSkip(bytes, value, list);
        const removed = editEnv(after, "KEY", null, list).after;
        expect(removed.subarray(0, bytes.length).equals(bytes)).toBe(true);
        expect(["", "\n", "\r\n"]).toContain(removed.subarray(bytes.length).toString());
      }),
      runs,
    );
  });

  it("a removed key is not set for any reader, and other lines stay", () => {
    fc.assert(
      fc.property(file, dialects, (bytes, list) => {
        const { after, notes } = editOrSkip(bytes, null, list);
        for (const dialect of list) expect(readEnv(after, "KEY", dialect).value).toBeNull();
        fc.pre(!notes.some((note) => /lines/.test(note)));
        expect(others(after)).toBe(others(bytes));
      }),
      runs,
    );
  });

  it("a refusal quotes neither the key nor the file", () => {
    const secret = fc.stringMatching(/^SECRET [ #$'"\\]{1,3}$/);
    fc.assert(
      fc.property(mess, secret, dialects, (text, value, list) => {
        const bytes = Buffer.from(text.replaceAll("old", "SECRET"), "latin1");
        const { error } = attempt(bytes, value, list);
        fc.pre(error instanceof KeywardError);
        const { message, hint } = error;
        expect(`${message} ${hint}`).not.toContain("SECRET");
      }),
      runs,
    );
  });

  it("plain files are never refused", () => {
    const plain = fc.array(fc.constantFrom("A=1", "# c", "KEY=old", "", "KEY=older", "B=x"));
    fc.assert(
      fc.property(plain, fc.constantFrom("\n", "\r\n"), dialects, (lines, end, list) => {
        // To kubectl no file is plain in which a name comes twice.
        fc.pre(!list.includes("kubectl") || new Set(lines).size === lines.length);
        fc.pre(!list.includes("kubectl") || !lines.includes("KEY=older"));
        const bytes = Buffer.from(lines.map((text) => text + end).join(""));
        expect(attempt(bytes, "new", list).error).toBeNull();
      }),
      runs,
    );
  });

  it("dotenv's own grammar finds every name that its parse does", () => {
    fc.assert(
      fc.property(file, (bytes) => {
        const found = findDotenvLines(bytes.toString("utf8")).map(({ name }) => name);
        expect([...new Set(found)].sort()).toEqual(Object.keys(parse(bytes)).sort());
      }),
      runs,
    );
  });
});
