import { splitLines, takeApart } from "./env-lines.js";

/** A line that looks to a person as if it set the variable. */
export interface Attempt {
  /** From 1. */
  readonly line: number;
  readonly form: "plain" | "export" | "colon";
  /** The file's byte order mark stands before it. */
  readonly marked: boolean;
}

/**
 * Finds the lines of an env file that are meant to set a variable, whether or not its reader agrees.
 *
 * @throws KeywardError `malformed` for a file that is not text
 */
export function findAttempts(bytes: Buffer, variable: string): readonly Attempt[] {
  const { raw, mark } = splitLines(bytes);
  const forms = [
    ["plain", new RegExp(`^\\s*${variable}\\s*=`)],
    ["export", new RegExp(`^\\s*export\\s+${variable}\\s*[=:]`)],
    ["colon", new RegExp(`^\\s*${variable}\\s*:(?:\\s|$)`)],
  ] as const;
  return raw.flatMap((text, index) => {
    const { body } = takeApart(text);
    // Most lines are about something else.
    if (!body.includes(variable)) return [];
    const form = forms.find(([, pattern]) => pattern.test(body))?.[0];
    if (form === undefined) return [];
    return [{ line: index + 1, form, marked: index === 0 && mark !== "" }];
  });
}
