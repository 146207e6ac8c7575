import { KeywardError } from "../../core/errors.js";
import { findKeys, isSurelyKey, mayHideKey } from "../../keys/looks-like-key.js";

/** Options that take names which other programs make up, so that they may look like anything. */
const identifiers: ReadonlySet<string> = new Set([
  "user",
  "issuer",
  "subject",
  "id",
  "claim",
  "kid",
]);

/** Options that name a file or a folder. */
const isPath = /^(?:~|\.{1,2})?\//;

/**
 * Refuses a command line with a key in it, before anything is done, and without repeating it: every
 * user of the machine can read the arguments of every process, and the shell writes them down.
 *
 * @param args the command's words beside its options
 * @param options what its options were given
 * @throws KeywardError `usage`
 */
export function refuseKeys(
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
): void {
  const words = Object.entries(options).flatMap(([option, value]) =>
    [value].flat().filter((word) => typeof word === "string" && isSuspect(option, word)),
  );
  if (words.length > 0 || args.some((word) => findKeys(word).length > 0)) {
    throw keyInArguments();
  }
}

function isSuspect(option: string, word: string): boolean {
  if (identifiers.has(option)) return word.split("=").some(isMarked);
  return isPath.test(word) ? mayHideKey(word) : findKeys(word).length > 0;
}

/** Keys of OpenJarvis, and JWTs, are known by how they begin. */
function isMarked(word: string): boolean {
  return /^(?:oj_sk_|eyJ)/.test(word) && isSurelyKey(word);
}

/** The words of a command line that look like keys. */
export function findKeysIn(argv: readonly string[]): readonly string[] {
  return argv.flatMap(findKeys);
}

/** Whose key it is, the command line does not say for certain: so this names no server. */
export const keyHint =
  "replace that key on the server that has it, with token rotate --leaked; bring one by a pipe, a file or the environment";

/** What is said instead of a message that would repeat the key. */
export function keyInArguments(): KeywardError {
  return new KeywardError(
    "usage",
    "the command line holds what looks like a key; a key is never an argument, and this one now stands in the shell's history",
    {
      hint: keyHint,
    },
  );
}
