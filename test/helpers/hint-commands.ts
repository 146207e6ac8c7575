/** Programs with which a command in a hint may begin. */
const programs =
  "keyward jean2 jarvis sudo systemctl docker cd rm cp mv chmod chown git printf unset export env";
const isProgram = new Set(programs.split(" "));

/**
 * The commands in a hint, as a person would copy them: what follows the last colon of a clause, or the
 * whole clause, where it begins with the name of a program.
 *
 * @throws Error where a command of ours stands among words that do not set it off
 */
export function listCommands(hint: string): string[] {
  return splitClauses(hint).flatMap((clause) => {
    const command = clause.slice(findIntroEnd(clause)).trim();
    const [first = ""] = command.replace(/^\(/, "").split(" ");
    if (isProgram.has(first)) return [command];
    if (!/\b(?:keyward|jean2|jarvis) (?:-|auth|token|server|doctor|run|serve)/.test(clause))
      return [];
    throw new Error(`no reader can tell where the command begins and ends: ${hint}`);
  });
}

/** Not at what stands in quotes. */
function splitClauses(hint: string): string[] {
  const clauses = [""];
  for (const [part] of hint.matchAll(/\\.|'[^']*'|"[^"]*"|; |, (?:or|then) |[^'"\\]/gs)) {
    if (/^(?:; |, )/.test(part) && part.length > 1) clauses.push("");
    else clauses.push(`${clauses.pop()}${part}`);
  }
  return clauses.map((clause) => clause.replace(/^(?:or|then) /, ""));
}

/** Where the words end that lead to a command: `run: `, `finish it with: `. */
function findIntroEnd(clause: string): number {
  const bare = clause.replaceAll(/\\.|'[^']*'|"[^"]*"/g, (quoted) => "_".repeat(quoted.length));
  return bare.lastIndexOf(": ") < 0 ? 0 : bare.lastIndexOf(": ") + 2;
}

/** Everything that a run tells its caller to do next: hints, fixes of findings, commands of `next`. */
export function listAdvice({ stdout, stderr }: { stdout: string; stderr: string }): string[] {
  const hints = [...stderr.matchAll(/^\w+: hint: (.*)$/gm)].map(([, hint = ""]) => hint);
  return stdout.startsWith("{") ? [...hints, ...readJson(JSON.parse(stdout))] : hints;
}

function readJson(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (name === "next" && Array.isArray(inner)) return inner.filter(isText);
    if ((name === "fix" || name === "hint") && isText(inner)) return [inner];
    return readJson(inner);
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
