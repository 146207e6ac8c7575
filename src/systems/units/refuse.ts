import { KeywardError } from "../../core/errors.js";

/** What is too odd to guess about in a unit. */
export function refuseUnit(
  { path, line }: { path: string; line: number },
  what: string,
): KeywardError {
  return new KeywardError("malformed", `${path}: line ${line}: ${what}`, {
    hint: "set it in one EnvironmentFile= only",
  });
}
