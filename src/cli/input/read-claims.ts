import { resolve } from "node:path";

import { KeywardError } from "../../core/errors.js";
import { TokenError } from "../../tokens/errors.js";
import { reservedClaims } from "../../tokens/profiles.js";
import { parseStrictObject } from "../../tokens/strict-json.js";
import type { Context } from "../context.js";
import { readInputFile } from "./input-file.js";

/**
 * Reads the claims of `--claims FILE` and every `--claim name=value`.
 *
 * @throws KeywardError `usage` for a claim that has no name, stands twice or is the profile's own;
 *   `not-found`, `unreadable`, `malformed` for the file
 */
export function readClaims(
  file: string | undefined,
  words: readonly string[],
  context: Context,
): Record<string, unknown> {
  const fromFile = file === undefined ? {} : readFile(resolve(context.cwd, file), context);
  const claims = new Map<string, unknown>();
  for (const [name, value] of [...Object.entries(fromFile), ...words.map(splitWord)]) {
    if (reservedClaims.has(name)) {
      throw new KeywardError("usage", `the claim ${name} is not to be set by hand`, {
        hint: optionFor[name] ?? "the profile sets it",
      });
    }
    if (claims.has(name)) throw new KeywardError("usage", `the claim ${name} is given twice`);
    claims.set(name, value);
  }
  return Object.fromEntries(claims);
}

const optionFor: Readonly<Record<string, string>> = {
  userId: "use --user",
  sub: "use --subject, or --user with --profile protocol",
  iss: "use --issuer with --profile protocol",
  jti: "use --id",
  exp: "use --expires",
  nbf: "use --not-before",
};

function splitWord(word: string): [name: string, value: unknown] {
  const at = word.indexOf("=");
  if (at > 0) return [word.slice(0, at), readValue(word.slice(0, at), word.slice(at + 1))];
  throw new KeywardError("usage", "--claim takes a name and a value", {
    hint: 'for example: --claim role=admin, or --claim \'roles=["a","b"]\'',
  });
}

/** JSON where it can be; a word that is none is text, unless it begins as JSON does. */
function readValue(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/^\s*["[{]/.test(text)) return text;
    throw new KeywardError("usage", `the value of the claim ${name} is not JSON`, {
      hint: `put it in quotes for the shell: --claim '${name}={"a":1}'`,
    });
  }
}

function readFile(path: string, context: Context): Readonly<Record<string, unknown>> {
  const bytes = readInputFile(path, "the claims file", context);
  try {
    return parseStrictObject(bytes, "it");
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause;
    throw new KeywardError("malformed", `${path}: ${cause.message}`, {
      hint: 'it holds one JSON object: {"role":"admin"}',
      cause,
    });
  }
}
