import { hasBadSpecifier } from "./specifiers.js";
import { splitUnitWords } from "./unit-words.js";

/** What is wrong with a line, and what to do about it; neither holds a value. */
export interface Slip {
  readonly what: string;
  readonly fix: string;
  /** The files that the line names once it is written so. */
  readonly files?: readonly string[];
}

/** The beginning of a word that is to set a variable of a server; other variables are not judged. */
const ownName = /^(?:OPENJARVIS|JEAN)[A-Z0-9_]*/;
const isAssignment = (word: string) => /^[A-Za-z_]\w*=/.test(word);

/**
 * What systemd ignores of an `Environment=`, as far as it is about the servers' own variables.
 *
 * @param rewrite spells the advice to write the line otherwise
 */
export function findIgnoredVariables(
  value: string,
  rewrite: (text: string) => string,
): readonly Slip[] {
  const { words, broken } = splitUnitWords(value);
  const slips = words.flatMap((word, at): readonly Slip[] => {
    const name = ownName.exec(word.replace(/%5F/gi, "_"))?.[0];
    if (name === undefined) return [];
    const isBehindHash = words.slice(0, at).some((before) => before.startsWith("#"));
    if (isBehindHash && isAssignment(word)) {
      const what = `systemd sets ${name} there: a # begins a comment only at the start of a line`;
      return [{ what, fix: rewrite("the line without the # and what is behind it") }];
    }
    return judgeWord(word, name, words.slice(at + 1), rewrite);
  });
  if (slips.length > 0 || !broken || !/OPENJARVIS|JEAN/.test(value)) return slips;
  const what =
    "systemd ignores the line from an open quote, or a backslash that it does not know, on";
  return [{ what, fix: rewrite('Environment="NAME=…", with \\\\ for every backslash') }];
}

function judgeWord(
  word: string,
  name: string,
  after: readonly string[],
  rewrite: (text: string) => string,
): readonly Slip[] {
  const spelling = `Environment="${name}=…"`;
  if (hasBadSpecifier(word)) {
    const what = `systemd ignores ${name} there: it cannot replace the % in it`;
    return [{ what, fix: rewrite(`${spelling}, with %% for every % that is meant`) }];
  }
  if (!isAssignment(word)) {
    const what = `systemd ignores ${name} there: its name and = do not stand together`;
    return [{ what, fix: rewrite(spelling) }];
  }
  const [next] = after;
  if (next === undefined || next.startsWith("#") || isAssignment(next)) return [];
  const what = `systemd takes the value of ${name} only up to the first blank`;
  return [{ what, fix: rewrite(spelling) }];
}
